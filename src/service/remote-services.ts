import type { Clock } from '../core/clock.ts';
import type { StateBackend } from '../core/state.ts';
import { MemoryBackend } from '../state/memory/backend.ts';
import { RedisBackend } from '../state/redis/backend.ts';
import { inspectRedis, type RedisInspection } from '../state/redis/inspection.ts';
import { IoredisConnection, type RedisConnectionOptions } from '../state/redis/ioredis-connection.ts';
import type { Config } from './config/config.ts';

/** Where the servers are. Those of the configuration, but for the ones that `dev` starts. */
export interface ServiceAddresses {
  readonly brokers: readonly string[];
  readonly redisUrl: string;
}

/** A state backend as configured, with connections of its own. */
export function openState(
  config: Config,
  { redisUrl }: ServiceAddresses,
  application: string,
  clock: Clock,
): StateBackend {
  const { backend, cacheBytes } = config.state;
  if (backend === 'memory') return new MemoryBackend();
  const connection = new IoredisConnection(connectionOptions(config, redisUrl));
  return new RedisBackend(connection, { application, cacheBytes }, clock);
}

/** What the Redis of the configuration says of itself. */
export const inspectState = (config: Config, application: string, clock: Clock): Promise<RedisInspection> =>
  inspectRedis(connectionOptions(config, config.redis.url), application, clock);

function connectionOptions({ redis }: Config, url: string): RedisConnectionOptions {
  const { password, commandTimeoutMs } = redis;
  return password === null ? { url, commandTimeoutMs } : { url, commandTimeoutMs, password };
}

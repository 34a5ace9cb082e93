import type { Clock } from '../core/clock.ts';
import type { StateBackend } from '../core/state.ts';
import { MemoryBackend } from '../state/memory/backend.ts';
import { RedisBackend } from '../state/redis/backend.ts';
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
  const { password, commandTimeoutMs } = config.redis;
  const options = { application, url: redisUrl, commandTimeoutMs, cacheBytes };
  return new RedisBackend(password === null ? options : { ...options, password }, clock);
}

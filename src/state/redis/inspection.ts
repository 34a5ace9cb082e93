import type { Clock } from '../../core/clock.ts';
import { RedisClient } from './client.ts';
import { IoredisConnection, type RedisConnectionOptions } from './ioredis-connection.ts';

/** What a Redis server says of itself, as far as it matters to state that is kept in it. */
export interface RedisInspection {
  readonly version: string;
  /** `master`, or `slave` of another, which takes no writes. */
  readonly role: string;
  readonly maxMemoryPolicy: string;
  /** Bytes; 0 = no limit. */
  readonly maxMemory: number;
  readonly usedMemory: number;
  /** Of the machine; 0 where the server does not say. */
  readonly systemMemory: number;
  /** Keys evicted since the server started. */
  readonly evictedKeys: number;
  /** Still reading its data from disk. */
  readonly isLoading: boolean;
  /** Of a short command there and back, ms: the median of some. */
  readonly roundTripMs: number;
  /** Why a script that writes a key and deletes it again was refused; null = it was not. */
  readonly writeRefusal: string | null;
}

const ROUND_TRIPS = 21;
const WRITE_AND_DELETE = "redis.call('set', KEYS[1], '1', 'PX', 1000) return redis.call('del', KEYS[1])";

/**
 * Connects, looks, and leaves.
 * @param application a name that keys may begin with
 * @throws STATE_UNAVAILABLE
 */
export async function inspectRedis(
  options: RedisConnectionOptions,
  application: string,
  clock: Clock,
): Promise<RedisInspection> {
  const client = new RedisClient(new IoredisConnection(options), clock);
  try {
    await client.connect();
    const info = readInfo(String(await client.call('info', [])));
    const number = (name: string): number => Number(info.get(name) ?? 0);
    return {
      version: info.get('redis_version') ?? '',
      role: info.get('role') ?? '',
      maxMemoryPolicy: info.get('maxmemory_policy') ?? '',
      maxMemory: number('maxmemory'),
      usedMemory: number('used_memory'),
      systemMemory: number('total_system_memory'),
      evictedKeys: number('evicted_keys'),
      isLoading: info.get('loading') === '1',
      roundTripMs: await roundTripMs(client),
      writeRefusal: await writeRefusal(client, `{${application}:doctor}`),
    };
  } finally {
    client.close();
  }
}

async function roundTripMs(client: RedisClient): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < ROUND_TRIPS; i++) {
    const begun = performance.now();
    await client.call('ping', []);
    times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b)[ROUND_TRIPS >> 1];
}

async function writeRefusal(client: RedisClient, key: string): Promise<string | null> {
  try {
    await client.call('eval', [WRITE_AND_DELETE, '1', key]);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const readInfo = (text: string): Map<string, string> =>
  new Map(text.split('\r\n').map((line) => line.split(':', 2) as [string, string]));

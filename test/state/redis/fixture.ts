import { afterEach } from 'vitest';
import type { Clock } from '../../../src/core/clock.ts';
import { systemClock } from '../../../src/core/system-clock.ts';
import type { TaskId } from '../../../src/core/task.ts';
import { RedisBackend, type RedisBackendOptions } from '../../../src/state/redis/backend.ts';
import { RedisClient } from '../../../src/state/redis/client.ts';
import { IoredisConnection, type RedisConnectionOptions } from '../../../src/state/redis/ioredis-connection.ts';
import { uniqueName } from '../../support/unique-name.ts';

export const task: TaskId = { subTopology: 'counts', partition: 0 };
/** Longer than any test: nothing is written behind unless it is flushed. */
export const NEVER_MS = 10 * 60_000;

/** What a test sees and does in Redis behind the backend's back. */
export interface Tampering {
  readonly client: RedisClient;
  keys(): Promise<string[]>;
  remove(keys: string[]): Promise<void>;
  /** The fields of the meta hash. */
  meta(): Promise<Map<string, string>>;
}

/** Other settings than the usual ones; another url than the fixture's. */
type FixtureOptions = Partial<RedisBackendOptions & RedisConnectionOptions>;

/** Backends on one Redis that are closed, and their state destroyed, after each test. */
export function redisFixture(url: string): {
  onCleanUp: (cleanUp: () => Promise<void>) => void;
  /** A backend of one process; several with the same application share their state. */
  backend: (application: string, options?: FixtureOptions, clock?: Clock) => RedisBackend;
  application: () => string;
  /** A connection for tampering with Redis, and the keys of one application. */
  tampering: (application: string) => Tampering;
} {
  const cleanUps: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });

  return {
    onCleanUp: (cleanUp) => cleanUps.push(cleanUp),

    backend(application, options = {}, clock = systemClock) {
      const connection = new IoredisConnection({ url, ...options });
      const made = new RedisBackend(connection, { application, writeDelayMs: 1, ...options }, clock);
      cleanUps.push(() => made.close());
      return made;
    },

    application() {
      const name = uniqueName('redis-state');
      cleanUps.push(async () => {
        const cleaner = new RedisBackend(new IoredisConnection({ url }), { application: name }, systemClock);
        await cleaner.destroy([task]);
        await cleaner.close();
      });
      return name;
    },

    tampering(application) {
      const client = new RedisClient(new IoredisConnection({ url }), systemClock);
      cleanUps.push(async () => client.close());
      const keys = async (): Promise<string[]> => {
        const found = (await client.call('keys', [`{${application}:*`])) as Buffer[];
        return found.map(String).toSorted();
      };
      return {
        client,
        keys,
        async remove(names) {
          await client.call('del', names);
        },
        async meta() {
          const name = (await keys()).find((key) => key.endsWith(':meta'))!;
          const fields = (await client.call('hgetall', [name])) as Record<string, Buffer>;
          return new Map(Object.entries(fields).map(([field, value]) => [field, String(value)]));
        },
      };
    },
  };
}

import { afterEach } from 'vitest';
import type { TaskId } from '../../../src/core/task.ts';
import { RedisBackend, type RedisBackendOptions } from '../../../src/state/redis/backend.ts';
import { AutoClock } from '../../kafka/support/auto-clock.ts';
import { seededRandom } from '../../runtime/support/seeded-random.ts';
import { TwinConnection, type TwinConnectionOptions } from './twin-connection.ts';
import { TwinRedis } from './twin-redis.ts';

export const task: TaskId = { subTopology: 'counts', partition: 0 };

/** A process with state in the twin. */
export interface TwinProcess {
  readonly backend: RedisBackend;
  readonly connection: TwinConnection;
}

/** A twin with processes on it, on one clock that jumps to whatever is next. */
export interface TwinFixture {
  readonly server: TwinRedis;
  readonly clock: AutoClock;
  connect(options?: Partial<TwinConnectionOptions>): TwinConnection;
  process(options?: Partial<RedisBackendOptions>, connection?: Partial<TwinConnectionOptions>): TwinProcess;
}

/** Gives twins, each with nothing in it; what runs on them is closed after each test. */
export function twinFixture(): { fresh: (seed?: number) => TwinFixture } {
  const backends: RedisBackend[] = [];
  afterEach(async () => {
    for (const backend of backends.splice(0)) await backend.close();
  });

  return {
    fresh(seed = 1) {
      const server = new TwinRedis();
      const clock = new AutoClock();
      const random = seededRandom(seed);
      const connect: TwinFixture['connect'] = (options) => new TwinConnection({ server, clock, random, ...options });
      return {
        server,
        clock,
        connect,
        process(options, ofConnection) {
          const connection = connect(ofConnection);
          const backend = new RedisBackend(connection, { application: 'app', writeDelayMs: 1, ...options }, clock);
          backends.push(backend);
          return { backend, connection };
        },
      };
    },
  };
}

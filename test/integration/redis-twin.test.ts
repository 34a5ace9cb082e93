import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/core/system-clock.ts';
import type { RedisConnection } from '../../src/state/redis/connection.ts';
import { IoredisConnection } from '../../src/state/redis/ioredis-connection.ts';
import { RedisBackend } from '../../src/state/redis/backend.ts';
import { SCRIPTS } from '../../src/state/redis/scripts.ts';
import { unpack, type Packed } from '../faults/redis-twin/message-pack.ts';
import { TwinConnection } from '../faults/redis-twin/twin-connection.ts';
import { TwinRedis } from '../faults/redis-twin/twin-redis.ts';
import { PLAIN, runAgainstModel, SEGMENTED, steps } from '../state/model.ts';
import { redisFixture, task } from '../state/redis/fixture.ts';
import { describeWithServices } from '../support/with-services.ts';

/** Sends everything to both servers, and compares what they answer. */
class BothServers implements RedisConnection {
  readonly #real: RedisConnection;
  readonly #twin: RedisConnection;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly difference: string[] = [];
  calls = 0;

  constructor(real: RedisConnection, twin: RedisConnection) {
    this.#real = real;
    this.#twin = twin;
  }

  async connect(): Promise<void> {
    await Promise.all([this.#real.connect(), this.#twin.connect()]);
  }

  async call(command: string, args: readonly (string | Buffer)[]): Promise<unknown> {
    this.calls++;
    const both = Promise.allSettled([this.#real.call(command, args), this.#twin.call(command, args)]);
    this.#underWay.add(both);
    const [real, twin] = await both;
    this.#underWay.delete(both);
    const [expected, actual] = [real, twin].map((outcome) =>
      outcome.status === 'fulfilled' ? comparable(command, outcome.value) : refusalOf(outcome.reason),
    );
    if (actual !== expected && command !== 'info')
      this.difference.push(`${command} ${args.map(String).join(' ')}: ${actual}, not ${expected}`);
    if (real.status === 'rejected') throw real.reason;
    return real.value;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  close(): void {
    this.#real.close();
    this.#twin.close();
  }
}

/** Both know all scripts, so that neither is asked twice. */
async function teach(connection: RedisConnection): Promise<void> {
  for (const { lua } of Object.values(SCRIPTS)) await connection.call('script', ['LOAD', lua]);
}

/** Fields, keys and packed buckets come in any order; texts are compared by their bytes. */
function comparable(command: string, reply: unknown): string {
  if (['hkeys', 'keys'].includes(command)) return show((reply as Buffer[]).map(show).toSorted());
  if (command === 'scan') return show((reply as [Buffer, Buffer[]])[1].map(show).toSorted());
  if (command === 'hscan') return show(sortedPairs((reply as [Buffer, Buffer[]])[1]));
  if (command === 'hgetall')
    return show(
      Object.entries(reply as Record<string, Buffer>)
        .map(show)
        .toSorted(),
    );
  if (Array.isArray(reply)) return show(reply.map(bucketOr));
  return show(reply);
}

/** A packed bucket, which is a list of fields and values, as its sorted pairs; anything else as it is. */
function bucketOr(item: unknown): unknown {
  if (!Buffer.isBuffer(item) || !(item[0] >> 4 === 9 || item[0] === 0xdc || item[0] === 0xdd)) return item;
  return sortedPairs(unpack(item) as readonly Packed[]);
}

function sortedPairs(items: readonly unknown[]): string[] {
  return items.flatMap((item, i) => (i % 2 === 0 ? [show([item, items[i + 1]])] : [])).toSorted();
}

const show = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) => {
    const bytes = item as { type?: string; data?: number[] } | null;
    return bytes !== null && bytes?.type === 'Buffer' ? Buffer.from(bytes.data!).toString('latin1') : item;
  });

/** The code that a refusal begins with. Words, and what stands around them, differ between versions. */
const refusalOf = (error: unknown): string => (/NOSCRIPT|WRONGTYPE/.exec(String(error)) ?? ['refused'])[0];

describeWithServices('the twin of Redis and a real one', ['redis'], ({ redis: url }) => {
  const { application, onCleanUp } = redisFixture(url);

  function both(): BothServers {
    const twin = new TwinConnection({ server: new TwinRedis(), clock: systemClock, random: () => 0 });
    const connection = new BothServers(new IoredisConnection({ url }), twin);
    onCleanUp(async () => connection.close());
    return connection;
  }

  for (const subject of [PLAIN, SEGMENTED]) {
    test(`answer alike whatever the backend asks of them ${subject.title}`, async () => {
      let calls = 0;
      await fc.assert(
        fc.asyncProperty(steps, async (script) => {
          const name = application();
          const server = new TwinRedis();
          const connections: BothServers[] = [];
          const start = (): RedisBackend => {
            const twin = new TwinConnection({ server, clock: systemClock, random: () => 0 });
            const connection = new BothServers(new IoredisConnection({ url }), twin);
            connections.push(connection);
            return new RedisBackend(connection, { application: name, writeDelayMs: 1, cacheBytes: 5_000 }, systemClock);
          };
          let process = start();
          await teach(connections[0]);
          const end = async (): Promise<void> => {
            await connections.at(-1)!.idle();
            await process.close();
          };
          await runAgainstModel(
            {
              current: () => process,
              async crash() {
                await end();
                process = start();
              },
            },
            task,
            script,
            subject,
          );
          await process.destroy([task]);
          await end();
          expect(connections.flatMap(({ difference }) => difference)).toEqual([]);
          expect(server.keys()).toEqual([]);
          calls += connections.reduce((sum, connection) => sum + connection.calls, 0);
        }),
        { numRuns: 40 },
      );
      expect(calls).toBeGreaterThan(300);
    });
  }

  test('answer any command alike', async () => {
    const app = application();
    const bytes = fc.uint8Array({ maxLength: 8 }).map((array) => Buffer.from(array));
    const key = fc.constantFrom('a', 'b', 'c').map((name) => `{${app}:x}:${name}`);
    const field = fc.constantFrom('', '1', '2', 'ä', '\0', '*', '[x]').map((name) => Buffer.from(name));
    const fields = fc.array(field, { minLength: 1, maxLength: 5 });
    const pattern = fc.constantFrom('*', '?', '[0-9]', '[^1]', '\\*', '\\[x\\]', 'ä');
    const command = fc.oneof(
      fc.tuple(fc.constant('hset'), key, fc.array(fc.tuple(field, bytes), { minLength: 1, maxLength: 4 })),
      fc.tuple(fc.constantFrom('hdel', 'hmget'), key, fields),
      fc.tuple(fc.constant('hget'), key, field),
      fc.tuple(fc.constantFrom('hlen', 'hkeys', 'hgetall', 'del', 'unlink', 'exists'), key),
      fc.tuple(fc.constant('hscan'), key, fc.constant('0'), fc.constant('MATCH'), pattern),
      fc.tuple(fc.constantFrom('scan'), fc.constantFrom('0'), fc.constant(['MATCH', `{${app}:*`, 'COUNT', '10000'])),
      fc.tuple(fc.constantFrom('hset', 'hget', 'hdel'), key),
    );
    const connection = both();
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 60, size: 'max' }), async (commands) => {
        for (const [name, ...args] of commands) {
          await connection.call(name, (args as unknown[]).flat(3) as (string | Buffer)[]).catch(() => null);
        }
        expect(connection.difference).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test('run any script alike: numbers, truth, nothing, lists, bytes and packed values, in and out', async () => {
    const name = `{${application()}:x}:h`;
    const connection = both();
    const scripts = [
      "return {1.9, -1.9, 0, true, 'x', {'y', {}}}",
      'return {1, nil, 3}',
      'return {false, 1}',
      'return nil',
      'return 3000000000',
      "return {ok = 'FINE'}",
      "return {err = 'WRONGTYPE of mine'}",
      "return redis.call('hset', KEYS[1], 'half', 5 / 2, 'whole', 6 / 2, 'tenth', 0.1, 'text', 'n:' .. 6 / 2)",
      "return redis.call('hgetall', KEYS[1])",
      "return {redis.call('hget', KEYS[1], 'none'), redis.call('hmget', KEYS[1], 'none', 'half'), redis.call('exists', 'none')}",
      "if redis.call('hget', KEYS[1], 'none') then return 'found' else return 'false' end",
      "return {tostring(4 / 2), tostring(1 / 4), 7 % 4, math.floor(-7 / 2), 2 ^ 10, 10 - 2 .. ''}",
      "return {tonumber('12'), tonumber(' 0x10 '), tonumber('1e3'), tonumber('x') or 'no', tonumber('3000000000')}",
      'return {#ARGV, ARGV[1], #ARGV[1], string.byte(ARGV[1], 1, -1)}',
      "return {string.sub('entries:x', 9), string.rep('ab', 3), ('x'):len(), table.concat({'a', 'b'}, ',')}",
      "return redis.call('hset', KEYS[1], ARGV[1], ARGV[1])",
      'return cmsgpack.unpack(cmsgpack.pack({ARGV[1], 1, -1, 200, -200, 70000, -70000, 3000000000, true}))',
      "return cmsgpack.pack({'', 'x', string.rep('y', 31), string.rep('y', 32), string.rep('z', 300), string.rep('w', 70000)})",
      'return cmsgpack.pack({1, 127, 128, 255, 256, 65535, 65536, -1, -32, -33, -128, -129, -32769, 4294967296, 0.5, 0.1})',
      'local list = {} for i = 1, 20 do list[i] = tostring(i) end return cmsgpack.pack(list)',
      'local list = {} for i = 1, 7999 do list[i] = i end return #{unpack(list)}',
      'local list = {} for i = 1, 8001 do list[i] = i end return #{unpack(list)}',
      'return {unpack({1, 2, 3}, 2)}',
      'return {unpack({1, 2, 3}, 2, 3)}',
      'local n = 0 for _, item in ipairs({1, 2, nil, 4}) do n = n + item end return n',
      "redis.call('hset', KEYS[1], 'kept', '1') error('stops')",
      "return redis.call('hget', KEYS[1], 'kept')",
      "return redis.call('nonsense')",
      "return redis.call('hget')",
      "return redis.call('hget', {})",
      'this is no script',
      'made_up = 1',
      'return made_up',
      "return redis.call('hkeys', 'none')",
    ];
    const odd = Buffer.from([0, 10, 128, 255, 13, 0]);
    for (const script of scripts) await connection.call('eval', [script, '1', name, odd, 'two']).catch(() => null);
    await connection.call('evalsha', ['0'.repeat(40), '0']).catch(() => null);
    await connection.call('del', [name]);
    expect(connection.difference).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { Refused } from './reply.ts';
import { TwinRedis, type Refusal } from './twin-redis.ts';

const SCRIPT_THAT_FAILS = "redis.call('hset', KEYS[1], 'f', ARGV[1]) local none = nil return none.field";
const LOOKS_THEN_WRITES = "local n = redis.call('hlen', KEYS[1]) redis.call('hset', KEYS[1], 'f', '1') return n";
const REMOVES_THEN_WRITES = "redis.call('unlink', KEYS[1]) redis.call('hset', KEYS[1], 'f', '2') return 1";
const LOOKS = "return redis.call('hlen', KEYS[1])";

/** Sends texts, gives texts. */
function send(server: TwinRedis, command: string, ...args: string[]): unknown {
  const reply = server.execute(
    command,
    args.map((arg) => Buffer.from(arg)),
  );
  return Array.isArray(reply) ? reply.map(String) : Buffer.isBuffer(reply) ? reply.toString() : reply;
}

const evaluate = (server: TwinRedis, script: string, key = 'h', ...args: string[]): unknown =>
  send(server, 'eval', script, '1', key, ...args);

const infoOf = (server: TwinRedis, field: string): string | undefined =>
  new RegExp(`^${field}:(.*?)\r?$`, 'm').exec(String(send(server, 'info')))?.[1];

describe('the twin of a Redis server', () => {
  test('a script that an error stops keeps what it wrote until then', () => {
    const server = new TwinRedis();
    expect(() => evaluate(server, SCRIPT_THAT_FAILS, 'h', 'kept')).toThrowError(/^ERR .*index a nil value/);
    expect(send(server, 'hget', 'h', 'f')).toBe('kept');
  });

  test('a script knows no globals but those of Redis, and leaves none behind', () => {
    const server = new TwinRedis();
    expect(() => evaluate(server, 'return undefined_name')).toThrowError(/global variable 'undefined_name'/);
    expect(() => evaluate(server, 'leaked = 1')).toThrowError(/global variable 'leaked'/);
    expect(() => evaluate(server, 'return os.time()')).toThrowError(/global variable 'os'/);
  });

  test('a script is known by its digest once it was run, until it is forgotten', () => {
    const server = new TwinRedis();
    const digest = 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db';
    expect(() => send(server, 'evalsha', digest, '0')).toThrowError(/^NOSCRIPT/);
    send(server, 'eval', 'return 1', '0');
    expect(send(server, 'evalsha', digest, '0')).toBe(1);
    server.flushScripts();
    expect(() => send(server, 'evalsha', digest, '0')).toThrowError(/^NOSCRIPT/);
    send(server, 'eval', 'return 1', '0');
    server.restart({ keepData: true });
    expect(() => send(server, 'evalsha', digest, '0')).toThrowError(/^NOSCRIPT/);
  });

  test('a refusal meets the commands that it is about, and a script at the first of them, or not at all once it has written', () => {
    const outcomes = (refusal: Refusal): boolean[] => {
      const server = new TwinRedis();
      send(server, 'hset', 'h', 'old', '1');
      server.refuse(refusal);
      const attempts = [
        () => send(server, 'info'),
        () => send(server, 'ping'),
        () => send(server, 'hlen', 'h'),
        () => evaluate(server, LOOKS),
        () => send(server, 'hset', 'other', 'f', '1'),
        () => evaluate(server, LOOKS_THEN_WRITES),
        () => send(server, 'unlink', 'other'),
        () => evaluate(server, REMOVES_THEN_WRITES),
      ];
      const passed = attempts.map((attempt) => {
        try {
          attempt();
          return true;
        } catch (error) {
          expect(error).toBeInstanceOf(Refused);
          expect((error as Refused).message).toMatch(new RegExp(`^${refusal} `));
          return false;
        }
      });
      server.refuse(null);
      expect(send(server, 'hget', 'h', 'f')).toBe(passed[7] ? '2' : null);
      return passed;
    };
    //                                info   ping   hlen   looks  hset   writes unlink removes
    expect(outcomes('OOM')).toEqual([true, true, true, true, false, false, true, true]);
    expect(outcomes('READONLY')).toEqual([true, true, true, true, false, false, false, false]);
    expect(outcomes('MISCONF')).toEqual([true, false, true, true, false, false, false, false]);
    expect(outcomes('LOADING')).toEqual([true, false, false, false, false, false, false, false]);
  });

  test('evicted keys are counted, deleted ones are not', () => {
    const server = new TwinRedis();
    for (const key of ['a', 'b', 'c']) send(server, 'hset', key, 'f', '1');
    expect([server.evict('a'), server.delete('b'), server.evict('none'), server.delete('none')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(server.keys()).toEqual(['c']);
    expect(infoOf(server, 'evicted_keys')).toBe('1');
  });

  test('a roll-back brings back all data as it was, as often as it is wanted, from another server', () => {
    const server = new TwinRedis();
    send(server, 'hset', 'h', 'f', '1', 'g', '1');
    const snapshot = server.snapshot();
    const before = infoOf(server, 'run_id');
    for (let i = 0; i < 2; i++) {
      send(server, 'hset', 'h', 'f', '2');
      send(server, 'hdel', 'h', 'g');
      send(server, 'hset', 'later', 'f', '1');
      server.rollBack(snapshot);
      expect(server.contents()).toEqual(
        new Map([
          [
            'h',
            new Map([
              ['f', Buffer.from('1')],
              ['g', Buffer.from('1')],
            ]),
          ],
        ]),
      );
    }
    expect(infoOf(server, 'run_id')).not.toBe(before);
  });

  test('a flush leaves the server the same, a restart does not; only one with its data has any', () => {
    const server = new TwinRedis();
    const runIds = new Set([infoOf(server, 'run_id')]);
    send(server, 'hset', 'h', 'f', '1');
    server.restart({ keepData: true });
    expect(server.keys()).toEqual(['h']);
    runIds.add(infoOf(server, 'run_id'));
    server.flushAll();
    runIds.add(infoOf(server, 'run_id'));
    expect(server.keys()).toEqual([]);
    send(server, 'hset', 'h', 'f', '1');
    server.restart({ keepData: false });
    runIds.add(infoOf(server, 'run_id'));
    expect(server.keys()).toEqual([]);
    expect(runIds.size).toBe(3);
  });

  test('a scan in steps finds every key that is there all the time, while others come and go', () => {
    const server = new TwinRedis();
    for (let i = 0; i < 500; i++) send(server, 'hset', `{app:x}:${i}`, 'f', '1');
    const found = new Set<string>();
    let cursor = '0';
    let steps = 0;
    do {
      const [next, keys] = server.execute(
        'scan',
        [cursor, 'MATCH', '{app:*', 'COUNT', '20'].map((arg) => Buffer.from(arg)),
      ) as [Buffer, Buffer[]];
      for (const key of keys) {
        found.add(key.toString());
        server.delete(key.toString());
      }
      send(server, 'hset', `{other}:${steps++}`, 'f', '1');
      cursor = next.toString();
    } while (cursor !== '0');
    expect(steps).toBeGreaterThan(20);
    expect(found.size).toBe(500);
    expect(server.keys().filter((key) => key.startsWith('{app'))).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { SCRIPTS } from '../../../src/state/redis/scripts.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { seededRandom } from '../../runtime/support/seeded-random.ts';
import { TwinConnection, type TwinConnectionOptions } from './twin-connection.ts';
import { TwinRedis } from './twin-redis.ts';

const LATER_MS = 30_000;

/** A twin on a clock that stands still until it is told to move. */
class Scene {
  readonly server = new TwinRedis();
  readonly clock = new VirtualClock(0);
  readonly #random: () => number;

  constructor(seed = 1) {
    this.#random = seededRandom(seed);
  }

  async connect(options: Partial<TwinConnectionOptions> = {}): Promise<TwinConnection> {
    const { server, clock } = this;
    const connection = new TwinConnection({ server, clock, random: this.#random, ...options });
    await this.ends(connection.connect());
    return connection;
  }

  /** Resolves when what was asked for is on the wire, without time going on. */
  underWay(): Promise<void> {
    return this.clock.settle();
  }

  pass(ms: number): Promise<void> {
    return this.clock.moveTo(this.clock.now() + ms);
  }

  /** What becomes of the calls: what they resolve with, or their errors as texts. Time goes on until they have. */
  async outcomes(...calls: readonly Promise<unknown>[]): Promise<unknown[]> {
    const settled = await this.ends(Promise.allSettled(calls));
    return settled.map((call) => (call.status === 'fulfilled' ? call.value : String(call.reason)));
  }

  /** Fields in the order they arrived. */
  get written(): string[] {
    return [...(this.server.contents().get('h')?.keys() ?? [])];
  }

  async ends<T>(work: Promise<T>): Promise<T> {
    const progress = { done: false };
    const watched = work.finally(() => (progress.done = true));
    await this.clock.settle();
    while (!progress.done) {
      expect(this.clock.nextWakeMs, 'something is still waited for').toBeLessThan(Infinity);
      await this.clock.moveTo(this.clock.nextWakeMs);
    }
    return watched;
  }
}

const write = (connection: TwinConnection, value: string): Promise<unknown> =>
  connection.call('hset', ['h', value, value]);

/** Counts the calls that settle, either way. */
function settledOf(...calls: readonly Promise<unknown>[]): { count: number } {
  const settled = { count: 0 };
  const add = (): void => void settled.count++;
  for (const call of calls) call.then(add, add);
  return settled;
}

const textWith = (part: string): string => expect.stringContaining(part) as string;

describe('a connection to the twin', () => {
  test('requests are executed and answered in the order they were sent, delayed or not', async () => {
    const scene = new Scene();
    const connection = await scene.connect({ faults: { drop: 0, lose: 0, delay: 0.5 } });
    const values = Array.from({ length: 50 }, (_, i) => String(i));
    const answered: string[] = [];
    await scene.outcomes(...values.map((value) => write(connection, value).then(() => answered.push(value))));
    expect(scene.written).toEqual(values);
    expect(answered).toEqual(values);
  });

  test('texts are bytes that come back as they were, and belong to their reader', async () => {
    const scene = new Scene();
    const connection = await scene.connect();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    await scene.outcomes(connection.call('hset', [bytes, bytes, bytes]));
    const reply = (await scene.ends(connection.call('hget', [bytes, bytes]))) as Buffer;
    expect(reply).toEqual(bytes);
    reply.fill(0);
    const script = "return redis.call('hgetall', redis.call('scan', '0')[2][1])";
    expect(await scene.outcomes(connection.call('eval', [script, '0']))).toEqual([[bytes, bytes]]);
  });

  test('a request that is dropped fails when its time is over, and nothing of it or behind it is ever executed', async () => {
    const scene = new Scene();
    const faults = { drop: 1, lose: 0, delay: 0 };
    const connection = await scene.connect({ faults });
    const begunMs = scene.clock.now();
    const first = write(connection, 'first');
    await scene.underWay();
    faults.drop = 0;
    const second = write(connection, 'second');
    expect(await scene.outcomes(first, second)).toEqual([textWith('timed out'), textWith('closed')]);
    expect(scene.clock.now() - begunMs).toBe(5_000);
    await scene.pass(LATER_MS);
    expect(scene.written).toEqual([]);
    expect(await scene.outcomes(write(connection, 'third'))).toEqual([1]);
  });

  test('a request whose reply is lost is executed and fails when its time is over', async () => {
    const scene = new Scene();
    const connection = await scene.connect({ faults: { drop: 0, lose: 1, delay: 0 }, commandTimeoutMs: 700 });
    const lost = write(connection, 'lost');
    lost.catch(() => undefined);
    await scene.pass(699);
    expect([settledOf(lost).count, scene.written]).toEqual([0, ['lost']]);
    expect(await scene.outcomes(lost)).toEqual([textWith('timed out')]);
  });

  test('of requests that a cut meets under way some are executed later, in order, even after those of the next connection', async () => {
    const executed = new Set<string>();
    for (let seed = 1; seed <= 40; seed++) {
      const scene = new Scene(seed);
      const connection = await scene.connect();
      const calls = ['a', 'b', 'c'].map((value) => write(connection, value));
      await scene.underWay();
      connection.cut();
      expect(await scene.outcomes(...calls)).toEqual(Array(3).fill(textWith('closed')));
      await scene.pass(100);
      expect(await scene.outcomes(write(connection, 'next'))).toEqual([1]);
      await scene.pass(LATER_MS);
      executed.add(scene.written.join());
    }
    expect(executed).toEqual(new Set(['next', 'next,a', 'next,a,b', 'next,a,b,c']));
  });

  test('what was on its way to a server that ended is never executed', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const scene = new Scene(seed);
      const connection = await scene.connect();
      const calls = ['a', 'b'].map((value) => write(connection, value));
      await scene.underWay();
      if (seed % 2 === 0) connection.cut();
      scene.server.restart({ keepData: true });
      expect(await scene.outcomes(...calls)).toEqual(Array(2).fill(textWith('closed')));
      await scene.pass(LATER_MS);
      expect(scene.written).toEqual([]);
    }
  });

  test('while no server is there it is refused, and connects again once it is', async () => {
    const scene = new Scene();
    const connection = await scene.connect();
    scene.server.stop();
    for (let i = 0; i < 5; i++) {
      expect(await scene.outcomes(write(connection, 'never'))).toEqual([textWith('connect')]);
      await scene.pass(500);
    }
    scene.server.start();
    await scene.pass(2_500);
    expect(await scene.outcomes(write(connection, 'after'))).toEqual([1]);
    expect(scene.written).toEqual(['after']);
  });

  test('a replica is left for another server at once', async () => {
    const scene = new Scene();
    const connection = await scene.connect();
    scene.server.refuse('READONLY');
    expect(await scene.outcomes(write(connection, 'first'))).toEqual([textWith('READONLY')]);
    expect(await scene.outcomes(connection.call('ping', []))).toEqual([textWith('no connection')]);
  });

  test('a process that stands still sends and hears nothing; past their time its requests have failed when it goes on', async () => {
    for (const stillMs of [1_000, 6_000]) {
      const scene = new Scene();
      const connection = await scene.connect();
      const sent = write(connection, 'sent');
      await scene.underWay();
      connection.freeze();
      const unsent = write(connection, 'unsent');
      const settled = settledOf(sent, unsent);
      await scene.pass(stillMs);
      expect([scene.written, settled.count]).toEqual([['sent'], 0]);
      connection.thaw();
      const [outcome] = await scene.outcomes(sent, unsent);
      expect(outcome).toEqual(stillMs < 5_000 ? 1 : textWith('timed out'));
    }
  });

  test('a process that died hears nothing ever, though what it sent last may be executed', async () => {
    const executed = new Set<string>();
    for (let seed = 1; seed <= 20; seed++) {
      const scene = new Scene(seed);
      const connection = await scene.connect();
      const last = write(connection, 'last');
      await scene.underWay();
      connection.kill();
      const settled = settledOf(last, write(connection, 'never'));
      await scene.pass(LATER_MS);
      executed.add(scene.written.join());
      expect(settled.count).toBe(0);
    }
    expect(executed).toEqual(new Set(['', 'last']));
  });

  test('an observer is told of every request by its name, and can end the process at that moment', async () => {
    const scene = new Scene();
    const seen: string[] = [];
    const connection: TwinConnection = await scene.connect({
      observer(name, moment) {
        seen.push(`${moment} ${name}`);
        if (name === 'hset' && moment === 'executed') connection.kill();
      },
    });
    await scene.outcomes(connection.call('ping', []), connection.call('eval', [SCRIPTS.claim.lua, '1', 'h', 'x', '1']));
    const settled = settledOf(write(connection, 'last'));
    await scene.pass(LATER_MS);
    expect(seen.slice(-2)).toEqual(['sent hset', 'executed hset']);
    expect(new Set(seen.slice(0, -2))).toEqual(new Set(['sent ping', 'executed ping', 'sent claim', 'executed claim']));
    expect([scene.written, settled.count]).toEqual([['last'], 0]);
  });

  test('the same seed gives the same run', async () => {
    const run = async (seed: number): Promise<string> => {
      const scene = new Scene(seed);
      const connection = await scene.connect({ faults: { drop: 0.05, lose: 0.05, delay: 0.3 } });
      const log: unknown[] = [];
      for (let i = 0; i < 60; i++) {
        log.push(await scene.outcomes(write(connection, String(i))), scene.clock.now());
        await scene.pass(100);
      }
      return JSON.stringify([log, scene.written]);
    };
    expect(await run(3)).toBe(await run(3));
    expect(await run(3)).not.toBe(await run(4));
  });
});

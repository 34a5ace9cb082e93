import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RedisBackend } from '../../src/state/redis/backend.ts';
import { TwinConnection } from '../faults/redis-twin/twin-connection.ts';
import { TwinRedis } from '../faults/redis-twin/twin-redis.ts';
import { seededRandom } from './support/seeded-random.ts';
import { VirtualKafka } from './support/virtual-kafka.ts';
import { feed, outcomes } from './support/words.ts';

const TOPOLOGY = `
apiVersion: millrace/v1
name: counts
sources:
  words: { topic: words, value: { format: json, schema: "word string, ts timestamp" }, partitionedBy: [ word ] }
views:
  counts: { from: words, groupBy: word, aggregate: [ count(*) as n ] }
sinks:
  out: { from: counts, topic: out, outputMode: update, value: { format: json, select: [ word, n ] } }
`;

/** Longer than writes wait, and Redis is looked at. */
const A_WHILE_MS = 10_000;

let kafka: VirtualKafka;
let redis: TwinRedis;

function state(options: { readonly maxUnwrittenBytes?: number } = {}): RedisBackend {
  const connection = new TwinConnection({ server: redis, clock: kafka.clock, random: seededRandom(1) });
  return new RedisBackend(connection, { application: 'counts', ...options }, kafka.clock);
}

beforeEach(async () => {
  kafka = new VirtualKafka();
  redis = new TwinRedis();
  await kafka.createTopic('words', 1);
  await kafka.createTopic('out', 1);
  await feed(kafka, [{ word: 'a', minute: 0, key: 'a' }]);
});
afterEach(() => kafka.close());

/** Every count that is in Redis. */
const entries = (): number =>
  [...redis.contents()].filter(([key]) => !key.endsWith(':meta')).reduce((sum, [, fields]) => sum + fields.size, 0);

describe('a copy of the state that is lost', () => {
  test('is made anew when a write finds out, though no further input comes', async () => {
    await kafka.start(TOPOLOGY, { state: state() });
    await kafka.pass(A_WHILE_MS);
    redis.flushAll();
    await feed(kafka, [{ word: 'b', minute: 0, key: 'b' }]);
    await kafka.pass(A_WHILE_MS);
    expect(entries()).toBe(2);
    expect(outcomes(await kafka.read('out'))).toEqual(['a 1', 'b 1']);
  });

  test('is made anew though no input comes at all', async () => {
    await kafka.start(TOPOLOGY, { state: state() });
    await kafka.pass(A_WHILE_MS);
    redis.flushAll();
    await kafka.pass(A_WHILE_MS);
    expect(entries()).toBe(1);
  });

  test('is reported as rebuilt; the first copy of all is not', async () => {
    const { events } = await kafka.start(TOPOLOGY, { state: state() });
    const rebuilds = (): boolean[] => events.flatMap((event) => (event.kind === 'restored' ? [event.rebuild] : []));
    await kafka.pass(A_WHILE_MS);
    expect(rebuilds()).toEqual([false]);
    redis.flushAll();
    await kafka.pass(A_WHILE_MS);
    expect(rebuilds()).toEqual([false, true]);
  });
});

describe('while Redis is away and as much is unwritten as may be', () => {
  test('what is committed is told at once, and a task that is to close does not wait for Redis', async () => {
    const running = await kafka.start(TOPOLOGY, { state: state({ maxUnwrittenBytes: 1 }) });
    await kafka.pass(A_WHILE_MS);
    redis.stop();
    await feed(kafka, [{ word: 'a', minute: 0, key: 'a' }]);
    await kafka.pass(A_WHILE_MS);
    expect(running.batches.map(({ batchId }) => batchId)).toEqual([0, 1]);
    const before = kafka.clock.now();
    await kafka.stop(running);
    expect(kafka.clock.now() - before).toBeLessThan(A_WHILE_MS);
    expect(outcomes(await kafka.read('out'))).toEqual(['a 1', 'a 2']);
  });
});

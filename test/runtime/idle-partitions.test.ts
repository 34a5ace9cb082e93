import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { partitionOf } from '../../src/core/murmur2.ts';
import { disconnected } from '../../src/kafka/fake-broker/fake-link.ts';
import { counts, stages } from './support/topologies.ts';
import { VirtualKafka } from './support/virtual-kafka.ts';
import { feed, lateRows, outcomes, type Word } from './support/words.ts';

const COUNTS = counts({ delay: '10 minutes', idleTimeout: '2 seconds' });

/** Two stages that wait for nobody for longer than a second. */
const hasty = (source = ''): string => stages({ delay: '0 seconds', idleTimeout: '1 second', source });

let kafka: VirtualKafka;
beforeEach(async () => {
  kafka = new VirtualKafka();
  await kafka.createTopic('words', 2);
  await kafka.createTopic('out', 1);
});
afterEach(() => kafka.close());

test('a partition that keeps bringing rows is not idle, however quickly they are taken and far behind they are', async () => {
  const observed = await kafka.start(COUNTS);
  const slow: Word = { partition: 0, word: 'slow', minute: 2 };
  await feed(kafka, [slow, { partition: 1, word: 'fast', minute: 1 }]);
  await kafka.pass(500);
  await feed(kafka, [{ partition: 1, word: 'fast', minute: 500 }]);
  for (let i = 0; i < 16; i++) {
    await kafka.pass(300);
    await feed(kafka, [slow]);
  }
  await kafka.pass(500);
  expect(lateRows(observed)).toBe(0);
  expect(outcomes(await kafka.read('out'))).toEqual([]);
  // And then it is.
  await kafka.pass(3_000);
  expect(outcomes(await kafka.read('out'))).toEqual(['fast 1 0', 'slow 17 0']);
});

/** Answers of words-0 are under way for so long, until what it returns is called. */
const holdUp = (ms: number): (() => void) =>
  kafka.cluster.intercept(async (_node, api, request, proceed) => {
    const reply = await proceed();
    const asks = 'topics' in request && JSON.stringify(request.topics).includes('"words","partitions":[{"partition":0');
    if (api === 'Fetch' && asks) await kafka.clock.sleep(ms);
    return reply;
  });

describe('a partition of which nothing is heard is not idle', () => {
  test('because its leader takes its time to answer', async () => {
    const processes = [await kafka.start(COUNTS), await kafka.start(COUNTS)];
    await kafka.pass(5_000);
    await feed(kafka, [
      { partition: 0, word: 'slow', minute: 1 },
      { partition: 1, word: 'fast', minute: 1 },
    ]);
    await kafka.pass(500);
    const letGo = holdUp(6_000);
    await kafka.pass(600);
    await feed(kafka, [
      { partition: 0, word: 'slow', minute: 2 },
      { partition: 1, word: 'fast', minute: 500 },
    ]);
    await kafka.pass(4_000);
    letGo();
    await kafka.pass(4_000);
    expect(processes.map(lateRows)).toEqual([0, 0]);
    expect(outcomes(await kafka.read('out'))).toEqual([]);
    // And then it is.
    await kafka.pass(4_000);
    expect(outcomes(await kafka.read('out'))).toEqual(['fast 1 0', 'slow 2 0']);
  });

  test('nor is it any more when its leader fails', async () => {
    const processes = [await kafka.start(COUNTS), await kafka.start(COUNTS)];
    await kafka.pass(5_000);
    await feed(kafka, [
      { partition: 0, word: 'slow', minute: 1 },
      { partition: 1, word: 'fast', minute: 1 },
    ]);
    await kafka.pass(1_500);
    await feed(kafka, [{ partition: 1, word: 'fast', minute: 2 }]);
    await kafka.pass(2_000);
    const isOut = { now: true };
    kafka.cluster.intercept((_node, api, request, proceed) => {
      const asks =
        'topics' in request && JSON.stringify(request.topics).includes('"words","partitions":[{"partition":0');
      if (api === 'Fetch' && asks && isOut.now) return Promise.reject(disconnected(1, api));
      return proceed();
    });
    await kafka.pass(2_000);
    await feed(kafka, [
      { partition: 0, word: 'slow', minute: 3 },
      { partition: 1, word: 'fast', minute: 500 },
    ]);
    await kafka.pass(1_500);
    isOut.now = false;
    await kafka.pass(1_500);
    expect(processes.map(lateRows)).toEqual([0, 0]);
  });
});

for (const trigger of ['default', 'availableNow']) {
  test(`a partition that was idle when the topology was stopped is waited for at the next start, with trigger ${trigger}`, async () => {
    const yaml = counts({ delay: '10 minutes', idleTimeout: '30 seconds', trigger });
    await feed(kafka, [{ partition: 0, word: 'first', minute: 0 }]);
    const before = await kafka.start(yaml);
    await kafka.pass(3_000);
    await kafka.stop(before);
    for (let minute = 30; minute < 600; minute += 10) {
      for (const partition of [0, 1]) await feed(kafka, [{ partition, word: `w${partition}`, minute }]);
    }
    kafka.cluster.intercept(async (_node, _api, request, proceed) => {
      const isSlow = 'transactionalId' in request && String(request.transactionalId).endsWith('words.1');
      if (isSlow) await kafka.clock.sleep(100);
      return proceed();
    });
    const after = await kafka.start(yaml, { settings: { maxRowsPerTrigger: 5 } });
    await kafka.pass(10_000);
    expect(lateRows(after)).toBe(0);
    // All but the last ones, which are still open.
    expect(outcomes(await kafka.read('out'))).toHaveLength(1 + 2 * 55);
  });
}

describe('when everything was idle and rows come again', () => {
  test('a task of an inner stage that is held up holds back those behind it, and its rows are not late', async () => {
    const observed = await kafka.start(hasty());
    const all = (minute: number): Word[] =>
      Array.from({ length: 20 }, (_, i) => ({ partition: i % 2, word: `w${i}`, minute }));
    await feed(kafka, all(0));
    await kafka.pass(3_000);
    const until = kafka.clock.now() + 2_500;
    kafka.cluster.intercept(async (_node, _api, request, proceed) => {
      const isHeldUp = 'transactionalId' in request && String(request.transactionalId).endsWith('minutes.1');
      if (isHeldUp) await kafka.clock.sleep(until - kafka.clock.now());
      return proceed();
    });
    await feed(kafka, all(1));
    await feed(kafka, all(61));
    await kafka.pass(200);
    await feed(kafka, all(62));
    await kafka.pass(5_000);
    expect(lateRows(observed)).toBe(0);
    expect(outcomes(await kafka.read('out'))).toEqual(['0 40']);
  });

  test('what waits in an open window of a task whose partition stays idle is not late behind it', async () => {
    const observed = await kafka.start(hasty('partitionedBy: [ word ]'));
    const words = [0, 1].map((p) => ['a', 'b', 'c', 'd'].find((word) => partitionOf(2, Buffer.from(word)) === p));
    const row = (partition: number, minute: number): Word => {
      const word = words[partition] ?? '';
      return { partition, minute, word, key: word };
    };
    await feed(kafka, [row(0, 0), row(1, 0)]);
    await kafka.pass(2_500);
    await feed(kafka, [row(1, 61)]);
    await kafka.pass(1_000);
    await feed(kafka, [row(1, 62)]);
    await kafka.pass(1_000);
    expect(outcomes(await kafka.read('out'))).toEqual([]);
    await feed(kafka, [row(0, 63), row(1, 63)]);
    await kafka.pass(2_500);
    expect(lateRows(observed)).toBe(0);
    expect(outcomes(await kafka.read('out'))).toEqual(['0 2']);
  });
});

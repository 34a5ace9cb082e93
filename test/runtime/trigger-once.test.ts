import { afterEach, beforeEach, expect, test } from 'vitest';
import { timedOut } from '../../src/kafka/fake-broker/fake-link.ts';
import { counts } from './support/topologies.ts';
import { VirtualKafka } from './support/virtual-kafka.ts';
import { feed, lateRows, outcomes } from './support/words.ts';

/** Counts, a run of trigger `once` at a time. */
const countsOnce = (delay: string, source = ''): string =>
  counts({ delay, idleTimeout: '1 hour', source, trigger: 'once' });

/** So that every row is a batch of its own. */
const SMALL = { settings: { maxRowsPerTrigger: 1 } };

let kafka: VirtualKafka;
beforeEach(async () => {
  kafka = new VirtualKafka();
  await kafka.createTopic('out', 1);
});
afterEach(() => kafka.close());

/** Each in a transaction of its own. */
async function feedOneByOne(words: readonly (readonly [string, number])[], partitions = 1): Promise<void> {
  for (const [i, [word, minute]] of words.entries()) {
    await feed(kafka, [{ word, minute, partition: i % partitions, key: partitions === 1 ? word : null }]);
  }
}

for (const [where, source, partitions] of [
  ['in place', 'partitionedBy: [ word ]', 1],
  ['behind a repartition', '', 1],
  ['behind a repartition of two partitions', '', 2],
] as const) {
  test(`${where}: a run in many batches judges and closes as if it were one, each window once and whole`, async () => {
    await kafka.createTopic('words', partitions);
    const yaml = countsOnce('1 minute', source);
    await feedOneByOne(
      [
        ['a', 1],
        ['a', 35],
        ['a', 35],
      ],
      partitions,
    );
    await kafka.run(yaml, SMALL);
    // The first run ended at 34. Until this one is over nothing is late that belongs to a window the first run had left open.
    await feedOneByOne(
      [
        ['b', 12],
        ['c', 60],
        ['b', 13],
        ['c', 61],
        ['b', 14],
        ['c', 62],
        ['b', 15],
      ],
      partitions,
    );
    expect(lateRows(await kafka.run(yaml, SMALL))).toBe(0);
    await feedOneByOne(
      [
        ['z', 200],
        ['z', 200],
      ],
      partitions,
    );
    await kafka.run(yaml, SMALL);
    await kafka.run(yaml, SMALL);
    expect(outcomes(await kafka.read('out'))).toEqual(['a 1 0', 'a 2 30', 'b 4 10', 'c 3 60']);
  });
}

test('a run that was stopped half-way goes on with the times it began with', async () => {
  await kafka.createTopic('words', 1);
  const yaml = countsOnce('0 seconds');
  await feedOneByOne([
    ['a', 100],
    ['b', 5],
    ['b', 5],
    ['b', 5],
    ['b', 5],
    ['b', 5],
  ]);
  // The task of the source is stuck in its third batch; whoever is behind it has taken what came before.
  let commits = 0;
  const heal = kafka.cluster.intercept(async (_node, api, request, proceed) => {
    const isOfSource = 'transactionalId' in request && String(request.transactionalId).endsWith('words.0');
    if (api === 'EndTxn' && isOfSource && ++commits >= 4) await kafka.clock.sleep(1_500);
    return proceed();
  });
  const stopped = await kafka.start(yaml, SMALL);
  await kafka.pass(900);
  heal();
  await kafka.stop(stopped);
  const resumed = await kafka.run(yaml, SMALL);
  expect(outcomes(await kafka.read('out'))).toEqual([]);
  await feedOneByOne([['z', 200]]);
  await kafka.run(yaml);
  expect(lateRows(stopped) + lateRows(resumed)).toBe(0);
  expect(outcomes(await kafka.read('out'))).toEqual(['b 5 0']);
});

for (const [where, source] of [
  ['in place', 'partitionedBy: [ word ]'],
  ['behind a repartition', ''],
] as const) {
  test(`${where}: what a run closed stays closed for the one after it, also when it could not say that it had ended`, async () => {
    await kafka.createTopic('words', 1);
    const yaml = countsOnce('0 seconds', source);
    for (const minute of [1, 35]) {
      await feedOneByOne([['a', minute]]);
      await kafka.run(yaml);
    }
    const stopped = await kafka.start(yaml);
    await kafka.passing(stopped.engine.finished());
    expect(outcomes(await kafka.read('out'))).toEqual(['a 1 0']);
    const heal = kafka.cluster.intercept(async (node, api, _request, proceed) => {
      if (api === 'AddPartitionsToTxn') throw timedOut(node, api);
      return proceed();
    });
    await kafka.stop(stopped);
    heal();
    await feedOneByOne([['a', 2]]);
    expect(lateRows(await kafka.run(yaml))).toBe(1);
    expect(outcomes(await kafka.read('out'))).toEqual(['a 1 0']);
  });
}

test('a run that is stopped while it is not known whether its last batch is committed writes no row twice', async () => {
  await kafka.createTopic('words', 1);
  const copy = `
apiVersion: millrace/v1
name: copy
sources:
  words:
    topic: words
    value: { format: json, schema: "word string, ts timestamp" }
    watermark: { column: ts, delay: 1 minute }
views:
  copied: { from: words, select: [ word, ts ] }
sinks:
  out: { from: copied, topic: out, value: { format: json, select: [ word ] } }
trigger: once
`;
  await feedOneByOne([
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ]);
  // The claim, and three batches: the last one commits, and nobody hears of it.
  let commits = 0;
  const heal = kafka.cluster.intercept(async (node, api, request, proceed) => {
    const isOurs = 'transactionalId' in request && String(request.transactionalId).endsWith('words.0');
    const reply = await proceed();
    if (api === 'EndTxn' && isOurs && ++commits >= 4) throw timedOut(node, api);
    return reply;
  });
  const stopped = await kafka.start(copy, SMALL);
  await kafka.pass(1_000);
  expect(commits).toBeGreaterThan(4);
  await kafka.stop(stopped);
  heal();
  await kafka.run(copy, SMALL);
  expect(outcomes(await kafka.read('out'))).toEqual(['a', 'b', 'c']);
});

test('a run is not taken for done because one on a machine whose clock is ahead was', async () => {
  await kafka.createTopic('words', 1);
  const yaml = countsOnce('0 seconds');
  await feed(kafka, [
    { word: 'a', minute: 1 },
    { word: 'b', minute: 30 },
  ]);
  await kafka.run(yaml, { skewMs: 3_600_000 });
  expect(outcomes(await kafka.read('out'))).toEqual([]);
  const letGo = kafka.cluster.intercept(async (_node, api, _request, proceed) => {
    if (api === 'JoinGroup') await kafka.clock.sleep(3_000);
    return proceed();
  });
  await kafka.run(yaml);
  letGo();
  expect(outcomes(await kafka.read('out'))).toEqual(['a 1 0']);
});

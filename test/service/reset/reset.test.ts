import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { StateBackend } from '../../../src/core/state.ts';
import { systemClock } from '../../../src/core/system-clock.ts';
import type { Transport } from '../../../src/core/transport.ts';
import { FakeCluster } from '../../../src/kafka/fake-broker/fake-cluster.ts';
import { KafkaTransport } from '../../../src/kafka/kafka-transport.ts';
import type { PhysicalPlan } from '../../../src/plan/physical-plan.ts';
import { MemoryBackend } from '../../../src/state/memory/backend.ts';
import { resetTopology } from '../../../src/service/reset/reset.ts';
import { findScope, type ResetScope } from '../../../src/service/reset/scope.ts';
import type { StartAt } from '../../../src/service/reset/start-position.ts';
import {
  createTopic,
  makeEngine,
  planOf,
  produce,
  readTopic,
  SETTINGS,
  untilReadable,
} from '../../support/engine-harness.ts';

const wordCount = (view = 'counts'): PhysicalPlan =>
  planOf(`
apiVersion: millrace/v1
name: words
sources:
  lines: { topic: lines, value: { format: text } }
views:
  words: { from: lines, select: [ "explode(split(value, ' ')) as word" ] }
  ${view}: { from: words, groupBy: word, aggregate: [ count(*) as n ] }
sinks:
  out: { from: ${view}, topic: out, key: word, outputMode: update, value: { format: text, select: [ n ] } }
trigger: availableNow
`);

const INTERNAL = ['words.plan', 'words.lines.changelog', 'words.counts.changelog', 'words.counts.repartition'];

/** A topology of two sub-topologies on a fake broker, two partitions each. */
class Bed {
  readonly cluster = new FakeCluster({ clock: systemClock });
  readonly transport = this.connect();

  static async withLines(...lines: string[]): Promise<Bed> {
    const bed = new Bed();
    await createTopic(bed.transport, 'lines', 2);
    await createTopic(bed.transport, 'out', 1);
    if (lines.length > 0) await bed.feed(...lines);
    return bed;
  }

  connect(): KafkaTransport {
    return new KafkaTransport(this.cluster.link(), systemClock);
  }

  feed(...lines: string[]): Promise<void> {
    return produce(
      this.transport,
      'lines',
      lines.map((value) => ({ key: null, value })),
    );
  }

  /** Runs to the end of what there is; what the sink got in this run: the last count of each word. */
  async run(plan = wordCount()): Promise<Record<string, string | null>> {
    const before = (await readTopic(this.transport, 'out')).length;
    const transport = this.connect();
    const { engine } = makeEngine(plan, transport, new MemoryBackend());
    try {
      await engine.start();
      await engine.finished();
    } finally {
      await engine.stop();
      await transport.close();
    }
    const written = (await readTopic(this.transport, 'out')).slice(before);
    return Object.fromEntries(written.map(({ key, value }) => [key, value]));
  }

  async scope(plan = wordCount(), state: StateBackend = new MemoryBackend()): Promise<ResetScope> {
    return findScope(plan, this.transport, state);
  }

  async reset(
    startAt: StartAt | null = null,
    { plan = wordCount(), transport = this.transport as Transport, state = new MemoryBackend() as StateBackend } = {},
  ): Promise<void> {
    await resetTopology(plan, await findScope(plan, transport, state), {
      transport,
      state,
      clock: systemClock,
      settings: SETTINGS,
      newLogId: randomUUID,
      startAt,
      onStep: () => undefined,
    });
  }

  async existing(names: readonly string[] = INTERNAL): Promise<string[]> {
    return [...(await this.transport.topics.describe(names)).keys()];
  }
}

test('after a reset nothing is left but what the sinks hold, and the next run does all of it again', async () => {
  const bed = await Bed.withLines('a b a', 'b c');
  expect(await bed.run()).toEqual({ a: '2', b: '2', c: '1' });
  expect(await bed.run()).toEqual({});
  await bed.reset();
  expect(await bed.existing()).toEqual([]);
  const inputs = [0, 1].map((partition) => ({ topic: 'lines', partition }));
  expect(await bed.transport.groupOffsets('words', inputs)).toEqual([]);
  expect(await bed.run()).toEqual({ a: '2', b: '2', c: '1' });
});

test('what would go is shown first: topics with their records, offsets, tasks', async () => {
  const bed = await Bed.withLines('a b a', 'b c');
  await bed.run();
  const scope = await bed.scope();
  expect(scope).toMatchObject({ topology: 'words', isUnfinished: false, members: [], stateKeys: 0, offsets: 4 });
  expect(scope.topics.map(({ name, partitions }) => [name, partitions])).toEqual([
    ['words.lines.changelog', 2],
    ['words.counts.repartition', 2],
    ['words.counts.changelog', 2],
  ]);
  for (const { records } of scope.topics) expect(records).toBeGreaterThan(0);
  expect(scope.tasks).toHaveLength(4);
  expect(await bed.existing()).toHaveLength(4);
});

test('a topology that never ran can be reset', async () => {
  const bed = await Bed.withLines('a');
  expect(await bed.scope()).toMatchObject({ topics: [], offsets: 0 });
  await bed.reset();
  expect(await bed.existing()).toEqual([]);
  expect(await bed.run()).toEqual({ a: '1' });
});

describe('--to', () => {
  test('latest begins behind what there is at the reset', async () => {
    const bed = await Bed.withLines('a b');
    await bed.run();
    await bed.reset('latest');
    await bed.feed('b c', 'c');
    expect(await bed.run()).toEqual({ b: '1', c: '2' });
  });

  test('a time begins at the first record of that time or later', async () => {
    const bed = await Bed.withLines();
    const time = Math.floor(systemClock.now()) - 60_000;
    const producer = await bed.transport.openProducer({
      transactionalId: 'test',
      transactionTimeoutMs: 10_000,
      compression: 'none',
    });
    const transaction = await producer.begin();
    transaction.append('lines', 0, time - 1, null, 'a b', null);
    transaction.append('lines', 0, time, null, 'b c', null);
    transaction.append('lines', 0, time - 1, null, 'b', null);
    transaction.append('lines', 1, time - 1, null, 'a', null);
    await transaction.send();
    await transaction.commit();
    await untilReadable(bed.transport, 'lines');
    await bed.reset(time);
    expect(await bed.run()).toEqual({ b: '2', c: '1' });
  });

  test('earliest begins with the first record, of a source that would begin with the latest', async () => {
    const bed = await Bed.withLines('a b', 'a');
    const plan = planOf(`
apiVersion: millrace/v1
name: words
sources:
  lines: { topic: lines, value: { format: text }, startingOffsets: latest }
sinks:
  out: { from: lines, topic: out, key: value, outputMode: append, value: { format: text, select: [ value ] } }
trigger: availableNow
`);
    expect(await bed.run(plan)).toEqual({});
    await bed.reset('earliest', { plan });
    expect(await bed.run(plan)).toEqual({ 'a b': 'a b', a: 'a' });
    expect(await bed.run(plan)).toEqual({});
  });

  test('where a source is missing, nothing is touched', async () => {
    const bed = await Bed.withLines('a');
    await bed.run();
    await bed.transport.topics.delete(['lines']);
    await expect(bed.reset('latest')).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
    expect(await bed.existing()).toHaveLength(4);
  });
});

test('while the group has a member nothing is touched, and the member is named', async () => {
  const bed = await Bed.withLines('a');
  const transport = bed.connect();
  const { engine } = makeEngine(
    { ...wordCount(), trigger: { kind: 'default' } } as PhysicalPlan,
    transport,
    new MemoryBackend(),
    {
      settings: { address: 'pod-1:8080' },
    },
  );
  await engine.start();
  try {
    await expect.poll(async () => (await bed.scope()).members.map(({ address }) => address)).toEqual(['pod-1:8080']);
    const [{ memberId }] = (await bed.scope()).members;
    await expect(bed.reset()).rejects.toMatchObject({
      code: 'TOPOLOGY_RUNNING',
      message: `topology words is running: ${memberId} from 127.0.0.1 (answers at pod-1:8080)`,
    });
    expect(await bed.existing()).toHaveLength(4);
  } finally {
    await engine.stop();
    await transport.close();
  }
  await bed.reset();
  expect(await bed.existing()).toEqual([]);
});

test('who had a task before the reset cannot commit any more', async () => {
  const bed = await Bed.withLines('a');
  await bed.run();
  const zombie = await bed.connect().openProducer({
    transactionalId: 'words.counts.1',
    transactionTimeoutMs: 60_000,
    compression: 'none',
  });
  const transaction = await zombie.begin();
  transaction.append('out', 0, systemClock.now(), 'a', 'from the past', null);
  await transaction.send();
  await bed.reset();
  await expect(transaction.commit()).rejects.toMatchObject({ code: 'PRODUCER_FENCED' });
  expect(await bed.run()).toEqual({ a: '1' });
});

test('sub-topologies that are not in the plan any more go too', async () => {
  const bed = await Bed.withLines('a b a');
  await bed.run();
  const changed = wordCount('totals');
  await expect(bed.run(changed)).rejects.toMatchObject({ code: 'PLAN_INCOMPATIBLE' });
  await bed.reset(null, { plan: changed });
  expect(await bed.existing([...INTERNAL, 'words.totals.changelog', 'words.totals.repartition'])).toEqual([]);
  expect(await bed.run(changed)).toEqual({ a: '2', b: '1' });
});

/** The object with every call counted, through `topics` too; call number `fatal` and all after it fail, as those of a process that died. */
function dying<T extends object>(subject: T, life: { calls: number; readonly fatal: number }): T {
  return new Proxy(subject, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name === 'topics') return dying(value as object, life);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (life.calls++ >= life.fatal) throw new Error('the process died');
        return (value as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}

test.each([
  ['where the topology says', null],
  ['the latest', 'latest'],
] as const)(
  'a reset to %s that died at any moment is gone on with by the next; the topology is never run half reset',
  async (_, startAt) => {
    let deaths = 0;
    for (let isOver = false; !isOver; deaths++) {
      const bed = await Bed.withLines('a b a', 'b');
      await bed.run();
      const life = { calls: 0, fatal: deaths };
      const transport = dying<Transport>(bed.transport, life);
      const state = dying<StateBackend>(new MemoryBackend(), life);
      isOver = await bed.reset(startAt, { transport, state }).then(
        () => true,
        () => false,
      );
      if (!isOver) {
        const before = (await readTopic(bed.transport, 'out')).length;
        // Either as if there had been no reset, or not at all.
        await bed.run().catch((error: unknown) => expect(error).toMatchObject({ code: 'RESET_UNFINISHED' }));
        expect(await readTopic(bed.transport, 'out'), `death ${deaths}`).toHaveLength(before);
        await bed.reset(startAt);
      }
      expect(await bed.run(), `death ${deaths}`).toEqual(startAt === 'latest' ? {} : { a: '2', b: '2' });
    }
    expect(deaths).toBeGreaterThan(15);
  },
  60_000,
);

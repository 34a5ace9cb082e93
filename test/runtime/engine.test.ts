import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/system-clock.ts';
import type { Transport } from '../../src/core/transport.ts';
import { FakeCluster } from '../../src/kafka/fake-broker/fake-cluster.ts';
import { KafkaTransport } from '../../src/kafka/kafka-transport.ts';
import { MemoryBackend } from '../../src/state/memory/backend.ts';
import { eventually } from '../support/eventually.ts';
import {
  createTopic,
  makeEngine,
  planOf,
  produce,
  readTopic,
  type ObservedEngine,
  type TestRecord,
} from '../support/engine-harness.ts';

const CLICKS = `
apiVersion: millrace/v1
name: clicks
sources:
  clicks:
    topic: clicks
    value: { format: json, schema: "user string, amount bigint" }
    partitionedBy: [ user ]
views:
  totals:
    from: clicks
    where: amount > 0
    groupBy: user
    aggregate:
      - count(*) as n
      - sum(amount) as total
sinks:
  totals-out:
    from: totals
    topic: totals
    key: user
    outputMode: update
trigger: availableNow
`;

const WORDS = `
apiVersion: millrace/v1
name: words
sources:
  lines:
    topic: lines
    value: { format: text }
views:
  words:
    from: lines
    select:
      - explode(split(value, ' ')) as word
  counts:
    from: words
    groupBy: word
    aggregate:
      - count(*) as n
sinks:
  counts-out:
    from: counts
    topic: counts
    key: word
    outputMode: update
    value: { format: text, select: [ n ] }
trigger: availableNow
`;

const cluster = (): { transport(): Transport } => {
  const fake = new FakeCluster({ clock: systemClock });
  return { transport: () => new KafkaTransport(fake.link(), systemClock) };
};

const open: ObservedEngine[] = [];
afterEach(async () => {
  for (const { engine } of open.splice(0)) await engine.stop();
});

async function runToEnd(plan: ReturnType<typeof planOf>, transport: Transport): Promise<ObservedEngine> {
  const observed = makeEngine(plan, transport, new MemoryBackend());
  open.push(observed);
  await observed.engine.start();
  await observed.engine.finished();
  await observed.engine.stop();
  return observed;
}

const lastByKey = (records: readonly TestRecord[]): Record<string, unknown> =>
  Object.fromEntries(records.map(({ key, value }) => [key, value === null ? null : (JSON.parse(value) as unknown)]));

const click = (user: string, amount: number): TestRecord => ({ key: user, value: JSON.stringify({ user, amount }) });

describe('a keyed aggregation in place', () => {
  test('writes each changed group once a batch and goes on from its committed state in the next run', async () => {
    const kafka = cluster();
    const transport = kafka.transport();
    await createTopic(transport, 'clicks', 3);
    await createTopic(transport, 'totals', 2);
    await produce(transport, 'clicks', [click('ann', 1), click('bob', 5), click('ann', 2), click('eve', -1)]);
    await runToEnd(planOf(CLICKS), kafka.transport());
    expect(lastByKey(await readTopic(transport, 'totals'))).toEqual({
      ann: { user: 'ann', n: 2, total: 3 },
      bob: { user: 'bob', n: 1, total: 5 },
    });

    await produce(transport, 'clicks', [click('ann', 10)]);
    const second = await runToEnd(planOf(CLICKS), kafka.transport());
    const records = await readTopic(transport, 'totals');
    expect(records).toHaveLength(3);
    expect(lastByKey(records)).toMatchObject({ ann: { n: 3, total: 13 }, bob: { n: 1, total: 5 } });
    expect(second.batches).toHaveLength(1);
  });
});

describe('where a task begins', () => {
  test('is what its changelog says, whatever the group offsets of a run that did not commit say', async () => {
    const kafka = cluster();
    const transport = kafka.transport();
    await createTopic(transport, 'clicks', 1);
    await createTopic(transport, 'totals', 1);
    await produce(transport, 'clicks', [click('ann', 1), click('ann', 2)]);
    await transport.mirrorOffsets('clicks', [{ topic: 'clicks', partition: 0, offset: 1, metadata: 'millrace' }]);
    await runToEnd(planOf(CLICKS), kafka.transport());
    expect(lastByKey(await readTopic(transport, 'totals'))).toEqual({ ann: { user: 'ann', n: 2, total: 3 } });
  });
});

describe('a word count over a repartition', () => {
  test('counts every word once, in the partition of its word', async () => {
    const kafka = cluster();
    const transport = kafka.transport();
    await createTopic(transport, 'lines', 3);
    await createTopic(transport, 'counts', 2);
    const lines = Array.from({ length: 300 }, (_, i) => `w${i % 7} w${i % 11} common`);
    await produce(
      transport,
      'lines',
      lines.map((value) => ({ key: null, value })),
    );
    await runToEnd(planOf(WORDS), kafka.transport());

    const expected: Record<string, number> = {};
    for (const word of lines.flatMap((line) => line.split(' '))) expected[word] = (expected[word] ?? 0) + 1;
    expect(lastByKey(await readTopic(transport, 'counts'))).toEqual(expected);
  });
});

describe('a stateless view', () => {
  test('writes each row that passes once, with the columns that are read only behind the filter', async () => {
    const kafka = cluster();
    const transport = kafka.transport();
    await createTopic(transport, 'clicks', 2);
    await createTopic(transport, 'big', 2);
    const plan = planOf(`
apiVersion: millrace/v1
name: big
sources:
  clicks: { topic: clicks, value: { format: json, schema: "user string, amount bigint" } }
views:
  big:
    from: clicks
    where: amount >= 5
    select:
      - user
      - amount * 100 as cents
sinks:
  big: { from: big, topic: big, key: user }
trigger: availableNow
`);
    await produce(transport, 'clicks', [click('ann', 4), click('bob', 5), click('ann', 6)]);
    await runToEnd(plan, kafka.transport());
    expect(lastByKey(await readTopic(transport, 'big'))).toEqual({
      ann: { user: 'ann', cents: 600 },
      bob: { user: 'bob', cents: 500 },
    });
  });
});

describe('output modes of an aggregate', () => {
  const modes = (mode: string): string => `
apiVersion: millrace/v1
name: numbers
sources:
  numbers: { topic: numbers, value: { format: json, schema: "n bigint" } }
views:
  counts:
    from: numbers
    groupBy: n
    aggregate:
      - count(*) as seen
sinks:
  out: { from: counts, console: true, outputMode: ${mode} }
trigger: availableNow
`;
  const numbers = (...values: number[]): TestRecord[] =>
    values.map((n) => ({ key: null, value: JSON.stringify({ n }) }));

  test.each([
    [
      'update',
      [
        [1, 2],
        [2, 4],
        [4, 1],
      ],
    ],
    [
      'complete',
      [
        [1, 2],
        [2, 4],
        [3, 3],
        [4, 1],
      ],
    ],
  ])('%s gives what Spark gives for a running count', async (mode, second) => {
    const kafka = cluster();
    const transport = kafka.transport();
    await createTopic(transport, 'numbers', 1);
    await produce(transport, 'numbers', numbers(1, 2, 2, 3, 3, 3));
    const rows = ({ deliveries }: ObservedEngine): unknown[] =>
      deliveries.flatMap((delivery) => delivery.rows).toSorted((a, b) => Number(a[0]) - Number(b[0]));
    expect(rows(await runToEnd(planOf(modes(mode)), kafka.transport()))).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    await produce(transport, 'numbers', numbers(1, 2, 2, 4));
    expect(rows(await runToEnd(planOf(modes(mode)), kafka.transport()))).toEqual(second);
  });

  test('a row that no longer satisfies having is deleted from a topic keyed by the whole key', async () => {
    const kafka = cluster();
    const transport = kafka.transport();
    await createTopic(transport, 'clicks', 1);
    await createTopic(transport, 'totals', 1, { 'cleanup.policy': 'compact' });
    const plan = planOf(CLICKS.replace('where: amount > 0', 'having: sum(amount) < 10'));
    await produce(transport, 'clicks', [click('ann', 5), click('bob', 1)]);
    await runToEnd(plan, kafka.transport());
    await produce(transport, 'clicks', [click('ann', 6)]);
    await runToEnd(plan, kafka.transport());
    expect(lastByKey(await readTopic(transport, 'totals'))).toEqual({
      ann: null,
      bob: { user: 'bob', n: 1, total: 1 },
    });
  });
});

describe('what must not go on', () => {
  async function failure(plan: ReturnType<typeof planOf>, transport: Transport): Promise<unknown> {
    const observed = makeEngine(plan, transport, new MemoryBackend());
    open.push(observed);
    try {
      await observed.engine.start();
      await observed.engine.finished();
    } catch (error) {
      return error;
    }
    throw new Error('it went on');
  }

  test('a record that cannot be decoded stops the topology and names its place', async () => {
    const kafka = cluster();
    const transport = kafka.transport();
    await createTopic(transport, 'clicks', 1);
    await createTopic(transport, 'totals', 1);
    await produce(transport, 'clicks', [click('ann', 1), { key: 'ann', value: '{"user":"ann","amount":"many"}' }]);
    expect(await failure(planOf(CLICKS), kafka.transport())).toMatchObject({
      code: 'RECORD_UNDECODABLE',
      details: { topic: 'clicks', partition: 0, offset: 1 },
    });
    expect(await readTopic(transport, 'totals')).toEqual([]);
  });

  test('a source that is not partitioned as it declares', async () => {
    const kafka = cluster();
    const transport = kafka.transport();
    await createTopic(transport, 'clicks', 4);
    await createTopic(transport, 'totals', 1);
    const misplaced = Array.from({ length: 8 }, (_, i) => ({
      key: null,
      value: JSON.stringify({ user: `u${i}`, amount: 1 }),
    }));
    await produce(transport, 'clicks', misplaced);
    expect(await failure(planOf(CLICKS), kafka.transport())).toMatchObject({ code: 'PARTITIONING_MISMATCH' });
  });

  test('a plan whose state would mean something else', async () => {
    const kafka = cluster();
    const transport = kafka.transport();
    await createTopic(transport, 'clicks', 1);
    await createTopic(transport, 'totals', 1);
    await produce(transport, 'clicks', [click('ann', 1)]);
    await runToEnd(planOf(CLICKS), kafka.transport());
    const changed = planOf(CLICKS.replace('sum(amount)', 'max(amount)'));
    expect(await failure(changed, kafka.transport())).toMatchObject({ code: 'PLAN_INCOMPATIBLE' });
  });

  test('a group whose offsets somebody else set', async () => {
    const kafka = cluster();
    const transport = kafka.transport();
    await createTopic(transport, 'clicks', 1);
    await createTopic(transport, 'totals', 1);
    await transport.mirrorOffsets('clicks', [{ topic: 'clicks', partition: 0, offset: 0, metadata: 'by hand' }]);
    expect(await failure(planOf(CLICKS), kafka.transport())).toMatchObject({ code: 'OFFSETS_RESET_BY_OPERATOR' });
  });

  test('a source topic that is missing', async () => {
    const kafka = cluster();
    expect(await failure(planOf(CLICKS), kafka.transport())).toMatchObject({
      code: 'TOPIC_MISSING',
      details: { topics: ['clicks', 'totals'] },
    });
  });
});

describe('two processes of a group', () => {
  test('share the tasks, and the one that stays takes over those of the one that leaves', async () => {
    const kafka = cluster();
    const transport = kafka.transport();
    await createTopic(transport, 'clicks', 4);
    await createTopic(transport, 'totals', 1);
    const users = Array.from({ length: 40 }, (_, i) => `u${i}`);
    const plan = planOf(CLICKS.replace('trigger: availableNow', ''));
    const members = [1, 2].map(() => makeEngine(plan, kafka.transport(), new MemoryBackend()));
    open.push(...members);
    for (const { engine } of members) await engine.start();
    const running = (count: number): Promise<void> =>
      eventually(() => {
        const owned = members.map(({ engine }) => engine.tasks.filter((task) => task.phase === 'running').length);
        expect(owned.reduce((sum, n) => sum + n)).toBe(count);
        expect(Math.max(...owned)).toBe(count / members.length);
      });
    await running(4);
    await produce(
      transport,
      'clicks',
      users.map((user) => click(user, 1)),
    );
    const first = members.shift();
    await first?.engine.stop();
    await produce(
      transport,
      'clicks',
      users.map((user) => click(user, 2)),
    );
    await running(4);
    await eventually(async () => {
      const totals = lastByKey(await readTopic(transport, 'totals'));
      expect(Object.keys(totals)).toHaveLength(40);
      for (const user of users) expect(totals[user]).toEqual({ user, n: 2, total: 3 });
    });
  });
});

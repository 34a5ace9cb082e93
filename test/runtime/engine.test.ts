import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/system-clock.ts';
import type { Transport } from '../../src/core/transport.ts';
import { FakeCluster } from '../../src/kafka/fake-broker/fake-cluster.ts';
import { KafkaTransport } from '../../src/kafka/kafka-transport.ts';
import { MemoryBackend } from '../../src/state/memory/backend.ts';
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

import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../src/core/system-clock.ts';
import { FakeCluster } from '../../src/kafka/fake-broker/fake-cluster.ts';
import { KafkaTransport } from '../../src/kafka/kafka-transport.ts';
import { MemoryBackend } from '../../src/state/memory/backend.ts';
import type { ObservedEngine } from '../support/engine-harness.ts';
import { createTopic, makeEngine, planOf, produce, readTopic } from '../support/engine-harness.ts';

const ITEMS = `
apiVersion: millrace/v1
name: items
sources:
  orders:
    topic: orders
    value: { format: json, schema: "id int, items array<struct<sku: string, days: int>>" }
views:
  items:
    from: orders
    select:
      - id
      - inline_outer(items)
  due:
    from: items
    select:
      - id
      - sku
      - date '2026-01-31' + make_ym_interval(0, days) as day
      - make_dt_interval(days) as rest
sinks:
  out:
    from: due
    topic: due
    value: { format: json }
trigger: availableNow
`;

const open: ObservedEngine[] = [];
afterEach(async () => {
  for (const { engine } of open.splice(0)) await engine.stop();
});

test('inline makes a row per struct, and dates and intervals reach the sink as Spark writes them', async () => {
  const fake = new FakeCluster({ clock: systemClock });
  const transport = new KafkaTransport(fake.link(), systemClock);
  await createTopic(transport, 'orders', 1);
  await createTopic(transport, 'due', 1);
  const order = { id: 1, items: [{ sku: 'a', days: 1 }, null, { sku: 'b', days: 3 }] };
  await produce(transport, 'orders', [
    { key: null, value: JSON.stringify(order) },
    { key: null, value: JSON.stringify({ id: 2, items: [] }) },
  ]);
  const observed = makeEngine(planOf(ITEMS), new KafkaTransport(fake.link(), systemClock), new MemoryBackend());
  open.push(observed);
  await observed.engine.start();
  await observed.engine.finished();
  const records = await readTopic(transport, 'due');
  expect(records.map(({ value }) => JSON.parse(String(value)) as unknown)).toEqual([
    { id: 1, sku: 'a', day: '2026-02-28', rest: "INTERVAL '1 00:00:00' DAY TO SECOND" },
    { id: 1 },
    { id: 1, sku: 'b', day: '2026-04-30', rest: "INTERVAL '3 00:00:00' DAY TO SECOND" },
    { id: 2 },
  ]);
});

import { expect, test } from 'vitest';
import { systemClock } from '../../src/core/system-clock.ts';
import { FakeCluster } from '../../src/kafka/fake-broker/fake-cluster.ts';
import { KafkaTransport } from '../../src/kafka/kafka-transport.ts';
import { recordPlan } from '../../src/runtime/plan-topic.ts';
import { createTopic, planOf, readTopic, SETTINGS } from '../support/engine-harness.ts';

const PLAN = (where: string): ReturnType<typeof planOf> =>
  planOf(`
apiVersion: millrace/v1
name: copy
sources:
  lines: { topic: lines, value: { format: text } }
views:
  kept: { from: lines, where: "${where}" }
sinks:
  out: { from: kept, topic: copies, value: { format: text, select: [ value ] } }
`);

async function plans(): Promise<{ record: (where: string) => Promise<number>; recorded: () => Promise<number> }> {
  const cluster = new FakeCluster({
    clock: systemClock,
    transit: () => systemClock.sleep(Math.random() * 3),
  });
  const transport = (): KafkaTransport => new KafkaTransport(cluster.link(), systemClock);
  const observer = transport();
  await createTopic(observer, 'copy.plan', 1);
  return {
    record: (where) =>
      recordPlan(PLAN(where), { transport: transport(), settings: SETTINGS, clock: systemClock, random: Math.random }),
    recorded: async () => (await readTopic(observer, 'copy.plan')).length,
  };
}

test('processes that begin at one moment with one plan agree on its epoch, whoever of them is fenced', async () => {
  for (let round = 0; round < 10; round++) {
    const { record, recorded } = await plans();
    const epochs = await Promise.all(Array.from({ length: 6 }, () => record('true')));
    expect(epochs).toEqual([1, 1, 1, 1, 1, 1]);
    expect(await recorded()).toBe(1);
  }
});

test('every plan that differs from the one before is the next epoch', async () => {
  const { record } = await plans();
  expect(await record("value <> 'a'")).toBe(1);
  expect(await record("value <> 'a'")).toBe(1);
  expect(await record("value <> 'b'")).toBe(2);
});

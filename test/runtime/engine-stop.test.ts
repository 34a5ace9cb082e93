import { expect, test } from 'vitest';
import { KafkaTransport } from '../../src/kafka/kafka-transport.ts';
import { MemoryBackend } from '../../src/state/memory/backend.ts';
import { makeEngine, planOf } from '../support/engine-harness.ts';
import { VirtualKafka } from './support/virtual-kafka.ts';
import { feed } from './support/words.ts';

const COUNTS = `
apiVersion: millrace/v1
name: counts
sources:
  words:
    topic: words
    value: { format: json, schema: "word string, ts timestamp" }
views:
  counts: { from: words, groupBy: word, aggregate: [ count(*) as n ] }
sinks:
  out: { from: counts, topic: out, key: [ word ], outputMode: update, value: { format: json, select: [ word ] } }
`;

test('an engine that loses all brokers in the middle of a commit can be stopped', async () => {
  const kafka = new VirtualKafka();
  await kafka.createTopic('words', 1);
  await kafka.createTopic('out', 1);
  const observed = await kafka.start(COUNTS);
  await feed(kafka, [{ word: 'a', minute: 0 }]);
  await kafka.pass(700);
  let isDown = false;
  kafka.cluster.intercept(async (_node, api, request, proceed) => {
    const isOurs = 'transactionalId' in request && String(request.transactionalId).startsWith('counts');
    if (api === 'EndTxn' && isOurs && !isDown) {
      isDown = true;
      kafka.cluster.kill(1);
    }
    return proceed();
  });
  await feed(kafka, [{ word: 'b', minute: 0 }]);
  await kafka.pass(1_500);
  expect(isDown).toBe(true);
  await kafka.stop(observed);
  expect(observed.engine.state).toBe('stopped');
  await kafka.close();
});

test('an engine that is stopped while it waits for brokers has not failed, and joins no group later', async () => {
  const kafka = new VirtualKafka();
  await kafka.createTopic('words', 1);
  await kafka.createTopic('out', 1);
  kafka.cluster.kill(1);
  const transport = new KafkaTransport(kafka.cluster.link(), kafka.clock);
  const { engine, events } = makeEngine(planOf(COUNTS), transport, new MemoryBackend(), { clock: kafka.clock });
  const started = engine.start();
  await kafka.pass(5_000);
  const stopped = engine.stop();
  kafka.cluster.restart(1);
  await kafka.passing(Promise.all([started, stopped]));
  await kafka.pass(30_000);
  expect(engine.state).toBe('stopped');
  expect(events).not.toContainEqual({ kind: 'topology', state: 'failed' });
  expect(await kafka.passing(transport.groupMembers('counts'))).toEqual([]);
  await kafka.close();
});

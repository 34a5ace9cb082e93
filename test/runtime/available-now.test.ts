import { afterEach, beforeEach, expect, test } from 'vitest';
import { disconnected } from '../../src/kafka/fake-broker/fake-link.ts';
import { counts } from './support/topologies.ts';
import { VirtualKafka } from './support/virtual-kafka.ts';
import { feed, outcomes } from './support/words.ts';

let kafka: VirtualKafka;
beforeEach(async () => {
  kafka = new VirtualKafka();
  await kafka.createTopic('words', 2);
  await kafka.createTopic('out', 1);
});
afterEach(() => kafka.close());

test.each(['OffsetFetch', 'ListOffsets', 'DescribeTransactions'])(
  'a run to an end outlasts brokers that leave %s unanswered for minutes',
  async (unanswered) => {
    await feed(kafka, [
      { word: 'early', minute: 0 },
      { word: 'late', minute: 60 },
    ]);
    const { engine } = await kafka.start(
      counts({ delay: '10 minutes', idleTimeout: '1 second', trigger: 'availableNow' }),
    );
    const letGo = kafka.cluster.intercept((node, api, _request, proceed) =>
      api === unanswered ? Promise.reject(disconnected(node, api)) : proceed(),
    );
    const finished = engine.finished();
    finished.catch(() => undefined);
    await kafka.pass(180_000);
    letGo();
    await kafka.passing(finished);
    expect(outcomes(await kafka.read('out'))).toEqual(['early 1 0']);
  },
);

const copies = (trigger: string): string => `
apiVersion: millrace/v1
name: copies
sources:
  words: { topic: words, value: { format: json, schema: "word string" } }
sinks:
  out: { from: words, topic: out, value: { format: json, select: [ word ] } }
trigger: ${trigger}
`;

test.each(['availableNow', 'once'])('what a run of %s has written can be read when it ends', async (trigger) => {
  const slow = new VirtualKafka(500);
  await slow.createTopic('words', 2);
  await slow.createTopic('out', 1);
  await feed(slow, [
    { word: 'here', minute: 0 },
    { word: 'there', minute: 0, partition: 1 },
  ]);
  const { engine } = await slow.start(copies(trigger));
  await slow.passing(engine.finished());
  const read = await slow.read('out');
  await slow.close();
  expect(outcomes(read)).toEqual(['here', 'there']);
});

test('members of a run whose clocks differ by hours end together', async () => {
  await feed(kafka, [
    { word: 'here', minute: 0 },
    { word: 'there', minute: 0, partition: 1 },
  ]);
  const yaml = copies('availableNow');
  const members = [await kafka.start(yaml, { skewMs: -7_200_000 }), await kafka.start(yaml)];
  const beganMs = kafka.clock.now();
  await kafka.passing(Promise.all(members.map(({ engine }) => engine.finished())));
  expect(kafka.clock.now() - beganMs).toBeLessThan(60_000);
});

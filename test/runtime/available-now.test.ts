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

test.each(['OffsetFetch', 'ListOffsets'])(
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

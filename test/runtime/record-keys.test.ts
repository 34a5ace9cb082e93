import { expect, test } from 'vitest';
import { VirtualKafka } from './support/virtual-kafka.ts';
import { feed, outcomes } from './support/words.ts';

const COPY = `
apiVersion: millrace/v1
name: copy
sources:
  words:
    topic: words
    value: { format: json, schema: "word string, ts timestamp" }
views:
  copied: { from: words, select: [ word ] }
sinks:
  out: { from: copied, topic: out, value: { format: json, select: [ word ] } }
`;

test('records of a source whose keys begin with a zero byte, such as numbers of 64 bits, are rows like others', async () => {
  const kafka = new VirtualKafka();
  await kafka.createTopic('words', 1);
  await kafka.createTopic('out', 1);
  await kafka.start(COPY);
  await feed(kafka, [{ word: 'number', minute: 0, key: Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]) }]);
  await feed(kafka, [{ word: 'marker', minute: 0, key: '\0marker' }]);
  await feed(kafka, [{ word: 'text', minute: 0, key: 'plain' }]);
  await kafka.pass(5_000);
  expect(outcomes(await kafka.read('out'))).toEqual(['marker', 'number', 'text']);
  await kafka.close();
});

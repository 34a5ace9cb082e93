import { afterEach, beforeEach, expect, test } from 'vitest';
import { VirtualKafka } from './support/virtual-kafka.ts';
import { feed, outcomes } from './support/words.ts';

const TOPOLOGY = `
apiVersion: millrace/v1
name: stages
sources:
  words:
    topic: words
    value: { format: json, schema: "word string, ts timestamp" }
    watermark: { column: ts, delay: 3 minutes, idleTimeout: 1 hour }
views:
  minutes:
    from: words
    groupBy: [ "window(ts, '1 minute') as m", word ]
    aggregate: [ count(*) as n ]
    emit: final
  tens:
    from: minutes
    groupBy: "window(m, '10 minutes') as t"
    aggregate: [ sum(n) as n ]
sinks:
  out: { from: tens, topic: out, outputMode: append, value: { format: json, select: [ t.start as start, n ] } }
trigger: { processingTime: 1 second }
`;

let kafka: VirtualKafka;
beforeEach(async () => {
  kafka = new VirtualKafka();
  await kafka.createTopic('words', 1);
  await kafka.createTopic('out', 1);
  await feed(kafka, [
    { word: 'a', minute: 0 },
    { word: 'b', minute: 12 },
  ]);
});
afterEach(() => kafka.close());

test('a window is closed though nothing but news of time keeps coming, again before each batch', async () => {
  await kafka.start(TOPOLOGY);
  await kafka.pass(3_000);
  // The first stage closes no minute of it, so that the second hears of time and gets no row. At 13 its first ten minutes are over.
  for (let i = 0; i < 80; i++) {
    await feed(kafka, [{ word: 'c', minute: 12.8 + i / 100 }]);
    await kafka.pass(250);
  }
  expect(outcomes(await kafka.read('out'))).toEqual(['0 1']);
});

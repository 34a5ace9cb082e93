import { afterEach, beforeEach, expect, test } from 'vitest';
import { VirtualKafka } from './support/virtual-kafka.ts';
import { feed, outcomes } from './support/words.ts';

const stages = (trigger: string): string => `
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
trigger: ${trigger}
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

// 10.5 closes the ten minutes of the next stage, and no minute of this one.
const CLOSES_NO_MINUTE = { word: 'c', minute: 13.5 };

test('a watermark that closes nothing at one stage is told to the next, though nothing more comes', async () => {
  await kafka.start(stages('default'));
  await kafka.pass(1_000);
  expect(outcomes(await kafka.read('out'))).toEqual([]);
  await feed(kafka, [CLOSES_NO_MINUTE]);
  await kafka.pass(4_000);
  expect(outcomes(await kafka.read('out'))).toEqual(['0 1']);
});

test('a run with availableNow does not end before every stage has heard of a watermark that closes nothing at the one before', async () => {
  await kafka.run(stages('availableNow'));
  expect(outcomes(await kafka.read('out'))).toEqual([]);
  await feed(kafka, [CLOSES_NO_MINUTE]);
  await kafka.run(stages('availableNow'));
  expect(outcomes(await kafka.read('out'))).toEqual(['0 1']);
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { stages } from './support/topologies.ts';
import { VirtualKafka } from './support/virtual-kafka.ts';
import { feed, outcomes } from './support/words.ts';

/** Two stages, with a trigger. */
const news = (trigger: string): string => stages({ delay: '3 minutes', idleTimeout: '1 hour', trigger });

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
  await kafka.start(news('default'));
  await kafka.pass(1_000);
  expect(outcomes(await kafka.read('out'))).toEqual([]);
  await feed(kafka, [CLOSES_NO_MINUTE]);
  await kafka.pass(4_000);
  expect(outcomes(await kafka.read('out'))).toEqual(['0 1']);
});

test('a run with availableNow does not end before every stage has heard of a watermark that closes nothing at the one before', async () => {
  await kafka.run(news('availableNow'));
  expect(outcomes(await kafka.read('out'))).toEqual([]);
  await feed(kafka, [CLOSES_NO_MINUTE]);
  await kafka.run(news('availableNow'));
  expect(outcomes(await kafka.read('out'))).toEqual(['0 1']);
});

test('a window is closed though nothing but news of time keeps coming, again before each batch', async () => {
  await kafka.start(news('{ processingTime: 1 second }'));
  await kafka.pass(3_000);
  // The first stage closes no minute of it, so that the second hears of time and gets no row. At 13 its first ten minutes are over.
  for (let i = 0; i < 80; i++) {
    await feed(kafka, [{ word: 'c', minute: 12.8 + i / 100 }]);
    await kafka.pass(250);
  }
  expect(outcomes(await kafka.read('out'))).toEqual(['0 1']);
});

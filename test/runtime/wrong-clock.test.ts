import { afterEach, beforeEach, expect, test } from 'vitest';
import { counts } from './support/topologies.ts';
import { VirtualKafka } from './support/virtual-kafka.ts';
import { feed, outcomes } from './support/words.ts';

const MINUTE_MS = 60_000;
const YAML = counts({ delay: '0 seconds', idleTimeout: '1 hour' });

let kafka: VirtualKafka;
beforeEach(async () => {
  kafka = new VirtualKafka();
  await kafka.createTopic('words', 1);
  await kafka.createTopic('out', 1);
});
afterEach(() => kafka.close());

/** Rows that close no window come first, then one that closes theirs. */
const open = (): Promise<void> => feed(kafka, [{ word: 'a', minute: 1 }]);
const close = (): Promise<void> => feed(kafka, [{ word: 'b', minute: 30 }]);

test('a process whose clock is hours ahead commits nothing, says why, and harms nobody who comes after it', async () => {
  await open();
  const wrong = await kafka.start(YAML, { skewMs: 150 * MINUTE_MS });
  await kafka.pass(1_000);
  expect([wrong.engine.state, wrong.batches]).toEqual(['failed', []]);
  const errors = wrong.events.flatMap((event) => (event.kind === 'error' ? [event.error] : []));
  expect(errors[0]).toMatchObject({
    code: 'CLOCK_WRONG',
    message: expect.stringMatching(
      /^it is 2026-07-01T02:30:.* by the clock of this machine, and 2026-07-01T00:00:/,
    ) as string,
  });
  await kafka.stop(wrong);
  const right = await kafka.start(YAML);
  await close();
  await kafka.pass(1_000);
  expect([right.engine.state, outcomes(await kafka.read('out'))]).toEqual(['running', ['a 1 0']]);
});

test.each([-150, -59, 59])(
  'a process whose clock is %d minutes ahead works, and so do those after it',
  async (ahead) => {
    await open();
    const wrong = await kafka.start(YAML, { skewMs: ahead * MINUTE_MS });
    await kafka.pass(1_000);
    await kafka.stop(wrong);
    await close();
    const right = await kafka.start(YAML);
    await kafka.pass(1_000);
    expect([right.engine.state, outcomes(await kafka.read('out'))]).toEqual(['running', ['a 1 0']]);
  },
);

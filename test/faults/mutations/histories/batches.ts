import type { History } from '../mutation.ts';
import { CALM } from './calm.ts';
import { feed, pass, start, trap } from './steps.ts';

/** A batch that closes windows is aborted, and done again. */
export const ABORTED_BATCH: History = {
  seed: 1,
  parts: ['windows'],
  fixed: CALM,
  schedule: [
    start(0),
    pass(2_000),
    feed(10),
    pass(1_000),
    trap(0, 'Produce', 'refuse', { nth: 2 }),
    feed(10, true),
    pass(1_000),
  ],
};

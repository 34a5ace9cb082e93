import type { History } from '../mutation.ts';
import { CALM } from './calm.ts';
import { feed, freeze, kill, pass, start, thaw, trap } from './steps.ts';

/**
 * An owner that was in doubt, and has committed, sleeps while another one takes the task over, commits and dies. It hears of new input before
 * it hears that it is out of the group.
 */
export const STALE_OWNER: History = {
  seed: 1,
  parts: ['totals'],
  fixed: CALM,
  schedule: [
    start(0),
    pass(2_000),
    trap(0, 'Produce', 'lose'),
    feed(3),
    pass(1_000),
    trap(0, 'Heartbeat', 'delay', { ms: 3_000 }),
    freeze(0),
    start(1),
    pass(10_000),
    feed(5),
    pass(1_000),
    kill(1),
    thaw,
    pass(1_000),
  ],
};

/** Every answer to the commit of a batch is missing until the transaction has timed out; then no more input comes for a while. */
export const COMMIT_WITHOUT_ANSWER: History = {
  seed: 1,
  parts: ['copies'],
  fixed: CALM,
  schedule: [start(0), pass(2_000), trap(0, 'EndTxn', 'cut', { ms: 15_000 }), feed(5), pass(12_000)],
};

/** A commit is granted, and no answer to it comes until the transaction would have timed out. */
export const COMMITTED_WITHOUT_ANSWER: History = {
  seed: 1,
  parts: ['totals'],
  fixed: CALM,
  schedule: [
    start(0),
    pass(2_000),
    trap(0, 'EndTxn', 'lose'),
    trap(0, 'EndTxn', 'cut', { nth: 2, ms: 15_000 }),
    feed(5),
    pass(20_000),
  ],
};

/** An owner sleeps while another one takes the task over. It hears of input that the other has had before it hears that it is out of the group. */
export const FENCED_OWNER: History = {
  seed: 1,
  parts: ['totals'],
  fixed: CALM,
  schedule: [
    start(0),
    pass(2_000),
    trap(0, 'Heartbeat', 'delay', { ms: 3_000 }),
    freeze(0),
    start(1),
    pass(10_000),
    feed(5),
    pass(1_000),
    thaw,
    pass(1_000),
  ],
};

import type { History } from '../mutation.ts';
import { CALM, IN_REDIS } from './calm.ts';
import { feed, pass, start, stop, trap } from './steps.ts';

/**
 * An owner sleeps with a batch that it has not begun to write, past its session. It wakes as its successor asks for the task's id, and
 * commits before that request arrives.
 */
export const COMMIT_BEFORE_THE_FENCE: History = {
  seed: 1,
  parts: ['totals'],
  fixed: CALM,
  schedule: [
    start(0),
    pass(2_000),
    start(1),
    pass(1_000),
    trap(0, 'AddPartitionsToTxn', 'freezeBefore', { until: 'InitProducerId' }),
    trap(1, 'InitProducerId', 'delay', { ms: 2_000 }),
    feed(5),
    pass(15_000),
    feed(5),
    pass(1_000),
  ],
};

/** Windows are open in a copy; they close, and what tells of it is compacted away; then Redis has that old copy again. */
export const TOMBSTONES_COMPACTED_AWAY: History = {
  seed: 1,
  parts: ['windows'],
  fixed: { ...CALM, state: IN_REDIS },
  schedule: [
    start(0),
    pass(2_000),
    feed(10),
    pass(1_000),
    { do: 'redis', then: 'snapshot' },
    feed(5, true),
    pass(1_000),
    feed(5, true),
    pass(1_000),
    // The first compaction that meets tombstones lets them stay for their time, a later one takes them away.
    { do: 'compact' },
    pass(15_000),
    { do: 'compact' },
    { do: 'redis', then: 'rollBack' },
    feed(3),
    pass(2_000),
  ],
};

/** Redis has gone back to a copy that a batch is missing in. */
export const COPY_BEHIND: History = {
  seed: 1,
  parts: ['totals'],
  fixed: { ...CALM, state: IN_REDIS },
  schedule: [
    start(0),
    pass(2_000),
    feed(5),
    pass(1_000),
    { do: 'redis', then: 'snapshot' },
    feed(5),
    pass(1_000),
    { do: 'redis', then: 'rollBack' },
    feed(1),
    pass(1_000),
  ],
};

/** The owner dies with a large batch all but committed: its last commit is far from the end of the changelog. */
export const LARGE_BATCH_ABORTED: History = {
  seed: 1,
  parts: ['totals'],
  fixed: CALM,
  schedule: [start(0), pass(2_000), feed(5), pass(1_000), trap(0, 'EndTxn', 'killBefore'), feed(40), pass(20_000)],
};

/** A process waits for Redis before it stops. Meanwhile another one takes tasks of it further and stops at once, so that they come back. */
export const BACK_TO_A_STOPPING_PROCESS: History = {
  seed: 1,
  parts: ['copies', 'totals'],
  fixed: { ...CALM, partitions: 2, state: { ...IN_REDIS, writeDelayMs: 400 } },
  schedule: [
    start(0),
    pass(2_000),
    feed(10),
    pass(1_000),
    start(1),
    trap(1, 'JoinGroup', 'delay', { ms: 300 }),
    pass(200),
    { do: 'redis', then: 'refuse', how: 'LOADING', ms: 9_000 },
    feed(10),
    pass(50),
    stop(0),
    pass(1_000),
    feed(10),
    pass(1_000),
    stop(1),
    pass(4_000),
  ],
};

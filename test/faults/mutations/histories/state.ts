import type { History } from '../mutation.ts';
import { CALM, IN_REDIS } from './calm.ts';
import { feed, kill, pass, start, trap } from './steps.ts';

/** Redis has the first chunk of a write, says so, and fails over to a replica that has not got it, before the second one comes. */
export const FAILOVER_BETWEEN_CHUNKS: History = {
  seed: 1,
  parts: ['totals'],
  fixed: { ...CALM, state: { ...IN_REDIS, writeDelayMs: 100, changesPerChunk: 3 } },
  schedule: [start(0), pass(2_000), trap(0, 'redis apply', 'failover'), feed(20), pass(2_000)],
};

/** A new owner has loaded nothing yet when Redis goes back to a copy that a batch is missing in. */
export const GONE_BACK_BEFORE_A_LOAD: History = {
  seed: 1,
  parts: ['totals'],
  fixed: { ...CALM, state: IN_REDIS },
  schedule: [
    start(0),
    pass(2_000),
    feed(10),
    pass(500),
    { do: 'redis', then: 'snapshot' },
    feed(20),
    pass(500),
    kill(0),
    start(1),
    pass(12_000),
    { do: 'redis', then: 'rollBack' },
    feed(20),
    pass(1_000),
  ],
};

import type { History } from '../mutation.ts';
import { CALM, IN_REDIS } from './calm.ts';
import { feed, pass, start, trap } from './steps.ts';

/** Redis has the first chunk of a write, says so, and fails over to a replica that has not got it, before the second one comes. */
export const FAILOVER_BETWEEN_CHUNKS: History = {
  seed: 1,
  parts: ['totals'],
  fixed: { ...CALM, state: { ...IN_REDIS, writeDelayMs: 100, changesPerChunk: 3 } },
  schedule: [start(0), pass(2_000), trap(0, 'redis apply', 'failover'), feed(20), pass(2_000)],
};

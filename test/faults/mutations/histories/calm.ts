import type { Scenario } from '../../simulator/scenario.ts';

/** One partition, in which nothing goes wrong but by the steps; state in memory. */
export const CALM = {
  partitions: 1,
  trigger: 'default',
  times: 'apart',
  backlog: 0,
  lateRows: false,
  compression: 'none',
  markerDelayMs: 2,
  state: { kind: 'memory' },
  rates: { drop: 0, lose: 0, late: 0, delay: 0 },
} as const satisfies Partial<Scenario>;

/** State in Redis, with a cache for all of it, written at once. */
export const IN_REDIS = {
  kind: 'redis',
  cacheBytes: 1 << 20,
  writeDelayMs: 1,
  maxUnwrittenBytes: 64 << 20,
  changesPerChunk: 1_000,
} as const satisfies Scenario['state'];

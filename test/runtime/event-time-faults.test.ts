import { describe, expect, test } from 'vitest';
import { FaultSimulation } from './support/fault-simulation.ts';

/** Among these are some that once went wrong in different ways. `MILLRACE_SEEDS=from-to` runs others. */
const [from, to] = (process.env['MILLRACE_SEEDS'] ?? '77-82').split('-').map(Number);
const seeds = Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('whatever becomes of the processes and their requests', () => {
  test.each(seeds)(
    'each window of both stages comes out once and whole, and no row is late: seed %i',
    async (seed) => {
      const { expected, minutes, tens, failure, lateRows } = await new FaultSimulation(seed).run();
      expect(failure).toBeNull();
      expect({ minutes, tens, lateRows }).toEqual({ ...expected, lateRows: 0 });
    },
    60_000,
  );
});

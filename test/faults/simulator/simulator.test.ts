import { describe, expect, test } from 'vitest';
import type { FaultKind } from './step.ts';
import { simulate, simulateSeed } from './simulate.ts';

/** `MILLRACE_SEEDS=from-to` runs others. */
const [first, last] = (process.env['MILLRACE_SEEDS'] ?? '1-80').split('-').map(Number);
const CHUNK = 20;
const chunks = Array.from({ length: Math.ceil((last - first + 1) / CHUNK) }, (_, i) => {
  const from = first + i * CHUNK;
  return [from, Math.min(from + CHUNK - 1, last)] as const;
});

describe('whatever becomes of processes, brokers, Redis and what goes between them', () => {
  test.each(chunks)(
    'everything comes out exactly once, and comes to rest: seeds %i to %i',
    async (from, to) => {
      const { failures } = await simulate({ from, to });
      expect(failures.map(({ seed, violations }) => ({ seed, violations }))).toEqual([]);
    },
    120_000,
  );

  test('every kind of fault takes place, and leaves its traces', async () => {
    const { totals } = await simulate({ from: first, to: first + CHUNK - 1 });
    const names = [...totals.faults.keys()];
    for (const name of ['kill', 'freeze', 'lose', 'redis flush', 'moveLeader']) expect(names).toContain(name);
    expect(totals.rebuilds).toBeGreaterThan(0);
    expect(totals.setbacks).toBeGreaterThan(0);
    expect(totals.commits).toBeGreaterThan(1_000);
  }, 120_000);
});

describe('a seed', { timeout: 60_000 }, () => {
  test.each([1, 2, 3, 4])('is the same run each time: seed %i', async (seed) => {
    const [once, again] = [await simulateSeed(seed), await simulateSeed(seed)];
    expect(again.digest).toBe(once.digest);
    expect(again.faults).toEqual(once.faults);
  });

  test('is the same run from its schedule, read back from JSON', async () => {
    const outcome = await simulateSeed(5);
    const schedule = JSON.parse(JSON.stringify(outcome.schedule)) as typeof outcome.schedule;
    expect((await simulateSeed(5, { schedule })).digest).toBe(outcome.digest);
  });

  test.each(['network', 'processes', 'redis', 'brokers'] as const)(
    'has faults of no other kind than was asked for: %s',
    async (kind: FaultKind) => {
      const { scenario, schedule } = await simulateSeed(6, { faults: [kind] });
      expect(scenario.faults).toEqual([kind]);
      const kinds = schedule.map(({ do: what }) => what);
      if (kind !== 'redis') expect(kinds).not.toContain('redis');
      if (kind !== 'brokers') expect(kinds).not.toContain('stopNode');
    },
  );
});

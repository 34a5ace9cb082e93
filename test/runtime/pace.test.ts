import { expect, test } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { Pace } from '../../src/runtime/pace.ts';

/** Time that moves only by sleeping and by `pass`. */
class StillClock implements Clock {
  time = 0;

  now(): number {
    return this.time;
  }

  sleep(ms: number): Promise<void> {
    this.time += ms;
    return Promise.resolve();
  }
}

const { signal } = new AbortController();

/** When each of the batches began that take `tookMs` and find `backlogBytes` waiting. */
async function starts(pace: Pace, clock: StillClock, tookMs: number, backlogBytes = 0): Promise<number[]> {
  const times: number[] = [];
  for (let batch = 0; batch < 4; batch++) {
    await pace.next(backlogBytes, signal);
    times.push(clock.time);
    clock.time += tookMs;
    pace.done();
  }
  return times;
}

test('the first batch of an idle task begins at once', async () => {
  const clock = new StillClock();
  const pace = new Pace({ kind: 'default' }, 4, clock);
  await pace.next(0, signal);
  expect(clock.time).toBe(0);
});

test('small batches leave as much time between transactions as they take, but no more than fifty milliseconds', async () => {
  const clock = new StillClock();
  expect(await starts(new Pace({ kind: 'default' }, 4, clock), clock, 10)).toEqual([0, 20, 40, 60]);
  const slow = new StillClock();
  expect(await starts(new Pace({ kind: 'default' }, 4, slow), slow, 1_000)).toEqual([0, 1_050, 2_100, 3_150]);
});

test('a backlog is worked off without a rest, within the share of transactions', async () => {
  const clock = new StillClock();
  expect(await starts(new Pace({ kind: 'default' }, 4, clock), clock, 10, 1 << 20)).toEqual([0, 10, 20, 30]);
  const fast = new StillClock();
  expect(await starts(new Pace({ kind: 'default' }, 4, fast), fast, 1, 1 << 20)).toEqual([0, 4, 8, 12]);
});

test('an interval trigger keeps to its multiples, and a batch that took longer is followed at once', async () => {
  const clock = new StillClock();
  const trigger = { kind: 'interval', intervalMs: 100 } as const;
  expect(await starts(new Pace(trigger, 4, clock), clock, 30)).toEqual([0, 100, 200, 300]);
  const long = new StillClock();
  expect(await starts(new Pace(trigger, 4, long), long, 130)).toEqual([0, 130, 260, 390]);
});

test('trigger continuous waits for nothing', async () => {
  const clock = new StillClock();
  const trigger = { kind: 'continuous', intervalMs: 1_000 } as const;
  expect(await starts(new Pace(trigger, 4, clock), clock, 1)).toEqual([0, 1, 2, 3]);
});

import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

describe('a virtual clock', () => {
  test('stands still until it is moved', async () => {
    const clock = new VirtualClock(1_000);
    let woken = false;
    void clock.sleep(10).then(() => (woken = true));
    await clock.settle();
    expect({ now: clock.now(), woken, next: clock.nextWakeMs }).toEqual({ now: 1_000, woken: false, next: 1_010 });
  });

  test('wakes each at the time asked for, with what follows from it before the next', async () => {
    const clock = new VirtualClock(0);
    const heard: [string, number][] = [];
    const sleeper = async (name: string, ...naps: number[]): Promise<void> => {
      for (const ms of naps) {
        await clock.sleep(ms);
        heard.push([name, clock.now()]);
      }
    };
    void sleeper('a', 10, 5, 100);
    void sleeper('b', 12);
    await clock.moveTo(50);
    expect(heard).toEqual([
      ['a', 10],
      ['b', 12],
      ['a', 15],
    ]);
    expect(clock.now()).toBe(50);
  });

  test('wakes who sleeps for no time at all without moving', async () => {
    const clock = new VirtualClock(7);
    let naps = 0;
    void (async () => {
      for (; naps < 3; naps++) await clock.sleep(0);
    })();
    await clock.settle();
    expect({ naps, now: clock.now() }).toEqual({ naps: 3, now: 7 });
  });

  test('forgets who was interrupted', async () => {
    const clock = new VirtualClock(0);
    const interruption = new AbortController();
    const sleep = clock.sleep(10, interruption.signal);
    interruption.abort();
    await sleep;
    await clock.sleep(10, interruption.signal);
    expect(clock.nextWakeMs).toBe(Infinity);
  });
});

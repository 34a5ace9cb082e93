import { describe, expect, test } from 'vitest';
import { Watch } from '../../../src/service/worker-thread/watch.ts';

const TASK = { subTopology: 'counts', partition: 3 };

/** A watch that is asked each second from 0 to `until`; returns the first complaint and when it was made. */
function firstComplaint(watch: Watch, until: number, each: (now: number) => void = () => undefined): unknown {
  for (let now = 1_000; now <= until; now += 1_000) {
    each(now);
    const complaint = watch.complaint(now);
    if (complaint !== null) return [now, complaint];
  }
  return null;
}

describe('a watch', () => {
  test('has nothing to say while the thread is heard and its batches end', () => {
    const watch = new Watch(5_000, 1_000, 0);
    expect(
      firstComplaint(watch, 60_000, (now) => {
        watch.heard(now);
        if (now % 4_000 === 0) watch.over(TASK);
        if (now % 4_000 === 1_000) watch.begun(TASK, now);
      }),
    ).toBeNull();
  });

  test('complains of a thread that falls silent', () => {
    const watch = new Watch(5_000, 1_000, 0);
    watch.heard(0);
    expect(firstComplaint(watch, 60_000)).toEqual([6_000, 'it has said nothing for 6 s']);
  });

  test('complains of a batch that does not end, though the thread is heard', () => {
    const watch = new Watch(5_000, 1_000, 0);
    watch.begun(TASK, 0);
    const heard = (now: number): void => watch.heard(now);
    expect(firstComplaint(watch, 60_000, heard)).toEqual([
      6_000,
      'a batch of counts/3 has taken longer than maxBatchTime (5 s)',
    ]);
  });

  test('leaves a thread a minute to load', () => {
    expect(firstComplaint(new Watch(5_000, 1_000, 0), 120_000)).toEqual([61_000, 'it has said nothing for 61 s']);
  });

  test('does not hold against the thread that the watcher itself stood still', () => {
    const watch = new Watch(5_000, 1_000, 0);
    watch.heard(0);
    watch.begun(TASK, 0);
    expect(watch.complaint(1_000)).toBeNull();
    expect(watch.complaint(3_600_000)).toBeNull();
    watch.heard(3_600_500);
    expect(watch.complaint(3_601_000)).toBeNull();
  });
});

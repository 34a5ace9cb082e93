import type { Clock } from './clock.ts';

/** The machine's time. `now` has fractions of a millisecond, so that it serves for durations too. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),

  sleep(ms, signal) {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener('abort', done, { once: true });
    });
  },
};

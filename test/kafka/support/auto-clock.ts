import type { Clock } from '../../../src/core/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/**
 * A clock that jumps to the next sleeper as soon as nothing else is left to do: hours pass in milliseconds, in the order they would.
 * Works where all waiting is either on this clock or on promises that settle without I/O.
 */
export class AutoClock implements Clock {
  #now = 1_700_000_000_000;
  #sleepers: Sleeper[] = [];
  #jumping = false;

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper: Sleeper = {
        at: this.#now + ms,
        wake: () => {
          this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
          signal?.removeEventListener('abort', sleeper.wake);
          resolve();
        },
      };
      signal?.addEventListener('abort', sleeper.wake);
      this.#sleepers.push(sleeper);
      this.#jump();
    });
  }

  #jump(): void {
    if (this.#jumping) return;
    this.#jumping = true;
    setImmediate(() => {
      this.#jumping = false;
      if (this.#sleepers.length === 0) return;
      const next = this.#sleepers.reduce((first, other) => (other.at < first.at ? other : first));
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      this.#jump();
    });
  }
}

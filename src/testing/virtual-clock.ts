import type { Clock } from '../core/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/**
 * Time that stands still until it is told to move. Hours pass in milliseconds, in the order they would: whoever sleeps is woken at the time
 * asked for, and everything that follows from it happens before the next one is.
 *
 * This holds where all waiting is on this clock, or on promises that settle without I/O.
 */
export class VirtualClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<Sleeper>();

  /** @param startMs what it shows first */
  constructor(startMs: number) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper: Sleeper = {
        at: this.#now + Math.max(0, ms),
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener('abort', sleeper.wake);
          resolve();
        },
      };
      signal?.addEventListener('abort', sleeper.wake);
      this.#sleepers.add(sleeper);
    });
  }

  /** When the next sleeper wakes, ms; Infinity when nobody sleeps. */
  get nextWakeMs(): number {
    let next = Infinity;
    for (const { at } of this.#sleepers) next = Math.min(next, at);
    return next;
  }

  /** Resolves when everything that can happen without time going on has happened. */
  async settle(): Promise<void> {
    do await everythingRan();
    while (this.#wakeDue());
  }

  /** Moves time to `ms`, waking everybody on the way, each at their time. */
  async moveTo(ms: number): Promise<void> {
    await this.settle();
    for (let next = this.nextWakeMs; next <= ms; next = this.nextWakeMs) {
      this.#now = next;
      await this.settle();
    }
    this.#now = Math.max(this.#now, ms);
  }

  /** Wakes those whose time has come; false when there is nobody. */
  #wakeDue(): boolean {
    const due = [...this.#sleepers].filter(({ at }) => at <= this.#now);
    for (const { wake } of due) wake();
    return due.length > 0;
  }
}

/** Promises settle between two turns of the event loop, all that follow from one another. */
const everythingRan = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

import type { Clock } from '../core/clock.ts';
import { MillraceError } from '../core/errors.ts';

/** Time enough for anything that ends at all. */
export const PATIENCE_MS = 10 * 60_000;

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

  /**
   * Moves time to when the next sleeper wakes.
   * @throws INTERNAL when that is later than `deadlineMs`, or never
   */
  async moveToNext(deadlineMs: number): Promise<void> {
    const next = this.nextWakeMs;
    if (next > deadlineMs) {
      throw new MillraceError(
        'INTERNAL',
        'the topology did not come to rest: something goes on for ever, or waits for ever',
      );
    }
    await this.moveTo(next);
  }

  /**
   * What becomes of work that waits for nobody but us and this clock, on which time goes on as far as it has to. Not to be nested.
   * @throws INTERNAL when it has not ended after `PATIENCE_MS`
   */
  async passing<T>(work: Promise<T>): Promise<T> {
    const progress = { done: false };
    const watched = work.finally(() => (progress.done = true));
    watched.catch(() => undefined);
    const deadline = this.#now + PATIENCE_MS;
    await this.settle();
    while (!progress.done) await this.moveToNext(deadline);
    return watched;
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

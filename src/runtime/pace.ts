import type { Clock } from '../core/clock.ts';
import type { PhysicalPlan } from '../plan/physical-plan.ts';

/**
 * When a task may begin its next batch. With an interval trigger, at the next multiple of the interval since it began (a batch that took
 * longer is followed at once). Otherwise as soon as there is data, but no oftener than the task's share of the transaction budget.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #aligned: boolean;
  readonly #origin: number;
  #last = -Infinity;

  /** @param shareMs least time between two batches that keeps the task within its share of transactions */
  constructor(trigger: PhysicalPlan['trigger'], shareMs: number, clock: Clock) {
    this.#clock = clock;
    this.#aligned = trigger.kind === 'interval';
    this.#intervalMs = trigger.kind === 'interval' ? trigger.intervalMs : shareMs;
    this.#origin = clock.now();
  }

  /** Waits until a batch may begin, and takes it for begun. */
  async next(signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    const due = this.#aligned ? this.#nextTick(now) : this.#last + this.#intervalMs;
    // A timer cannot keep less than a millisecond; such a wait would cost more than it spares.
    if (due - now >= 1) await this.#clock.sleep(due - now, signal);
    this.#last = this.#clock.now();
  }

  #nextTick(now: number): number {
    if (this.#last === -Infinity) return now;
    const lastTick = Math.floor((this.#last - this.#origin) / this.#intervalMs);
    return Math.max(now, this.#origin + (lastTick + 1) * this.#intervalMs);
  }
}

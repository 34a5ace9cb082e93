import type { Clock } from '../core/clock.ts';
import type { PhysicalPlan } from '../plan/physical-plan.ts';

/** Input waiting beyond this is taken at once: a larger batch would not be cheaper for the brokers. */
const BACKLOG_BYTES = 256 * 1024;
/** The longest that a small batch is held back for the brokers' sake. */
const LONGEST_REST_MS = 50;

/**
 * When a task may begin its next batch. With an interval trigger, at the next multiple of the interval since it began (a batch that took
 * longer is followed at once). Otherwise as soon as there is data, but no oftener than the task's share of the transaction budget; and
 * while little is waiting, a task spends no more than half its time in transactions, so that slow brokers get fewer and larger ones. Trigger
 * continuous asks for the least latency, whatever it costs the brokers: it waits for nothing.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #aligned: boolean;
  readonly #eager: boolean;
  readonly #origin: number;
  #last = -Infinity;
  #tookMs = 0;

  /** @param shareMs least time between two batches that keeps the task within its share of transactions */
  constructor(trigger: PhysicalPlan['trigger'], shareMs: number, clock: Clock) {
    this.#clock = clock;
    this.#aligned = trigger.kind === 'interval';
    this.#eager = trigger.kind === 'continuous';
    this.#intervalMs = trigger.kind === 'interval' ? trigger.intervalMs : shareMs;
    this.#origin = clock.now();
  }

  /** Waits until a batch may begin, and takes it for begun. @param backlogBytes input that is waiting */
  async next(backlogBytes: number, signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    if (this.#eager) return;
    const due = this.#aligned ? this.#nextTick(now) : this.#last + Math.max(this.#intervalMs, this.#rest(backlogBytes));
    // A timer cannot keep less than a millisecond; such a wait would cost more than it spares.
    if (due - now >= 1) await this.#clock.sleep(due - now, signal);
    this.#last = this.#clock.now();
  }

  /** The batch begun last is committed. */
  done(): void {
    this.#tookMs = this.#clock.now() - this.#last;
  }

  #rest(backlogBytes: number): number {
    return backlogBytes > BACKLOG_BYTES ? 0 : Math.min(2 * this.#tookMs, this.#tookMs + LONGEST_REST_MS);
  }

  #nextTick(now: number): number {
    if (this.#last === -Infinity) return now;
    const lastTick = Math.floor((this.#last - this.#origin) / this.#intervalMs);
    return Math.max(now, this.#origin + (lastTick + 1) * this.#intervalMs);
  }
}

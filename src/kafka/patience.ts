import type { Clock } from '../core/clock.ts';

/** How long something is tried again: until a deadline, until cancelled, or until the signal aborts. */
export class Patience {
  readonly #clock: Clock;
  readonly #deadline: number;
  readonly #signal: AbortSignal;
  #cancelled = false;

  /** `ms` may be Infinity. */
  constructor(clock: Clock, ms: number, signal: AbortSignal) {
    this.#clock = clock;
    this.#deadline = clock.now() + ms;
    this.#signal = signal;
  }

  get leftMs(): number {
    return this.#cancelled || this.#signal.aborted ? 0 : Math.max(0, this.#deadline - this.#clock.now());
  }

  /** Waits before the next try; false when there shall be none. */
  async pause(ms: number): Promise<boolean> {
    if (this.leftMs < ms) return false;
    await this.#clock.sleep(ms, this.#signal);
    return this.leftMs > 0;
  }

  /** No further try, from the next pause on. */
  cancel(): void {
    this.#cancelled = true;
  }
}

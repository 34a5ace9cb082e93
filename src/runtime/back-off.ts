import type { Clock } from '../core/clock.ts';

const FIRST_MS = 20;
const LAST_MS = 2_000;

/** The wait before the same thing is tried again: longer by half each time, with jitter. */
export class BackOff {
  readonly #clock: Clock;
  readonly #random: () => number;
  #nextMs = FIRST_MS;

  /** @param random a number in [0, 1) */
  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Resolves when it is time to try again, or when the signal aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    const ms = this.#nextMs * (0.5 + this.#random());
    this.#nextMs = Math.min(this.#nextMs * 1.5, LAST_MS);
    await this.#clock.sleep(ms, signal);
  }

  /** It went well: the next failure is a first one. */
  reset(): void {
    this.#nextMs = FIRST_MS;
  }
}

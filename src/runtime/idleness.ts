/**
 * Whether the input of a task is idle: read to its end, with nothing coming for a while. Records that are there but cannot be read yet
 * (behind the reader, in an open transaction, at a broker that does not answer) are not idleness, and what nobody looked for has not failed to
 * come: whoever stood still asks again first.
 */
export class Idleness {
  readonly #timeoutMs: number;
  #quietSinceMs: number | null = null;
  #quietAsOfMs = -Infinity;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Takes note of the input as it is now. @param quietAsOfMs when it was last known that everything there was had been read; -Infinity = it is not */
  observe(quietAsOfMs: number, nowMs: number): void {
    if (quietAsOfMs === -Infinity) this.#quietSinceMs = null;
    else this.#quietSinceMs ??= nowMs;
    this.#quietAsOfMs = quietAsOfMs;
  }

  /** Something came, and has been taken. */
  interrupt(): void {
    this.#quietSinceMs = null;
  }

  /** The timeout is over, and whether something came meanwhile is not known yet. */
  isInDoubt(nowMs: number): boolean {
    if (this.#quietSinceMs === null) return false;
    const idleAtMs = this.#quietSinceMs + this.#timeoutMs;
    return nowMs >= idleAtMs && this.#quietAsOfMs < idleAtMs;
  }

  /** As of the last observation. An input that never brought an event time is idle at once: nobody waits for its first. */
  isIdle(broughtNothingYet: boolean): boolean {
    if (this.#quietSinceMs === null) return false;
    return broughtNothingYet || this.#quietAsOfMs >= this.#quietSinceMs + this.#timeoutMs;
  }
}

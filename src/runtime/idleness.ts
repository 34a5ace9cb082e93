/**
 * Whether the input of a task is idle: read to its end, with nothing coming for a while. Records that are there but cannot be read yet
 * (behind the reader, in an open transaction, at a broker that does not answer) are not idleness.
 */
export class Idleness {
  readonly #timeoutMs: number;
  #quietSinceMs: number | null = null;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Takes note of the input as it is now. @param quiet everything there is has been read */
  observe(quiet: boolean, nowMs: number): void {
    if (!quiet) this.#quietSinceMs = null;
    else this.#quietSinceMs ??= nowMs;
  }

  /** From when on it is idle, in ms, if nothing comes. At once where the input never brought an event time: nobody waits for its first. */
  idleAt(broughtNothingYet: boolean): number {
    if (this.#quietSinceMs === null) return Infinity;
    return broughtNothingYet ? this.#quietSinceMs : this.#quietSinceMs + this.#timeoutMs;
  }
}

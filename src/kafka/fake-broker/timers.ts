import type { Clock } from '../../core/clock.ts';

/** All timers of a cluster over one clock, so that closing the cluster leaves none behind. */
export class Timers {
  readonly clock: Clock;
  readonly #running = new Set<Deadline>();
  #closed = false;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  now(): number {
    return this.clock.now();
  }

  deadline(onExpire: () => void): Deadline {
    return new Deadline(this, onExpire);
  }

  /** Resolves after `ms`, never once the timers are closed. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.deadline(resolve).setIn(ms));
  }

  /** Stops every timer and starts none again. */
  close(): void {
    this.#closed = true;
    for (const deadline of this.#running) deadline.clear();
  }

  /** For Deadline only: false when no timer may start any more. */
  started(deadline: Deadline): boolean {
    if (!this.#closed) this.#running.add(deadline);
    return !this.#closed;
  }

  /** For Deadline only. */
  stopped(deadline: Deadline): void {
    this.#running.delete(deadline);
  }
}

/** Where no reason is given, every abort makes an exception, with its stack; a held fetch is cut short thousands of times a second. */
const NO_ERROR = null;

/** A moment at which something expires, unless it is moved or cleared before. Moving it away costs no new timer. */
export class Deadline {
  readonly #timers: Timers;
  readonly #onExpire: () => void;
  #at = Infinity;
  #wakesAt = Infinity;
  #sleeping: AbortController | null = null;

  constructor(timers: Timers, onExpire: () => void) {
    this.#timers = timers;
    this.#onExpire = onExpire;
  }

  /** Expires in `ms` from now; replaces what was set before. */
  setIn(ms: number): void {
    this.#at = this.#timers.now() + ms;
    if (this.#sleeping !== null && this.#wakesAt <= this.#at) return;
    this.#sleeping?.abort(NO_ERROR);
    this.#sleep();
  }

  clear(): void {
    this.#at = Infinity;
    this.#sleeping?.abort(NO_ERROR);
    this.#stop();
  }

  #sleep(): void {
    if (!this.#timers.started(this)) return;
    const sleeping = new AbortController();
    this.#sleeping = sleeping;
    this.#wakesAt = this.#at;
    const rest = Math.max(0, this.#at - this.#timers.now());
    void this.#timers.clock.sleep(rest, sleeping.signal).then(() => {
      if (this.#sleeping === sleeping) this.#woke();
    });
  }

  #woke(): void {
    if (this.#timers.now() < this.#at) return this.#sleep();
    this.#at = Infinity;
    this.#stop();
    this.#onExpire();
  }

  #stop(): void {
    this.#sleeping = null;
    this.#timers.stopped(this);
  }
}

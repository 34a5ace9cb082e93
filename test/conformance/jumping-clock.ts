import type { Clock } from '../../src/core/clock.ts';

/** How many turns of the event loop no answer may travel before time jumps: so that whoever got an answer can go on. */
const QUIET_TURNS = 4;

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that stands still while there is something to do and jumps to the next sleeper when there is not. */
export class JumpingClock implements Clock {
  #now = 1_750_000_000_000;
  readonly #sleepers = new Set<Sleeper>();
  #turning = false;
  #quietTurns = 0;

  now(): number {
    return this.#now;
  }

  /** How many sleep. */
  get sleepers(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper: Sleeper = {
        at: this.#now + ms,
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener('abort', sleeper.wake);
          resolve();
        },
      };
      signal?.addEventListener('abort', sleeper.wake);
      this.#sleepers.add(sleeper);
      if (!this.#turning) this.#turn();
    });
  }

  /** How answers travel in a cluster on this clock: with the next turn of the event loop, time standing still. */
  readonly transit = (): Promise<void> => {
    this.#quietTurns = 0;
    return new Promise((resolve) => setImmediate(resolve));
  };

  #turn(): void {
    this.#turning = this.#sleepers.size > 0;
    if (!this.#turning) return;
    setImmediate(() => {
      if (++this.#quietTurns > QUIET_TURNS) this.#jump();
      this.#turn();
    });
  }

  #jump(): void {
    this.#quietTurns = 0;
    const next = [...this.#sleepers].reduce((first, each) => (each.at < first.at ? each : first));
    this.#now = Math.max(this.#now, next.at);
    next.wake();
  }
}

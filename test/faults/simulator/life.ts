import type { Clock } from '../../../src/core/clock.ts';

/** What stands still and dies with a process. */
export interface Follower {
  freeze(): void;
  thaw(): void;
  kill(): void;
}

/** Whether a process runs: it may stand still for a while, as after SIGSTOP, and it may be dead. */
export class Life {
  #dead = false;
  #frozen: PromiseWithResolvers<void> | null = null;
  readonly #followers: Follower[] = [];

  get isDead(): boolean {
    return this.#dead;
  }

  get isFrozen(): boolean {
    return this.#frozen !== null;
  }

  /** Resolves when the process runs: at once as a rule, at `thaw` when it is frozen, never when it is dead. */
  async awake(): Promise<void> {
    while (this.#frozen !== null) await this.#frozen.promise;
    if (this.#dead) await new Promise<never>(() => undefined);
  }

  follow(follower: Follower): void {
    this.#followers.push(follower);
  }

  /** @param over when it goes on by itself; left out = at `thaw` */
  freeze(over?: Promise<void>): void {
    if (this.#dead) return;
    this.#frozen ??= Promise.withResolvers();
    for (const follower of this.#followers) follower.freeze();
    void over?.then(() => this.thaw());
  }

  thaw(): void {
    this.#frozen?.resolve();
    this.#frozen = null;
    for (const follower of this.#followers) follower.thaw();
  }

  kill(): void {
    this.#dead = true;
    for (const follower of this.#followers) follower.kill();
  }

  /** The clock of this process, so much ahead: its timers do not fire while it is frozen. */
  clock(world: Clock, skewMs: number): Clock {
    return {
      now: () => world.now() + skewMs,
      sleep: async (ms, signal) => {
        await world.sleep(ms, signal);
        if (this.#dead || this.#frozen !== null) await this.awake();
      },
    };
  }
}

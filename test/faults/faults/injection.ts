import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../cluster/cluster.ts';
import type { WorkerSlot } from '../cluster/worker-slot.ts';
import type { Family, Fault, Happening, Healed } from './fault.ts';

/** A fault while it is made: whom it befalls, what it draws, what it has done so far. */
export class Injection {
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
  readonly #random: () => number;
  readonly #happened: Happening[] = [];
  #injectedMs = 0;

  constructor(cluster: Cluster, random: () => number, signal: AbortSignal) {
    this.cluster = cluster;
    this.#random = random;
    this.signal = signal;
  }

  /** Notes what is about to be done; the first thing noted is when the fault began. */
  note(what: string): void {
    const atMs = Date.now();
    if (this.#happened.length === 0) this.#injectedMs = atMs;
    this.#happened.push({ atMs, what });
  }

  /** Whether something that happens with this probability does. */
  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  /** A number in [from, to). */
  between(from: number, to: number): number {
    return from + this.#random() * (to - from);
  }

  oneOf<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('there is nothing to choose from');
    return items[Math.floor(this.#random() * items.length)];
  }

  /** In an order of chance. */
  shuffled<T>(items: readonly T[]): T[] {
    const left = [...items];
    const order: T[] = [];
    while (left.length > 0) order.push(...left.splice(Math.floor(this.#random() * left.length), 1));
    return order;
  }

  /** A slot in which a worker runs. */
  victim(): WorkerSlot {
    return this.oneOf(this.cluster.slots.filter((slot) => slot.isRunning));
  }

  /** Waits; rejects when the injection is called off. */
  async wait(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.signal });
  }

  healed(): Healed {
    return { injectedMs: this.#injectedMs, healedMs: Date.now(), happened: this.#happened };
  }
}

/** Makes a fault of what it does; whatever has become of the workers, one runs in every slot afterwards. */
export function fault(
  family: Family,
  name: string,
  about: string,
  make: (injection: Injection) => Promise<void>,
  more: Pick<Fault, 'compacts' | 'refuses' | 'needsNamespaces'> = {},
): Fault {
  return {
    name,
    family,
    about,
    ...more,
    async inject(cluster, random, signal) {
      const injection = new Injection(cluster, random, signal);
      await make(injection);
      if (more.refuses === undefined) await Promise.all(cluster.slots.map((slot) => slot.start()));
      return injection.healed();
    },
  };
}

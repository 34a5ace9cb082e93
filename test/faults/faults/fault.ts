import type { Cluster } from '../cluster/cluster.ts';

export type Family = 'worker' | 'failpoint' | 'network' | 'kafka' | 'partition' | 'redis' | 'host' | 'deploy';

/** Something that happened while a fault was injected or healed. */
export interface Happening {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly what: string;
}

/** A fault that is over. */
export interface Healed {
  /** When it began to hurt, ms since the epoch. */
  readonly injectedMs: number;
  /** When the last of it was mended. */
  readonly healedMs: number;
  readonly happened: readonly Happening[];
}

/** A real fault on a real cluster. */
export interface Fault {
  readonly name: string;
  readonly family: Family;
  /** What is done to whom, in a sentence. */
  readonly about: string;
  /** Changelogs may have been compacted afterwards, so that their chains have gaps. */
  readonly compacts?: true;
  /** The product is to refuse to go on, and the cluster is of no use afterwards. Absent: it has to recover by itself. */
  readonly refuses?: string;
  /** Brokers have to be in network namespaces of their own. */
  readonly needsNamespaces?: true;
  /**
   * Injects the fault into a cluster that runs its deployment under load, waits as long as belongs to it, and heals it: afterwards every
   * server runs, every slot has a worker, and nothing lies on any connection.
   * @param random numbers in [0, 1); the same ones make the same choices
   * @throws when the fault could not be made, or the signal aborts
   */
  inject(cluster: Cluster, random: () => number, signal: AbortSignal): Promise<Healed>;
}

import type { NodeId } from '../api.ts';

/** The brokers of a cluster: which there are, which are up. Ids begin at 1. */
export class Nodes {
  readonly ids: readonly NodeId[];
  readonly #down = new Set<NodeId>();

  constructor(count: number) {
    this.ids = Array.from({ length: count }, (_, i) => i + 1);
  }

  get up(): NodeId[] {
    return this.ids.filter((id) => !this.#down.has(id));
  }

  isUp(id: NodeId): boolean {
    return this.ids.includes(id) && !this.#down.has(id);
  }

  stop(id: NodeId): void {
    this.#down.add(id);
  }

  start(id: NodeId): void {
    this.#down.delete(id);
  }
}

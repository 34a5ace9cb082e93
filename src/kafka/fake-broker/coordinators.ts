import type { ApiReply, NodeId } from '../api.ts';
import { ErrorCode } from '../error-codes.ts';
import type { Nodes } from './nodes.ts';

export type CoordinatorType = 'group' | 'transaction';

/** Which node coordinates which group and which transactional id: spread by name, unless a test moved it. */
export class Coordinators {
  readonly #nodes: Nodes;
  readonly #moved = new Map<string, NodeId>();

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
  }

  /** -1 while no node is up. */
  nodeFor(type: CoordinatorType, key: string): NodeId {
    const moved = this.#moved.get(`${type} ${key}`);
    if (moved !== undefined && this.#nodes.isUp(moved)) return moved;
    const home = this.#nodes.ids[hash(key) % this.#nodes.ids.length];
    if (this.#nodes.isUp(home)) return home;
    const { up } = this.#nodes;
    return up.length === 0 ? -1 : up[hash(key) % up.length];
  }

  find(key: string, type: CoordinatorType): ApiReply<'FindCoordinator'> {
    const nodeId = this.nodeFor(type, key);
    return { errorCode: nodeId === -1 ? ErrorCode.COORDINATOR_NOT_AVAILABLE : ErrorCode.NONE, nodeId };
  }

  move(type: CoordinatorType, key: string, node: NodeId): void {
    this.#moved.set(`${type} ${key}`, node);
  }
}

function hash(text: string): number {
  let value = 0;
  for (let i = 0; i < text.length; i++) value = (value * 31 + text.charCodeAt(i)) & 0x7fffffff;
  return value;
}

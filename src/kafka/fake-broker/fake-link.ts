import { MillraceError } from '../../core/errors.ts';
import type { ApiName, ApiReply, ApiRequest, BrokerLink, NodeId } from '../api.ts';

/** How the cluster takes a request of a link: finds the node, runs the faults, answers. */
export interface Exchange {
  /** The node that a request to this one goes to; null when it, or for ANY_NODE every one, is down. */
  target(node: NodeId): NodeId | null;
  deliver<A extends ApiName>(node: NodeId, api: A, request: ApiRequest<A>): Promise<ApiReply<A>>;
  closed(link: FakeLink): void;
}

/** One client's connection to the fake cluster. */
export class FakeLink implements BrokerLink {
  readonly #exchange: Exchange;
  readonly #inFlight = new Set<{
    readonly node: NodeId;
    readonly fail: (error: Error) => void;
    readonly api: ApiName;
  }>();
  #closed = false;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  send<A extends ApiName>(node: NodeId, api: A, request: ApiRequest<A>): Promise<ApiReply<A>> {
    const target = this.#closed ? null : this.#exchange.target(node);
    if (target === null) return Promise.reject(disconnected(node, api));
    return new Promise((resolve, reject) => {
      const call = { node: target, fail: reject, api };
      this.#inFlight.add(call);
      this.#exchange
        .deliver(target, api, request)
        .then(resolve, reject)
        .finally(() => this.#inFlight.delete(call));
    });
  }

  /** The node is gone: nobody answers what was sent to it. */
  nodeDied(node: NodeId): void {
    for (const call of this.#inFlight) if (call.node === node) call.fail(disconnected(node, call.api));
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const call of this.#inFlight) call.fail(disconnected(call.node, call.api));
    this.#exchange.closed(this);
    return Promise.resolve();
  }
}

/** What a client sees when the connection breaks; the broker may or may not have acted. */
export const disconnected = (node: NodeId, api: ApiName): MillraceError =>
  new MillraceError('BROKER_UNAVAILABLE', `${api}: there is no connection to node ${node}`, { details: { node, api } });

/** What a client sees when no answer comes; the broker may or may not have acted. */
export const timedOut = (node: NodeId, api: ApiName): MillraceError =>
  new MillraceError('REQUEST_TIMED_OUT', `${api}: node ${node} did not answer in time`, { details: { node, api } });

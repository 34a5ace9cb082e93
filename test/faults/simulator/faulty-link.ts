import type { ApiName, ApiReply, ApiRequest, BrokerLink, NodeId } from '../../../src/kafka/api.ts';
import { disconnected, timedOut } from '../../../src/kafka/fake-broker/fake-link.ts';
import type { Line } from './line.ts';
import { refusal } from './refusal.ts';

/** A process's connections to the brokers, over its line. */
export class FaultyLink implements BrokerLink {
  readonly #inner: BrokerLink;
  readonly #line: Line;

  constructor(inner: BrokerLink, line: Line) {
    this.#inner = inner;
    this.#line = line;
  }

  send<A extends ApiName>(node: NodeId, api: A, request: ApiRequest<A>): Promise<ApiReply<A>> {
    return this.#line.send({
      name: api,
      transactionalId: 'transactionalId' in request ? request.transactionalId : null,
      refusal: () => refusal(api, request),
      act: () => this.#inner.send(node, api, request),
      broken: () => disconnected(node, api),
      silent: () => timedOut(node, api),
    });
  }

  /** What is under way stays so: the brokers may yet act upon it. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}

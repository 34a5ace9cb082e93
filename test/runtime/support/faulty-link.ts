import type { Clock } from '../../../src/core/clock.ts';
import type { ApiName, ApiReply, ApiRequest, BrokerLink, NodeId } from '../../../src/kafka/api.ts';
import { disconnected, timedOut } from '../../../src/kafka/fake-broker/fake-link.ts';

/** How often something befalls a request, from 0 to 1. */
export interface Faults {
  /** It does not arrive. */
  drop: number;
  /** It is acted upon, and no answer comes. */
  lose: number;
  /** It is under way for up to 300 ms. */
  delay: number;
}

const LATENCY_MS = 2;
const DELAY_MS = 300;

/** A process's connection to the brokers, which may be bad; and the process may stop to listen, for a while or for good. */
export class FaultyLink implements BrokerLink {
  readonly #inner: BrokerLink;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #faults: Faults;
  #dead = false;
  #frozen: PromiseWithResolvers<void> | null = null;

  constructor(inner: BrokerLink, clock: Clock, random: () => number, faults: Faults) {
    this.#inner = inner;
    this.#clock = clock;
    this.#random = random;
    this.#faults = faults;
  }

  async send<A extends ApiName>(node: NodeId, api: A, request: ApiRequest<A>): Promise<ApiReply<A>> {
    const { drop, lose, delay } = this.#faults;
    await this.#awake();
    if (this.#random() < drop) throw disconnected(node, api);
    await this.#clock.sleep(this.#random() * (this.#random() < delay ? DELAY_MS : LATENCY_MS));
    const reply = await this.#inner.send(node, api, request);
    await this.#awake();
    if (this.#random() < lose) throw timedOut(node, api);
    return reply;
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** Nothing goes out and nothing comes in until `thaw`. */
  freeze(): void {
    this.#frozen ??= Promise.withResolvers();
  }

  thaw(): void {
    this.#frozen?.resolve();
    this.#frozen = null;
  }

  /** Nothing goes out and nothing comes in ever again. */
  kill(): void {
    this.#dead = true;
  }

  async #awake(): Promise<void> {
    await this.#frozen?.promise;
    if (this.#dead) await new Promise<never>(() => undefined);
  }
}

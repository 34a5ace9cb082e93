import type { Clock } from '../../core/clock.ts';
import { ANY_NODE, type ApiName, type ApiReply, type ApiRequest, type BrokerLink, type NodeId } from '../api.ts';
import { Broker } from './broker.ts';
import { compact } from './compaction.ts';
import { Coordinators, type CoordinatorType } from './coordinators.ts';
import { disconnected, FakeLink, type Exchange } from './fake-link.ts';
import { FetchService } from './fetch.ts';
import { GroupCoordinator } from './group-coordinator.ts';
import { Nodes } from './nodes.ts';
import { Timers } from './timers.ts';
import { Topics } from './topics.ts';
import { TransactionCoordinator } from './transaction-coordinator.ts';

export interface FakeClusterOptions {
  readonly clock: Clock;
  /** How many brokers; their ids begin at 1. */
  readonly nodes?: number;
  /** How long after the answer to EndTxn its markers are written. Default 1 ms. */
  readonly markerDelayMs?: number;
  /**
   * How an answer travels to the client: resolves when it arrives. By default with the next turn of the event loop, so that a client that
   * never waits for anything else still lets timers and sockets have theirs.
   */
  readonly transit?: () => Promise<void>;
}

/**
 * A fault: sees every request before its node does, and decides what becomes of it. `proceed` has the node act on it and may be called
 * late, more than once, or never; what the interceptor resolves or rejects with is what the client sees.
 */
export type Interceptor = <A extends ApiName>(
  node: NodeId,
  api: A,
  request: ApiRequest<A>,
  proceed: () => Promise<ApiReply<A>>,
) => Promise<ApiReply<A>>;

/**
 * A Kafka 4.x cluster in this process, as a client of the older request versions sees it: topics, idempotent and transactional produce,
 * read_committed fetch, consumer groups of the classic protocol. Everything is in memory; nodes share it, so that a node that stops and
 * starts again has lost nothing. Time comes from the clock only, ids are counted: the same calls give the same answers.
 *
 * Not there: retention by age or size, quotas, authorization, replication lag.
 */
export class FakeCluster {
  readonly #timers: Timers;
  readonly #nodes: Nodes;
  readonly #topics: Topics;
  readonly #coordinators: Coordinators;
  readonly #transactions: TransactionCoordinator;
  readonly #groups: GroupCoordinator;
  readonly #brokers: ReadonlyMap<NodeId, Broker>;
  readonly #transit: () => Promise<void>;
  readonly #links = new Set<FakeLink>();
  #interceptors: readonly Interceptor[] = [];

  constructor({ clock, nodes = 1, markerDelayMs = 1, transit = nextTurn }: FakeClusterOptions) {
    this.#timers = new Timers(clock);
    this.#nodes = new Nodes(nodes);
    this.#topics = new Topics(this.#nodes);
    this.#coordinators = new Coordinators(this.#nodes);
    this.#transactions = new TransactionCoordinator({ topics: this.#topics, timers: this.#timers, markerDelayMs });
    this.#groups = new GroupCoordinator(this.#topics, this.#timers);
    this.#transit = transit;
    const parts = {
      nodes: this.#nodes,
      topics: this.#topics,
      timers: this.#timers,
      coordinators: this.#coordinators,
      transactions: this.#transactions,
      groups: this.#groups,
      fetches: new FetchService(this.#topics, this.#timers),
    };
    this.#brokers = new Map(this.#nodes.ids.map((id) => [id, new Broker(id, parts)]));
  }

  /** A new client's connection. */
  link(): BrokerLink {
    const exchange: Exchange = {
      target: (node) => (node === ANY_NODE ? (this.#nodes.up[0] ?? null) : this.#nodes.isUp(node) ? node : null),
      deliver: (node, api, request) => this.#deliver(node, api, request),
      closed: (closed) => this.#links.delete(closed),
    };
    const link = new FakeLink(exchange);
    this.#links.add(link);
    return link;
  }

  /** Puts a fault between all clients and the nodes, around those that are there already. Returns what takes it away again. */
  intercept(interceptor: Interceptor): () => void {
    this.#interceptors = [...this.#interceptors, interceptor];
    return () => {
      this.#interceptors = this.#interceptors.filter((each) => each !== interceptor);
    };
  }

  /** Stops the node at once: requests under way break, replicas elsewhere take its partitions over, its groups and transactions move. */
  kill(node: NodeId): void {
    this.#changingCoordinators(() => this.#nodes.stop(node));
    this.#topics.elect();
    for (const link of this.#links) link.nodeDied(node);
  }

  /** Starts a stopped node again, with all its data. Partitions stay where they were led meanwhile. */
  restart(node: NodeId): void {
    this.#changingCoordinators(() => this.#nodes.start(node));
    this.#topics.elect();
  }

  /** @throws RangeError when there is no such partition or the node holds no replica of it that is up */
  moveLeader(topic: string, partition: number, node: NodeId): void {
    const found = this.#topics.partition(topic, partition);
    if (found === undefined || !this.#topics.inSyncReplicas(found).includes(node)) {
      throw new RangeError(`node ${node} has no replica of ${topic}-${partition} that is up`);
    }
    found.lead(node);
  }

  moveCoordinator(type: CoordinatorType, key: string, node: NodeId): void {
    this.#changingCoordinators(() => this.#coordinators.move(type, key, node));
  }

  /**
   * Compacts the closed segments of the topic. What lies in the segment that is still appended to is never compacted; `roll` closes it
   * first, as its age (`segment.ms`) would.
   */
  compact(topic: string, { roll = false }: { roll?: boolean } = {}): void {
    for (const { log } of this.#topics.topic(topic)?.partitions ?? []) {
      if (roll) log.roll();
      if (log.config.compacted) compact(log, this.#timers.now());
    }
  }

  /** Forgets the transactional id, as a broker does that has not heard of it for `transactional.id.expiration.ms`. */
  expireTransactionalId(transactionalId: string): void {
    this.#transactions.expire(transactionalId);
  }

  /** Ends every connection and every timer. */
  async close(): Promise<void> {
    await Promise.all([...this.#links].map((link) => link.close()));
    this.#timers.close();
  }

  async #deliver<A extends ApiName>(node: NodeId, api: A, request: ApiRequest<A>): Promise<ApiReply<A>> {
    const serve = async (): Promise<ApiReply<A>> => {
      if (!this.#nodes.isUp(node)) throw disconnected(node, api);
      const reply = await this.#brokers.get(node)!.serve(api, request);
      await this.#transit();
      return reply;
    };
    const answer = this.#interceptors.reduce<() => Promise<ApiReply<A>>>(
      (proceed, interceptor) => () => interceptor(node, api, request, proceed),
      serve,
    );
    return answer();
  }

  /** Tells every group whose coordinator the change moves. */
  #changingCoordinators(change: () => void): void {
    const coordinatorOf = (groupId: string): NodeId => this.#coordinators.nodeFor('group', groupId);
    const before = this.#groups.groupIds.map((groupId) => [groupId, coordinatorOf(groupId)] as const);
    change();
    for (const [groupId, node] of before) if (coordinatorOf(groupId) !== node) this.#groups.moved(groupId);
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

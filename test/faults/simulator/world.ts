import type { TopicPartition } from '../../../src/core/task.ts';
import type { Transport, TransactionalProducer } from '../../../src/core/transport.ts';
import { ANY_NODE, type BrokerLink } from '../../../src/kafka/api.ts';
import { FakeCluster } from '../../../src/kafka/fake-broker/fake-cluster.ts';
import { KafkaTransport } from '../../../src/kafka/kafka-transport.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import type { LoadRecord } from '../workload/load.ts';
import { NODES } from './schedule.ts';
import { Traffic } from './traffic.ts';

const BEGIN_MS = Date.UTC(2026, 6, 1);
const TRANSACTION_TIMEOUT_MS = 60_000;
/** Long enough for readers to come to the last stable offset. */
const READING_MS = 20;

/**
 * Brokers on a clock that goes on only while something is waited for, and a client that no fault befalls: it writes what is fed and reads
 * what came out. Its methods are not to be called while another one is under way.
 */
export class World {
  readonly beganMs = BEGIN_MS;
  readonly clock = new VirtualClock(BEGIN_MS);
  readonly cluster: FakeCluster;
  readonly client: Transport;
  readonly traffic = new Traffic();
  readonly #link: BrokerLink;
  readonly #markerDelayMs: number;
  readonly #stopped = new Set<number>();
  /** By transactional id. */
  readonly #producers = new Map<string, TransactionalProducer>();

  /** @param markerDelayMs how long after a commit its markers are in the log */
  constructor(markerDelayMs: number) {
    const { clock } = this;
    this.#markerDelayMs = markerDelayMs;
    this.cluster = new FakeCluster({ clock, nodes: NODES, markerDelayMs, transit: () => Promise.resolve() });
    this.#link = this.cluster.link();
    this.client = new KafkaTransport(this.#link, clock);
  }

  /** What becomes of the work, on which time goes on as far as it has to. */
  passing<T>(work: Promise<T>): Promise<T> {
    return this.clock.passing(work);
  }

  /** Lets so much time go by. */
  pass(ms: number): Promise<void> {
    return this.clock.moveTo(this.clock.now() + ms);
  }

  async createTopics(names: readonly string[], partitions: number): Promise<void> {
    const config = { 'min.insync.replicas': '2' };
    const topics = names.map((name) => ({ name, partitions, replicationFactor: NODES, config }));
    await this.passing(this.client.topics.create(topics));
  }

  /** All there are, of every topic. */
  async partitions(): Promise<TopicPartition[]> {
    const { topics } = await this.#link.send(ANY_NODE, 'Metadata', { topics: null });
    return topics.flatMap(({ topic, partitions }) => partitions.map(({ partition }) => ({ topic, partition })));
  }

  /**
   * Writes the records in one transaction; when it resolves everybody may read them.
   * @param aborted of which so many are written before by each of two other producers, whose transactions overlap this one and each other
   * and are aborted: together, the later one first, or one after the other, with time to read up to the second
   */
  async write(records: readonly LoadRecord[], aborted = 0): Promise<void> {
    const first = aborted === 0 ? null : await this.#begin('discarded', records.slice(0, aborted));
    const second = aborted === 0 ? null : await this.#begin('discarded too', records.slice(0, aborted));
    const transaction = await this.#begin('load', records);
    const together = aborted % 2 === 0;
    for (const discarded of together ? [second, first] : [first, second]) {
      if (discarded === null) continue;
      await this.passing(discarded.abort());
      if (!together) await this.pass(this.#markerDelayMs + READING_MS);
    }
    await this.passing(transaction.commit());
    await this.pass(this.#markerDelayMs);
  }

  /** One node at most is down: what has to be in two places always is. */
  stopNode(node: number): void {
    if (this.#stopped.size > 0) return;
    this.#stopped.add(node);
    this.cluster.kill(node);
  }

  startNode(node: number): void {
    if (this.#stopped.delete(node)) this.cluster.restart(node);
  }

  startNodes(): void {
    for (const node of this.#stopped) this.startNode(node);
  }

  /** A node that is down takes no partition over. */
  moveLeader(topic: string, partition: number, node: number): void {
    if (!this.#stopped.has(node)) this.cluster.moveLeader(topic, partition, node);
  }

  async close(): Promise<void> {
    await this.cluster.close();
  }

  async #begin(id: string, records: readonly LoadRecord[]): ReturnType<TransactionalProducer['begin']> {
    const producer = await this.#open(id);
    const transaction = await this.passing(producer.begin());
    for (const { topic, partition, key, value } of records) {
      transaction.append(topic, partition, Math.floor(this.clock.now()), key, value, null);
    }
    await this.passing(transaction.send());
    return transaction;
  }

  async #open(transactionalId: string): Promise<TransactionalProducer> {
    const known = this.#producers.get(transactionalId);
    if (known !== undefined) return known;
    const producer = await this.passing(
      this.client.openProducer({
        transactionalId,
        transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
        compression: 'none',
      }),
    );
    this.#producers.set(transactionalId, producer);
    return producer;
  }
}

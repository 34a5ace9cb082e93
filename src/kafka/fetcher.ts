import { asMillraceError, MillraceError } from '../core/errors.ts';
import { partitionName, type TopicPartition } from '../core/task.ts';
import type { Fetcher, FetcherOptions, PartitionReader } from '../core/transport.ts';
import type { BrokerLink, FetchedPartition, NodeId } from './api.ts';
import { backoffMs } from './broker-error.ts';
import type { Cluster } from './cluster.ts';
import { readCommittedRecords } from './committed-records.ts';
import { fetchOutcome } from './fetch-outcome.ts';
import { LeaderFetch, type LeaderFetchHost } from './leader-fetch.ts';
import { PartitionQueue } from './partition-queue.ts';

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/**
 * Fetches committed records of all partitions that are open, through one leader fetch a leader. An opening of a partition goes
 *
 *     locating ─→ polling ─→ stopped (its error was told)
 *         ↑          │
 *         └──────────┘ stale leader, broken connection, a passing error: after a back-off
 *
 * and is closed from anywhere. Every queue has an equal share of the byte budget; one that is half full is left out of requests until it is
 * less than half full again, and asks for the other half at most, so that the budget holds but for the last batch of an answer.
 */
export class KafkaFetcher implements Fetcher, LeaderFetchHost {
  readonly #cluster: Cluster;
  readonly #options: FetcherOptions;
  readonly #queues = new Map<string, PartitionQueue>();
  readonly #leaders = new Map<NodeId, LeaderFetch>();

  constructor(cluster: Cluster, options: FetcherOptions) {
    this.#cluster = cluster;
    this.#options = options;
  }

  open(tp: TopicPartition, offset: number): PartitionReader {
    const name = partitionName(tp);
    if (this.#queues.has(name)) throw new MillraceError('INTERNAL', `${name} is open already`);
    const queue = new PartitionQueue(tp, offset, {
      onRoom: (roomy) => this.#onRoom(roomy),
      onClose: () => this.#queues.delete(name),
    });
    this.#queues.set(name, queue);
    void this.#locate(queue);
    return queue;
  }

  close(): Promise<void> {
    for (const queue of [...this.#queues.values()]) queue.close();
    return Promise.resolve();
  }

  // --- what the leader fetches need ---

  get link(): BrokerLink {
    return this.#cluster.link;
  }

  get queues(): Iterable<PartitionQueue> {
    return this.#queues.values();
  }

  share(): number {
    return this.#options.maxBufferedBytes / Math.max(1, this.#queues.size);
  }

  maxAnswerBytes(): number {
    return Math.min(MAX_ANSWER_BYTES, Math.max(1, Math.floor(this.#options.maxBufferedBytes / 2)));
  }

  now(): number {
    return this.#cluster.clock.now();
  }

  onAnswer(queue: PartitionQueue, answer: FetchedPartition, askedMs: number): boolean {
    const outcome = fetchOutcome(queue, queue.position, answer);
    if (outcome instanceof MillraceError) {
      this.#stop(queue, outcome);
      return false;
    }
    if (outcome !== 'records') {
      if (outcome === 'relocate') this.#cluster.forgetLeader(queue.topic, queue.partition);
      this.#locateAgain(queue);
      return false;
    }
    const before = queue.position;
    try {
      queue.failures = 0;
      queue.accept(answer, readCommittedRecords(queue, unpinned(answer), before), askedMs);
    } catch (error) {
      this.#stop(queue, asMillraceError(error));
      return false;
    }
    return queue.position > before;
  }

  onFailure(queue: PartitionQueue, error: unknown): void {
    if (error instanceof MillraceError && error.recovery !== 'retriable') {
      this.#stop(queue, error);
      return;
    }
    this.#cluster.forgetLeader(queue.topic, queue.partition);
    this.#locateAgain(queue);
  }

  // --- leaders ---

  async #locate(queue: PartitionQueue): Promise<void> {
    queue.leader = null;
    if (queue.failures > 0) await this.#cluster.clock.sleep(backoffMs(queue.failures - 1));
    if (queue.closed) return;
    try {
      const leader = await this.#cluster.leaderOf(queue.topic, queue.partition);
      if (queue.closed) return;
      queue.leader = leader;
      this.#leaderFetch(leader).pump();
    } catch (error) {
      if (!queue.closed) this.onFailure(queue, error);
    }
  }

  #locateAgain(queue: PartitionQueue): void {
    queue.failures++;
    void this.#locate(queue);
  }

  #leaderFetch(node: NodeId): LeaderFetch {
    let fetch = this.#leaders.get(node);
    if (fetch === undefined) this.#leaders.set(node, (fetch = new LeaderFetch(node, this)));
    return fetch;
  }

  #onRoom(queue: PartitionQueue): void {
    if (queue.leader === null || queue.inFlight || queue.bufferedBytes >= this.share() / 2) return;
    this.#leaderFetch(queue.leader).pump();
  }

  #stop(queue: PartitionQueue, error: MillraceError): void {
    queue.leader = null;
    this.#options.onError({ topic: queue.topic, partition: queue.partition }, error);
  }
}

/**
 * Queued chunks are views of the answer that they came in. Where a partition has only a small part of it, its bytes are copied, so that a
 * slow task does not keep the memory of all the others' records.
 */
function unpinned(answer: FetchedPartition): FetchedPartition {
  const { records } = answer;
  if (records.length * 2 >= records.buffer.byteLength) return answer;
  return { ...answer, records: Buffer.from(records) };
}

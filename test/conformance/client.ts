import type { Clock } from '../../src/core/clock.ts';
import {
  ANY_NODE,
  type ApiName,
  type ApiReply,
  type ApiRequest,
  type BrokerLink,
  type FetchedPartition,
  type NodeId,
} from '../../src/kafka/api.ts';
import { ErrorCode, isRetriable } from '../../src/kafka/error-codes.ts';
import { readBatchHeader } from '../../src/kafka/record-batch/decode.ts';
import { RecordBatchBuilder } from '../../src/kafka/record-batch/encode.ts';
import { LOG_OVERHEAD } from '../../src/kafka/record-batch/layout.ts';

export interface Producer {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly epoch: number;
}

export interface BatchOptions {
  readonly producer?: Producer;
  readonly sequence?: number;
  readonly transactional?: boolean;
  /** Milliseconds added to the clock's time. */
  readonly ageMs?: number;
  /** The records' timestamp; the clock's time if left out. */
  readonly atMs?: number;
  readonly key?: string | null;
  readonly value?: string;
}

const PATIENCE_MS = 60_000;
const PAUSE_MS = 20;

/** The plainest client there can be: one request, one answer, no state but who leads and who coordinates. */
export class Client {
  readonly link: BrokerLink;
  readonly clock: Clock;
  readonly #suffix: string;

  constructor(link: BrokerLink, clock: Clock, suffix: string) {
    this.link = link;
    this.clock = clock;
    this.#suffix = suffix;
  }

  /** A name that no other run uses. */
  name(prefix: string): string {
    return `${prefix}-${this.#suffix}`;
  }

  /** A name as it is in every run. */
  plain(text: string): string {
    return text.replaceAll(`-${this.#suffix}`, '');
  }

  /** Asks until the answer is no longer the one to be waited through. */
  async until<T>(ask: () => Promise<T>, isOver: (answer: T) => boolean): Promise<T> {
    const deadline = this.clock.now() + PATIENCE_MS;
    for (;;) {
      const answer = await ask();
      if (isOver(answer)) return answer;
      if (this.clock.now() > deadline) throw new Error(`still no other answer than ${JSON.stringify(answer)}`);
      await this.clock.sleep(PAUSE_MS);
    }
  }

  async createTopic(prefix: string, config: Record<string, string> = {}, partitions = 1): Promise<string> {
    const topic = this.name(prefix);
    const entries = Object.entries(config).map(([name, value]) => ({ name, value }));
    const reply = await this.link.send(ANY_NODE, 'CreateTopics', {
      timeoutMs: 5000,
      topics: [{ topic, partitions, replicationFactor: 1, config: entries }],
    });
    if (reply.topics[0].errorCode !== 0) throw new Error(`${topic}: ${JSON.stringify(reply)}`);
    // The leader may not know yet that it is one.
    for (let partition = 0; partition < partitions; partition++) {
      await this.until(
        () => this.listOffset(topic, -1, 'read_uncommitted', partition),
        ([errorCode]) => errorCode === ErrorCode.NONE,
      );
    }
    return topic;
  }

  async leaderOf(topic: string, partition = 0): Promise<NodeId> {
    const { topics } = await this.link.send(ANY_NODE, 'Metadata', { topics: [topic] });
    const leader = topics[0].partitions.find((each) => each.partition === partition)?.leader ?? -1;
    return leader === -1 ? ANY_NODE : leader;
  }

  /** Sends to the coordinator of the key, which a broker may have to set up first. */
  async coordinated<A extends ApiName>(
    keyType: 'group' | 'transaction',
    key: string,
    api: A,
    request: ApiRequest<A>,
    codeOf: (reply: ApiReply<A>) => number,
  ): Promise<ApiReply<A>> {
    return this.until(
      async () => {
        const { errorCode, nodeId } = await this.link.send(ANY_NODE, 'FindCoordinator', { key, keyType });
        return errorCode === 0 ? this.link.send(nodeId, api, request) : null;
      },
      (reply) => reply !== null && !isLoading(codeOf(reply)),
    ) as Promise<ApiReply<A>>;
  }

  // --- transactions ---

  initOnce(transactionalId: string, transactionTimeoutMs = 60_000): Promise<ApiReply<'InitProducerId'>> {
    const request = { transactionalId, transactionTimeoutMs };
    return this.coordinated('transaction', transactionalId, 'InitProducerId', request, (reply) => reply.errorCode);
  }

  async init(transactionalId: string, transactionTimeoutMs = 60_000): Promise<Producer> {
    const { producerId, epoch } = await this.until(
      () => this.initOnce(transactionalId, transactionTimeoutMs),
      ({ errorCode }) => errorCode === ErrorCode.NONE,
    );
    return { transactionalId, producerId, epoch };
  }

  async addPartitionsOnce(producer: Producer, topics: Record<string, number[]>): Promise<number[]> {
    const { transactionalId } = producer;
    const request = {
      ...producer,
      topics: Object.entries(topics).map(([topic, partitions]) => ({ topic, partitions })),
    };
    const reply = await this.coordinated('transaction', transactionalId, 'AddPartitionsToTxn', request, codeOfAdd);
    return Object.keys(topics).flatMap((topic) =>
      reply.topics.find((each) => each.topic === topic)!.partitions.map(({ errorCode }) => errorCode),
    );
  }

  /** Adds the partitions, past the moment in which the transaction before is being resolved. */
  addPartitions(producer: Producer, topics: Record<string, number[]>): Promise<number[]> {
    return this.until(
      () => this.addPartitionsOnce(producer, topics),
      (codes) => !codes.includes(ErrorCode.CONCURRENT_TRANSACTIONS),
    );
  }

  async endTxnOnce(producer: Producer, commit: boolean): Promise<number> {
    const request = { ...producer, commit };
    const codeOf = (reply: ApiReply<'EndTxn'>): number => reply.errorCode;
    return codeOf(await this.coordinated('transaction', producer.transactionalId, 'EndTxn', request, codeOf));
  }

  endTxn(producer: Producer, commit: boolean): Promise<number> {
    return this.until(
      () => this.endTxnOnce(producer, commit),
      (code) => code !== ErrorCode.CONCURRENT_TRANSACTIONS,
    );
  }

  /** Error code and state. */
  async describeTransaction(transactionalId: string): Promise<[number, string]> {
    const request = { transactionalId };
    const codeOf = (reply: ApiReply<'DescribeTransactions'>): number => reply.errorCode;
    const reply = await this.coordinated('transaction', transactionalId, 'DescribeTransactions', request, codeOf);
    return [reply.errorCode, reply.state];
  }

  /** One whole transaction over some partitions of a topic, ended. */
  async transact(producer: Producer, topic: string, sequence: number, commit: boolean): Promise<void> {
    await this.addPartitions(producer, { [topic]: [0] });
    await this.produce(topic, this.batch(1, { producer, sequence, transactional: true }), producer.transactionalId);
    await this.endTxn(producer, commit);
    await this.until(
      () => this.endTxnOnce(producer, commit),
      (code) => code === ErrorCode.NONE,
    );
  }

  // --- records ---

  /** A record batch of some small records. */
  batch(count: number, options: BatchOptions = {}): Buffer {
    const {
      producer,
      sequence = -1,
      transactional = false,
      ageMs = 0,
      atMs = this.clock.now() + ageMs,
      key = 'k',
      value = 'v',
    } = options;
    const builder = new RecordBatchBuilder({
      producerId: producer?.producerId ?? -1,
      epoch: producer?.epoch ?? -1,
      baseSequence: sequence,
      transactional,
      compression: 'none',
    });
    for (let i = 0; i < count; i++) builder.append(atMs, key, `${value}${i}`, null);
    return builder.build() as Buffer;
  }

  /** Error code and base offset. A broker that cannot verify a transaction at the moment is asked again. */
  async produce(topic: string, batch: Uint8Array, transactionalId: string | null = null): Promise<[number, number]> {
    const request = {
      transactionalId,
      timeoutMs: 5000,
      topics: [{ topic, partitions: [{ partition: 0, batch }] }],
    };
    const node = await this.leaderOf(topic);
    const reply = await this.until(
      () => this.link.send(node, 'Produce', request),
      ({ topics }) => topics[0].partitions[0].errorCode !== ErrorCode.NOT_ENOUGH_REPLICAS,
    );
    const { errorCode, baseOffset } = reply.topics[0].partitions[0];
    return [errorCode, baseOffset];
  }

  async fetch(topic: string, offset: number, options: Partial<FetchOptions> = {}): Promise<FetchedPartition> {
    const { maxWaitMs = 0, minBytes = 1, maxBytes = 1 << 20 } = options;
    const request = {
      maxWaitMs,
      minBytes,
      maxBytes: 1 << 24,
      topics: [{ topic, partitions: [{ partition: 0, offset, maxBytes }] }],
    };
    const reply = await this.link.send(await this.leaderOf(topic), 'Fetch', request);
    return reply.topics[0].partitions[0];
  }

  async listOffset(
    topic: string,
    timestamp: number,
    isolation: 'read_uncommitted' | 'read_committed' = 'read_committed',
    partition = 0,
  ): Promise<[number, number]> {
    const request = { isolation, topics: [{ topic, partitions: [{ partition, timestamp }] }] };
    const reply = await this.link.send(await this.leaderOf(topic, partition), 'ListOffsets', request);
    const { errorCode, offset } = reply.topics[0].partitions[0];
    return [errorCode, offset];
  }

  /** First offset, last stable offset, high watermark. */
  async offsets(topic: string): Promise<number[]> {
    const first = await this.listOffset(topic, -2);
    const stable = await this.listOffset(topic, -1);
    const end = await this.listOffset(topic, -1, 'read_uncommitted');
    return [first[1], stable[1], end[1]];
  }
}

export interface FetchOptions {
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
}

const codeOfAdd = (reply: ApiReply<'AddPartitionsToTxn'>): number => reply.topics[0].partitions[0].errorCode;

const isLoading = (code: number): boolean =>
  isRetriable(code) &&
  code !== ErrorCode.CONCURRENT_TRANSACTIONS &&
  code !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION &&
  code !== ErrorCode.REBALANCE_IN_PROGRESS;

/** What a reader makes of the bytes of a fetch: whole batches only, as `first–last xCount flags`. */
export function describeBatches(records: Buffer): string[] {
  const batches: string[] = [];
  for (let at = 0; at + LOG_OVERHEAD < records.length;) {
    const size = records.readInt32BE(at + 8) + LOG_OVERHEAD;
    if (at + size > records.length) break;
    const header = readBatchHeader(records, at);
    const flags = [header.isTransactional ? 'transactional' : '', header.isControl ? 'control' : ''];
    if (header.timestampType === 'LogAppendTime') flags.push('append-time');
    const last = header.baseOffset + header.lastOffsetDelta;
    batches.push([`${header.baseOffset}-${last} x${header.recordCount}`, ...flags.filter((flag) => flag)].join(' '));
    at += size;
  }
  return batches;
}

/** The answer of a fetch without what differs from run to run; producers are named by their place in the list. */
export function describeFetch(fetched: FetchedPartition, producers: readonly Producer[] = []): unknown {
  const nameOf = (id: number): string => `P${producers.findIndex(({ producerId }) => producerId === id)}`;
  return {
    errorCode: fetched.errorCode,
    offsets: [fetched.logStartOffset, fetched.lastStableOffset, fetched.highWatermark],
    aborted: fetched.abortedTransactions.map(({ producerId, firstOffset }) => `${nameOf(producerId)}@${firstOffset}`),
    batches: describeBatches(fetched.records),
  };
}

import type { ApiReply, ApiRequest, FetchedPartition, NodeId } from '../api.ts';
import { ErrorCode } from '../error-codes.ts';
import type { Timers } from './timers.ts';
import type { Partition, Topics } from './topics.ts';

type Request = ApiRequest<'Fetch'>;
type Reply = ApiReply<'Fetch'>;

/** Kafka finds the aborted transactions of an answer by an index with one entry per so many bytes, so that it may name some too many. */
const INDEX_INTERVAL_BYTES = 4096;
const NOTHING = Buffer.alloc(0);

/** Answers Fetch, read committed: at once if there is enough to give or something to refuse, else after a wait of at most `maxWaitMs`. */
export class FetchService {
  readonly #topics: Topics;
  readonly #timers: Timers;

  constructor(topics: Topics, timers: Timers) {
    this.#topics = topics;
    this.#timers = timers;
  }

  fetch(node: NodeId, request: Request): Reply | Promise<Reply> {
    return request.maxWaitMs <= 0 || this.#isReady(node, request)
      ? this.#read(node, request)
      : this.#wait(node, request);
  }

  async #wait(node: NodeId, request: Request): Promise<Reply> {
    let expired = false;
    let wake = (): void => {};
    const deadline = this.#timers.deadline(() => {
      expired = true;
      wake();
    });
    deadline.setIn(request.maxWaitMs);
    const partitions = this.#partitionsOf(request);
    while (!expired && !this.#isReady(node, request)) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        for (const partition of partitions) partition.onChange(wake);
      });
      for (const partition of partitions) partition.offChange(wake);
    }
    deadline.clear();
    return this.#read(node, request);
  }

  #partitionsOf(request: Request): Partition[] {
    return request.topics.flatMap(({ topic, partitions }) =>
      partitions.flatMap(({ partition }) => this.#topics.partition(topic, partition) ?? []),
    );
  }

  #isReady(node: NodeId, request: Request): boolean {
    let bytes = 0;
    let asked = 0;
    for (const { topic, partitions } of request.topics) {
      for (const { partition: index, offset, maxBytes } of partitions) {
        asked++;
        const partition = this.#topics.ledBy(node, topic, index);
        if (typeof partition === 'number' || isOutOfRange(partition, offset)) return true;
        bytes += Math.min(partition.log.readableBytes(offset), maxBytes);
      }
    }
    return asked === 0 || bytes >= request.minBytes;
  }

  #read(node: NodeId, request: Request): Reply {
    let bytesLeft = request.maxBytes;
    let gaveSomething = false;
    const topics = request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition: index, offset, maxBytes }) => {
        const partition = this.#topics.ledBy(node, topic, index);
        if (typeof partition === 'number') return refused(index, partition);
        if (isOutOfRange(partition, offset)) return refused(index, ErrorCode.OFFSET_OUT_OF_RANGE);
        const fetched = readPartition(partition, offset, Math.min(maxBytes, bytesLeft), !gaveSomething);
        bytesLeft = Math.max(0, bytesLeft - fetched.records.length);
        gaveSomething ||= fetched.records.length > 0;
        return fetched;
      }),
    }));
    return { errorCode: ErrorCode.NONE, topics };
  }
}

function readPartition(partition: Partition, offset: number, maxBytes: number, atLeastOne: boolean): FetchedPartition {
  const { log } = partition;
  const { records, end } = log.read(offset, maxBytes, atLeastOne);
  const known = records.length === 0 ? offset : log.offsetBehind(end, INDEX_INTERVAL_BYTES);
  return {
    partition: partition.index,
    errorCode: ErrorCode.NONE,
    highWatermark: log.highWatermark,
    lastStableOffset: log.lastStableOffset,
    logStartOffset: log.startOffset,
    abortedTransactions: records.length === 0 ? [] : log.aborted.overlapping(offset, known),
    records,
  };
}

const isOutOfRange = ({ log }: Partition, offset: number): boolean =>
  offset < log.startOffset || offset > log.highWatermark;

const refused = (partition: number, errorCode: number): FetchedPartition => ({
  partition,
  errorCode,
  highWatermark: -1,
  lastStableOffset: -1,
  logStartOffset: -1,
  abortedTransactions: [],
  records: NOTHING,
});

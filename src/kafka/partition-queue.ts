import type { TopicPartition } from '../core/task.ts';
import type { PartitionReader, RecordChunk } from '../core/transport.ts';
import type { FetchedPartition, NodeId } from './api.ts';
import type { CommittedRecords } from './committed-records.ts';

/**
 * One opening of a partition: its queue and its position. A partition that is closed and opened again gets a new one, so that answers to
 * requests of the old opening find nobody.
 */
export class PartitionQueue implements PartitionReader {
  readonly topic: string;
  readonly partition: number;
  onProgress: (() => void) | null = null;
  /** The leader that is asked; null while it is looked for. */
  leader: NodeId | null = null;
  /** Whether a request for it is under way. */
  inFlight = false;
  /** Failures in a row. */
  failures = 0;
  readonly #onRoom: (queue: PartitionQueue) => void;
  readonly #onClose: (queue: PartitionQueue) => void;
  #chunks: RecordChunk[] = [];
  #head = 0;
  #bufferedBytes = 0;
  #position: number;
  #lastStableOffset = -1;
  #highWatermark = -1;
  #askedMs = -Infinity;
  #closed = false;

  constructor(
    tp: TopicPartition,
    position: number,
    listener: { onRoom: (queue: PartitionQueue) => void; onClose: (queue: PartitionQueue) => void },
  ) {
    this.topic = tp.topic;
    this.partition = tp.partition;
    this.#position = position;
    this.#onRoom = listener.onRoom;
    this.#onClose = listener.onClose;
  }

  peek(): RecordChunk | null {
    return this.#head < this.#chunks.length ? this.#chunks[this.#head] : null;
  }

  shift(): RecordChunk | null {
    const chunk = this.peek();
    if (chunk === null) return null;
    this.#head++;
    if (this.#head === this.#chunks.length || this.#head === 64) {
      this.#chunks = this.#chunks.slice(this.#head);
      this.#head = 0;
    }
    this.#bufferedBytes -= chunkBytes(chunk);
    this.#onRoom(this);
    return chunk;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  get position(): number {
    return this.#position;
  }

  get failing(): boolean {
    return this.leader === null || this.failures > 0;
  }

  get lastStableOffset(): number {
    return this.#lastStableOffset;
  }

  get highWatermark(): number {
    return this.#highWatermark;
  }

  get askedMs(): number {
    return this.#askedMs;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Takes in what a fetch from the position brought that was sent at `askedMs`. */
  accept(answer: FetchedPartition, { chunks, position }: CommittedRecords, askedMs: number): void {
    const news = position > this.#position || this.#highWatermark < 0;
    for (const chunk of chunks) {
      this.#chunks.push(chunk);
      this.#bufferedBytes += chunkBytes(chunk);
    }
    this.#position = position;
    this.#highWatermark = answer.highWatermark;
    this.#askedMs = askedMs;
    this.#lastStableOffset = answer.lastStableOffset;
    if (news) this.onProgress?.();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#chunks = [];
    this.#head = 0;
    this.#bufferedBytes = 0;
    this.onProgress = null;
    this.#onClose(this);
  }
}

/** Bytes of one record in the seven arrays that index it. */
const INDEX_BYTES = 36;
const chunkBytes = (chunk: RecordChunk): number => chunk.bytes.length + chunk.count * INDEX_BYTES;

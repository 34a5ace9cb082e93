import { MillraceError } from '../core/errors.ts';
import { partitionName, type TopicPartition } from '../core/task.ts';
import type { Fetcher, PartitionReader, RecordChunk } from '../core/transport.ts';

/** The chunks of one batch, and where the next one begins. */
export interface BatchInput {
  readonly chunks: readonly RecordChunk[];
  readonly startOffset: number;
  readonly endOffset: number;
  readonly rows: number;
  readonly bytes: number;
  /** As the leader said last; -1 = not known. */
  readonly highWatermark: number;
  readonly lastStableOffset: number;
}

/**
 * A task's input partition from a position on. Batches are cut at chunk borders only, so that a position is always the border of a record
 * batch, and every chunk must begin where the one before ended.
 */
export class InputQueue {
  readonly #reader: PartitionReader;
  readonly #target: number;
  #position: number;

  /** @param target offset at which the input counts as ended; Infinity = never */
  constructor(fetcher: Fetcher, tp: TopicPartition, position: number, target: number, onProgress: () => void) {
    this.#reader = fetcher.open(tp, position);
    this.#reader.onProgress = onProgress;
    this.#position = position;
    this.#target = target;
  }

  /** Takes chunks until they hold `maxRows` rows or the queue is empty; null when there is none. */
  take(maxRows: number): BatchInput | null {
    const chunks: RecordChunk[] = [];
    const startOffset = this.#position;
    let rows = 0;
    let bytes = 0;
    while (rows < maxRows) {
      const next = this.#reader.peek();
      if (next === null || this.#position >= this.#target) break;
      if (next.count > 0 && next.offsets[0] < this.#position) {
        const at = `${partitionName(next)} offset ${next.offsets[0]}`;
        throw new MillraceError('INTERNAL', `${at} came again: the task is at ${this.#position}`);
      }
      this.#reader.shift();
      chunks.push(next);
      rows += next.count;
      bytes += next.bytes.length;
      this.#position = next.nextOffset;
    }
    if (chunks.length === 0) return null;
    const { highWatermark, lastStableOffset } = this.#reader;
    return { chunks, startOffset, endOffset: this.#position, rows, bytes, highWatermark, lastStableOffset };
  }

  /** A batch without input, at this position. */
  nothing(position: number): BatchInput {
    const { highWatermark, lastStableOffset } = this.#reader;
    return {
      chunks: [],
      startOffset: position,
      endOffset: position,
      rows: 0,
      bytes: 0,
      highWatermark,
      lastStableOffset,
    };
  }

  /** True when everything up to the target has been taken. Behind the last record there may be control records. */
  get isAtTarget(): boolean {
    return this.isEmpty && this.read >= this.#target;
  }

  /**
   * As of when, in ms, everything there was had been taken, whatever the target: also what may not be read yet, and the leader says so.
   * -Infinity where there is more, or nobody knows.
   */
  get quietAsOfMs(): number {
    const { position, highWatermark, failing, askedMs } = this.#reader;
    const quiet = this.#reader.peek() === null && highWatermark >= 0 && position >= highWatermark && !failing;
    return quiet ? askedMs : -Infinity;
  }

  /** True when there is nothing to take now. */
  get isEmpty(): boolean {
    return this.#reader.peek() === null || this.#position >= this.#target;
  }

  /**
   * The position a consumer would report when everything before `committed` is done: behind the control and aborted records that follow it,
   * if nothing else does.
   */
  consumedFrom(committed: number): number {
    const idle = this.#position === committed && this.#reader.peek() === null;
    return idle ? Math.max(this.#reader.position, committed) : committed;
  }

  /** Behind everything taken, and behind the control records that follow it if nothing else does. */
  get read(): number {
    return this.#reader.peek() === null ? Math.max(this.#reader.position, this.#position) : this.#position;
  }

  /** Fetched and not taken yet. */
  get backlogBytes(): number {
    return this.#reader.bufferedBytes;
  }

  /** As the leader said last; -1 = not known. */
  get highWatermark(): number {
    return this.#reader.highWatermark;
  }

  close(): void {
    this.#reader.onProgress = null;
    this.#reader.close();
  }
}

import type { TopicPartition } from '../../core/task.ts';
import { ErrorCode } from '../error-codes.ts';
import { decodeBatch, readBatchHeader, type BatchHeader } from '../record-batch/decode.ts';
import { encodeControlBatch, writeBatchCrc } from '../record-batch/encode.ts';
import * as layout from '../record-batch/layout.ts';
import { AbortedIndex } from './aborted-index.ts';
import { checkBatch } from './batch-check.ts';
import { ProducerStates } from './producer-states.ts';
import { firstIndex, Segment } from './segment.ts';
import type { TopicConfig } from './topic-config.ts';

const SMALLEST_SEGMENT = 16 * 1024;
const LARGEST_SEGMENT = 4 * 1024 * 1024;
const EMPTY = Buffer.alloc(0);

export interface Appended {
  readonly errorCode: number;
  readonly baseOffset: number;
  readonly logAppendTimeMs: number;
}

export interface Marker {
  readonly type: 'commit' | 'abort';
  readonly producerId: number;
  readonly epoch: number;
}

/**
 * The log of one partition: record batches as bytes, offsets assigned on append, the last stable offset held back by open transactions.
 * What is appended counts as replicated at once, so that the high watermark is the end of the log.
 */
export class PartitionLog {
  readonly tp: TopicPartition;
  readonly config: TopicConfig;
  readonly producers = new ProducerStates();
  readonly aborted = new AbortedIndex();
  /** Called whenever the high watermark or the last stable offset may have moved. */
  onAdvance: (() => void) | null = null;

  #segments: Segment[] = [];
  #start = 0;
  #end = 0;
  /** Where the segment begins that Kafka would still append to, and what it knows of it to decide when to begin another. */
  #active = { baseOffset: 0, bytes: 0, firstTimestamp: -1 };

  constructor(tp: TopicPartition, config: TopicConfig) {
    this.tp = tp;
    this.config = config;
  }

  get startOffset(): number {
    return this.#start;
  }

  get highWatermark(): number {
    return this.#end;
  }

  /** Where the earliest open transaction begins, else the high watermark. */
  get lastStableOffset(): number {
    return Math.max(this.#start, Math.min(this.producers.firstOpenOffset, this.#end));
  }

  /** First offset of the segment that is still appended to: compaction stays below it. */
  get activeOffset(): number {
    return this.#active.baseOffset;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** Appends a client's batch; a resend that is remembered gets the offsets of the first time. */
  append(bytes: Buffer, leaderEpoch: number, nowMs: number): Appended {
    const { errorCode, header } = checkBatch(bytes, this.tp, this.config, nowMs);
    if (header === null || errorCode !== ErrorCode.NONE) return refused(errorCode);
    const verdict = this.producers.judge(header);
    if (verdict.kind === 'refuse') return refused(verdict.errorCode);
    if (verdict.kind === 'duplicate') {
      return { errorCode: ErrorCode.NONE, baseOffset: verdict.of.baseOffset, logAppendTimeMs: verdict.of.maxTimestamp };
    }
    const baseOffset = this.#end;
    const { logAppendTime } = this.config;
    const stored = this.#store(bytes, header, leaderEpoch, logAppendTime ? nowMs : header.maxTimestamp);
    if (logAppendTime) stampAppendTime(stored, nowMs);
    this.producers.appended(header, baseOffset);
    this.onAdvance?.();
    return { errorCode: ErrorCode.NONE, baseOffset, logAppendTimeMs: logAppendTime ? nowMs : -1 };
  }

  /** Ends the producer's transaction here; false when a marker of a later epoch came before. */
  appendMarker(marker: Marker, leaderEpoch: number, nowMs: number): boolean {
    if (!this.producers.acceptsMarker(marker.producerId, marker.epoch)) return false;
    const bytes = encodeControlBatch({ ...marker, timestampMs: nowMs, coordinatorEpoch: 0 });
    const offset = this.#end;
    this.#store(bytes, readBatchHeader(bytes, 0), leaderEpoch, nowMs);
    const firstOffset = this.producers.ended(marker.producerId, marker.epoch);
    if (firstOffset >= 0 && marker.type === 'abort') {
      const { producerId } = marker;
      this.aborted.add({ producerId, firstOffset, lastOffset: offset, lastStableOffset: this.lastStableOffset });
    }
    this.onAdvance?.();
    return true;
  }

  /** Bytes that a read_committed reader at the offset has before it. */
  readableBytes(offset: number): number {
    const stable = this.lastStableOffset;
    return offset >= stable ? 0 : this.#positionOf(stable) - this.#positionOf(offset);
  }

  /**
   * Whole batches from the one that holds the offset, up to the last stable offset and `maxBytes`, at least one if `atLeastOne`.
   * `end` is the first offset that a reader surely does not get.
   */
  read(offset: number, maxBytes: number, atLeastOne: boolean): { readonly records: Buffer; readonly end: number } {
    const limit = this.lastStableOffset;
    if (offset >= limit) return { records: EMPTY, end: offset };
    const segment = this.#segmentOf(offset);
    if (segment === undefined) return { records: EMPTY, end: offset };
    const { batches } = segment;
    const first = batches[segment.indexOf(offset)];
    if (first.baseOffset >= limit) return { records: EMPTY, end: offset };
    let next = firstIndex(batches, (batch) => batch.at + batch.size > first.at + maxBytes || batch.baseOffset >= limit);
    if (batches[next] === first) {
      if (!atLeastOne) return { records: EMPTY, end: offset };
      next++;
    }
    const last = batches[next - 1];
    return { records: segment.buffer.subarray(first.at, last.at + last.size), end: last.lastOffset + 1 };
  }

  /** The first offset of the batch that begins so many bytes behind the offset, or the end of the log. */
  offsetBehind(offset: number, bytes: number): number {
    const position = this.#positionOf(offset) + bytes;
    const segment = this.#segments[firstIndex(this.#segments, (each) => each.start + each.length > position)];
    if (segment === undefined) return this.#end;
    const index = firstIndex(segment.batches, (batch) => segment.start + batch.at + batch.size > position);
    return segment.batches[index].baseOffset;
  }

  /** The first record at or above the log's start with at least the timestamp; null when there is none. Markers count, as in Kafka. */
  findTimestamp(timestampMs: number): { readonly offset: number; readonly timestamp: number } | null {
    for (const segment of this.#segments) {
      for (const batch of segment.batches) {
        if (batch.maxTimestamp < timestampMs || batch.lastOffset < this.#start) continue;
        const header = readBatchHeader(segment.buffer, batch.at);
        const chunk = decodeBatch(segment.buffer, batch.at, header, this.tp, this.#start);
        for (let i = 0; i < chunk.count; i++) {
          if (chunk.timestamps[i] >= timestampMs) return { offset: chunk.offsets[i], timestamp: chunk.timestamps[i] };
        }
      }
    }
    return null;
  }

  /** Moves the start of the log up to the offset and frees what lies below; false when that is beyond the high watermark. */
  deleteBefore(offset: number): boolean {
    if (offset < 0 || offset > this.#end) return false;
    if (offset <= this.#start) return true;
    this.#start = offset;
    const kept = this.#segments.findIndex((segment) => segment.lastOffset >= offset);
    this.#segments.splice(0, kept < 0 ? this.#segments.length : kept);
    this.aborted.prune((entry) => entry.lastOffset < offset);
    this.onAdvance?.();
    return true;
  }

  /** Ends the active segment, as its age would. */
  roll(): void {
    if (this.#active.baseOffset === this.#end) return;
    this.#active = { baseOffset: this.#end, bytes: 0, firstTimestamp: -1 };
  }

  /** Replaces the segments below the active one; compaction only. */
  replaceClosed(segments: readonly Segment[]): void {
    const kept = this.#segments.filter((segment) => segment.baseOffset >= this.#active.baseOffset);
    this.#segments = [...segments, ...kept];
    let start = 0;
    for (const segment of this.#segments) {
      segment.start = start;
      start += segment.length;
    }
  }

  #store(bytes: Uint8Array, header: BatchHeader, leaderEpoch: number, maxTimestamp: number): Buffer {
    const baseOffset = this.#end;
    const lastOffset = baseOffset + header.lastOffsetDelta;
    const segment = this.#segmentFor(bytes.length, maxTimestamp);
    const stored = segment.bytesOf(
      segment.append(bytes, { baseOffset, lastOffset, maxTimestamp, deleteHorizonMs: null }),
    );
    layout.writeInt64(stored, baseOffset, layout.BASE_OFFSET);
    stored.writeInt32BE(leaderEpoch, layout.LEADER_EPOCH);
    this.#active.bytes += bytes.length;
    this.#end = lastOffset + 1;
    return stored;
  }

  #segmentFor(size: number, timestampMs: number): Segment {
    const active = this.#active;
    const aged = active.firstTimestamp >= 0 && timestampMs - active.firstTimestamp > this.config.segmentMs;
    if (active.bytes > 0 && (active.bytes + size > this.config.segmentBytes || aged)) this.roll();
    if (this.#active.firstTimestamp < 0) this.#active.firstTimestamp = timestampMs;
    const last = this.#segments.at(-1);
    if (last !== undefined && last.baseOffset >= this.#active.baseOffset && last.fits(size)) return last;
    const capacity = last === undefined ? SMALLEST_SEGMENT : Math.min(last.buffer.length * 4, LARGEST_SEGMENT);
    const start = last === undefined ? 0 : last.start + last.length;
    const segment = new Segment(this.#end, start, Math.max(capacity, size));
    this.#segments.push(segment);
    return segment;
  }

  /** The segment that holds the offset or, where compaction took that away, the first batch behind it. */
  #segmentOf(offset: number): Segment | undefined {
    return this.#segments[firstIndex(this.#segments, (segment) => segment.lastOffset >= offset)];
  }

  #positionOf(offset: number): number {
    const segment = this.#segmentOf(offset);
    if (segment !== undefined) return segment.start + segment.batches[segment.indexOf(offset)].at;
    const last = this.#segments.at(-1);
    return last === undefined ? 0 : last.start + last.length;
  }
}

const refused = (errorCode: number): Appended => ({ errorCode, baseOffset: -1, logAppendTimeMs: -1 });

function stampAppendTime(batch: Buffer, nowMs: number): void {
  batch.writeInt16BE(batch.readInt16BE(layout.ATTRIBUTES) | layout.LOG_APPEND_TIME_BIT, layout.ATTRIBUTES);
  layout.writeInt64(batch, nowMs, layout.MAX_TIMESTAMP);
  writeBatchCrc(batch);
}

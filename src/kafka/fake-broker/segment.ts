/** One record batch in a segment. */
export interface StoredBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** Where it begins in the segment's buffer. */
  readonly at: number;
  readonly size: number;
  readonly maxTimestamp: number;
  /** When compaction may drop the tombstones or the marker in it; set by the first compaction that meets them. */
  readonly deleteHorizonMs: number | null;
}

/** A stretch of the log in one buffer that is only ever appended to, so that what was read from it stays true. */
export class Segment {
  readonly baseOffset: number;
  /** Bytes of the log before this segment. */
  start: number;
  readonly buffer: Buffer;
  readonly batches: StoredBatch[] = [];
  length = 0;

  constructor(baseOffset: number, start: number, capacity: number) {
    this.baseOffset = baseOffset;
    this.start = start;
    this.buffer = Buffer.allocUnsafeSlow(capacity);
  }

  fits(size: number): boolean {
    return this.length + size <= this.buffer.length;
  }

  /** Copies the batch in and returns where it stands now; the caller may still stamp it there. */
  append(batch: Uint8Array, stored: Omit<StoredBatch, 'at' | 'size'>): StoredBatch {
    const entry: StoredBatch = {
      baseOffset: stored.baseOffset,
      lastOffset: stored.lastOffset,
      at: this.length,
      size: batch.length,
      maxTimestamp: stored.maxTimestamp,
      deleteHorizonMs: stored.deleteHorizonMs,
    };
    this.buffer.set(batch, this.length);
    this.length += batch.length;
    this.batches.push(entry);
    return entry;
  }

  /** Offset of the last record it holds, or held before compaction; -1 while there is none. */
  get lastOffset(): number {
    return this.batches.length === 0 ? -1 : this.batches[this.batches.length - 1].lastOffset;
  }

  /** Index of the first batch that ends at or behind the offset; the number of batches when there is none. */
  indexOf(offset: number): number {
    return firstIndex(this.batches, (batch) => batch.lastOffset >= offset);
  }

  bytesOf(batch: StoredBatch): Buffer {
    return this.buffer.subarray(batch.at, batch.at + batch.size);
  }
}

/** Index of the first element that holds, in a list where all behind it hold too; the length when none does. */
export function firstIndex<T>(list: readonly T[], holds: (element: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(list[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}

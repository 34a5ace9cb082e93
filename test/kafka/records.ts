import type { RecordChunk } from '../../src/core/transport.ts';
import type { Compression } from '../../src/kafka/record-batch/compression.ts';
import { readHeaders } from '../../src/core/record-headers.ts';
import { encodeControlBatch, RecordBatchBuilder, writeBatchCrc } from '../../src/kafka/record-batch/encode.ts';
import * as layout from '../../src/kafka/record-batch/layout.ts';

export interface PlainRecord {
  offset: number;
  timestamp: number;
  key: string | null;
  value: string | null;
  headers: [string, string | null][];
}

/** The chunk's records as plain objects. */
export function plain(chunk: RecordChunk): PlainRecord[] {
  const text = (start: number, end: number) => (start < 0 ? null : chunk.bytes.toString('utf8', start, end));
  return Array.from({ length: chunk.count }, (_, i) => ({
    offset: chunk.offsets[i],
    timestamp: chunk.timestamps[i],
    key: text(chunk.keyStart[i], chunk.keyEnd[i]),
    value: text(chunk.valueStart[i], chunk.valueEnd[i]),
    headers: readHeaders(chunk, i).map(([name, value]) => [
      name,
      value === null ? null : Buffer.from(value).toString(),
    ]),
  }));
}

/** The batch as it lies in a log at this offset. */
export function at(baseOffset: number, batch: Uint8Array): Buffer {
  const placed = Buffer.from(batch);
  layout.writeInt64(placed, baseOffset, layout.BASE_OFFSET);
  return placed;
}

/** An uncompressed batch at the offset; of a transaction if a producer is given. Keys are null, timestamps 1000. */
export function batchAt(baseOffset: number, values: readonly string[], producerId = -1): Buffer {
  const builder = new RecordBatchBuilder({
    producerId,
    epoch: producerId < 0 ? -1 : 0,
    baseSequence: producerId < 0 ? -1 : 0,
    transactional: producerId >= 0,
    compression: 'none',
  });
  for (const value of values) builder.append(1000, null, value, null);
  return at(baseOffset, builder.build() as Uint8Array);
}

export const markerAt = (offset: number, type: 'commit' | 'abort', producerId: number): Buffer =>
  at(offset, encodeControlBatch({ type, producerId, epoch: 0, timestampMs: 1000, coordinatorEpoch: 0 }));

/** A batch whose records compaction has taken away, up to `lastOffset`. */
export function emptyBatch(baseOffset: number, lastOffset: number, producerId = -1): Buffer {
  const batch = batchAt(baseOffset, ['gone'], producerId).subarray(0, layout.HEADER_SIZE);
  batch.writeInt32BE(layout.HEADER_SIZE - layout.LOG_OVERHEAD, layout.BATCH_LENGTH);
  batch.writeInt32BE(lastOffset - baseOffset, layout.LAST_OFFSET_DELTA);
  batch.writeInt32BE(0, layout.RECORD_COUNT);
  return sealed(batch);
}

/** The batch with the CRC that its bytes should have. */
export function sealed(batch: Buffer): Buffer {
  writeBatchCrc(batch);
  return batch;
}

export const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

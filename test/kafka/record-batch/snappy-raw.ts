import { compress } from 'snappy';
import { writeBatchCrc } from '../../../src/kafka/record-batch/encode.ts';
import * as layout from '../../../src/kafka/record-batch/layout.ts';

/** An uncompressed batch with its records as one raw snappy block. */
export async function snappyRaw(batch: Buffer): Promise<Buffer> {
  const block = await compress(batch.subarray(layout.HEADER_SIZE));
  const raw = Buffer.concat([batch.subarray(0, layout.HEADER_SIZE), block]);
  raw.writeInt32BE(raw.length - layout.LOG_OVERHEAD, layout.BATCH_LENGTH);
  raw.writeInt16BE(raw.readInt16BE(layout.ATTRIBUTES) | 2, layout.ATTRIBUTES);
  writeBatchCrc(raw);
  return raw;
}

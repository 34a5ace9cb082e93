/**
 * A record batch of format v2 on the wire. Every number is big-endian; records follow the header, as one compressed block if so flagged.
 *
 *      0  baseOffset            int64
 *      8  batchLength           int32    bytes after this field
 *     12  partitionLeaderEpoch  int32
 *     16  magic                 int8     2
 *     17  crc                   uint32   CRC-32C of everything from attributes on
 *     21  attributes            int16    bits 0–2 compression, 3 LogAppendTime, 4 transactional, 5 control
 *     23  lastOffsetDelta       int32
 *     27  firstTimestamp        int64
 *     35  maxTimestamp          int64
 *     43  producerId            int64
 *     51  producerEpoch         int16
 *     53  baseSequence          int32
 *     57  recordCount           int32
 *     61  records: length, attributes (int8), timestampDelta, offsetDelta, key, value, header count, headers; lengths and deltas
 *         are zigzag varints, a length of -1 is null
 */
export const BASE_OFFSET = 0;
export const BATCH_LENGTH = 8;
export const LEADER_EPOCH = 12;
export const MAGIC = 16;
export const CRC = 17;
export const ATTRIBUTES = 21;
export const LAST_OFFSET_DELTA = 23;
export const FIRST_TIMESTAMP = 27;
export const MAX_TIMESTAMP = 35;
export const PRODUCER_ID = 43;
export const PRODUCER_EPOCH = 51;
export const BASE_SEQUENCE = 53;
export const RECORD_COUNT = 57;
export const HEADER_SIZE = 61;

/** Bytes before those that batchLength counts. */
export const LOG_OVERHEAD = 12;

export const COMPRESSION_BITS = 0x07;
export const LOG_APPEND_TIME_BIT = 0x08;
export const TRANSACTIONAL_BIT = 0x10;
export const CONTROL_BIT = 0x20;

const TWO_32 = 2 ** 32;

/** Reads an int64 that is known to lie within ±2^53. */
export const readInt64 = (buffer: Buffer, at: number): number =>
  buffer.readInt32BE(at) * TWO_32 + buffer.readUInt32BE(at + 4);

/** Writes a whole number within ±2^53 as an int64. */
export function writeInt64(buffer: Buffer, value: number, at: number): void {
  const high = Math.floor(value / TWO_32);
  buffer.writeInt32BE(high, at);
  buffer.writeUInt32BE(value - high * TWO_32, at + 4);
}

/** The bytes as a Buffer, without a copy. */
export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

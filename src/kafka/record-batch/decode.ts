import { crc32c } from '@node-rs/crc32';
import { MillraceError } from '../../core/errors.ts';
import { partitionName, type TopicPartition } from '../../core/task.ts';
import type { RecordChunk } from '../../core/transport.ts';
import { COMPRESSIONS, decompress, type Compression } from './compression.ts';
import * as layout from './layout.ts';

/** The header of a v2 batch. `sizeInBytes` counts the whole batch, header included. */
export interface BatchHeader {
  readonly baseOffset: number;
  readonly batchLength: number;
  readonly partitionLeaderEpoch: number;
  readonly magic: number;
  readonly crc: number;
  readonly attributes: number;
  readonly compression: Compression;
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly lastOffsetDelta: number;
  readonly firstTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly recordCount: number;
  readonly sizeInBytes: number;
}

/** Reads the header of the batch that begins at `at`; the 61 bytes must be there. Of an older format only offset, length and magic mean anything. */
export function readBatchHeader(buffer: Buffer, at: number): BatchHeader {
  const attributes = buffer.readInt16BE(at + layout.ATTRIBUTES);
  const batchLength = buffer.readInt32BE(at + layout.BATCH_LENGTH);
  return {
    baseOffset: layout.readInt64(buffer, at + layout.BASE_OFFSET),
    batchLength,
    partitionLeaderEpoch: buffer.readInt32BE(at + layout.LEADER_EPOCH),
    magic: buffer[at + layout.MAGIC],
    crc: buffer.readUInt32BE(at + layout.CRC),
    attributes,
    compression: COMPRESSIONS[attributes & layout.COMPRESSION_BITS],
    timestampType: (attributes & layout.LOG_APPEND_TIME_BIT) === 0 ? 'CreateTime' : 'LogAppendTime',
    isTransactional: (attributes & layout.TRANSACTIONAL_BIT) !== 0,
    isControl: (attributes & layout.CONTROL_BIT) !== 0,
    lastOffsetDelta: buffer.readInt32BE(at + layout.LAST_OFFSET_DELTA),
    firstTimestamp: layout.readInt64(buffer, at + layout.FIRST_TIMESTAMP),
    maxTimestamp: layout.readInt64(buffer, at + layout.MAX_TIMESTAMP),
    producerId: layout.readInt64(buffer, at + layout.PRODUCER_ID),
    producerEpoch: buffer.readInt16BE(at + layout.PRODUCER_EPOCH),
    baseSequence: buffer.readInt32BE(at + layout.BASE_SEQUENCE),
    recordCount: buffer.readInt32BE(at + layout.RECORD_COUNT),
    sizeInBytes: batchLength + layout.LOG_OVERHEAD,
  };
}

/**
 * The batch that begins at `at`, or null when the buffer ends before the batch does (the last one of a fetch may be cut off).
 * @throws CORRUPT_BATCH when the CRC does not match, BROKER_ERROR for a message format older than v2
 */
export function readBatch(buffer: Buffer, at: number, tp: TopicPartition): BatchHeader | null {
  if (buffer.length - at < layout.MAGIC + 1) return null;
  const offset = layout.readInt64(buffer, at);
  const batchLength = buffer.readInt32BE(at + layout.BATCH_LENGTH);
  const magic = buffer[at + layout.MAGIC];
  if (magic < 2) throw tooOld(tp, offset, magic);
  if (batchLength < layout.HEADER_SIZE - layout.LOG_OVERHEAD) throw corrupt(tp, offset, `its length is ${batchLength}`);
  if (at + layout.LOG_OVERHEAD + batchLength > buffer.length) return null;
  if (magic > 2) throw corrupt(tp, offset, `its format version ${magic} is not known`);
  const header = readBatchHeader(buffer, at);
  const crc = crc32c(buffer.subarray(at + layout.ATTRIBUTES, at + header.sizeInBytes));
  if (crc !== header.crc) throw corrupt(tp, offset, 'its checksum does not match');
  if (header.compression === undefined) {
    throw corrupt(tp, offset, `its compression ${header.attributes & layout.COMPRESSION_BITS} is not known`);
  }
  return header;
}

/** Where reading goes on behind the batch: from the header, since compaction may have taken its last records away. */
export const offsetAfter = (header: BatchHeader): number => header.baseOffset + header.lastOffsetDelta + 1;

/**
 * Indexes the records of a batch that `readBatch` accepted, those at or above `wanted`, and up to `end` if given. The chunk's bytes are a
 * view of the buffer unless they were compressed. Its arrays may be longer than `count`.
 * @throws CORRUPT_BATCH when the records do not add up
 */
export function decodeBatch(
  buffer: Buffer,
  at: number,
  header: BatchHeader,
  tp: TopicPartition,
  wanted: number,
  end = Infinity,
): RecordChunk {
  let bytes = buffer.subarray(at + layout.HEADER_SIZE, at + header.sizeInBytes);
  if (header.compression !== 'none') {
    try {
      bytes = decompress(header.compression, bytes);
    } catch (error) {
      throw corrupt(tp, header.baseOffset, `its ${header.compression} block cannot be decompressed`, error);
    }
  }
  const limit = bytes.length;
  const n = header.recordCount;
  // A record takes at least seven bytes: a count beyond that is damage, not a reason to reserve memory.
  if (n < 0 || n * 7 > limit) throw corrupt(tp, header.baseOffset, `it claims ${n} records`);
  // One piece of memory for all columns: each that V8 is asked for outside its heap may cost a step of garbage collection.
  const memory = new ArrayBuffer(n * 36);
  const offsets = new Float64Array(memory, 0, n);
  const timestamps = new Float64Array(memory, n * 8, n);
  const keyStart = new Int32Array(memory, n * 16, n);
  const keyEnd = new Int32Array(memory, n * 20, n);
  const valueStart = new Int32Array(memory, n * 24, n);
  const valueEnd = new Int32Array(memory, n * 28, n);
  const headersStart = new Int32Array(memory, n * 32, n);
  const logAppendTime = header.timestampType === 'LogAppendTime';
  const { baseOffset, firstTimestamp, maxTimestamp } = header;

  cursor.at = 0;
  let count = 0;
  for (let i = 0; i < n; i++) {
    const size = readVarint(bytes);
    const recordEnd = cursor.at + size;
    if (!(size >= 6 && recordEnd <= limit)) throw corrupt(tp, baseOffset, `record ${i} reaches beyond it`);
    cursor.at++;
    const timestampDelta = readVarint(bytes);
    const offset = baseOffset + readVarint(bytes);
    const keySize = readVarint(bytes);
    const key = cursor.at;
    if (keySize > 0) cursor.at += keySize;
    const valueSize = cursor.at < recordEnd ? readVarint(bytes) : 0;
    const value = cursor.at;
    if (valueSize > 0) cursor.at += valueSize;
    if (cursor.at >= recordEnd) throw corrupt(tp, offset, 'a record is longer than it says');
    const headers = cursor.at;
    cursor.at = recordEnd;
    if (offset < wanted || offset >= end) continue;
    offsets[count] = offset;
    timestamps[count] = logAppendTime ? maxTimestamp : firstTimestamp + timestampDelta;
    keyStart[count] = keySize < 0 ? -1 : key;
    keyEnd[count] = keySize < 0 ? -1 : key + keySize;
    valueStart[count] = valueSize < 0 ? -1 : value;
    valueEnd[count] = valueSize < 0 ? -1 : value + valueSize;
    headersStart[count] = headers;
    count++;
  }
  if (cursor.at !== limit) throw corrupt(tp, baseOffset, 'bytes are left behind its last record');
  return {
    topic: tp.topic,
    partition: tp.partition,
    count,
    nextOffset: Math.min(offsetAfter(header), end),
    bytes,
    offsets,
    timestamps,
    keyStart,
    keyEnd,
    valueStart,
    valueEnd,
    headersStart,
  };
}

/** What a control batch says: its one record's key holds a version and the type. Other types than these two are to be passed over. */
export function readControlType(buffer: Buffer, at: number, header: BatchHeader): 'abort' | 'commit' | 'other' {
  if (header.recordCount < 1) return 'other';
  cursor.at = at + layout.HEADER_SIZE;
  readVarint(buffer);
  cursor.at++;
  readVarint(buffer);
  readVarint(buffer);
  const keySize = readVarint(buffer);
  if (keySize < 4) return 'other';
  const type = buffer.readInt16BE(cursor.at + 2);
  return type === 0 ? 'abort' : type === 1 ? 'commit' : 'other';
}

// Reading is synchronous, so that one cursor serves every call without an object for each.
const cursor = { at: 0 };

/** Reads a zigzag varint at the cursor. Beyond the buffer it reads zeros; the callers check bounds afterwards. */
function readVarint(bytes: Buffer): number {
  let byte = bytes[cursor.at++];
  if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
  let value = byte & 0x7f;
  let shift = 7;
  do {
    byte = bytes[cursor.at++];
    if (shift === 28) return readLongVarint(bytes, value, byte);
    value |= (byte & 0x7f) << shift;
    shift += 7;
  } while (byte >= 0x80);
  return (value >>> 1) ^ -(value & 1);
}

/** The rest of a varint of more than 28 bits, by arithmetic where the bit operators would wrap. */
function readLongVarint(bytes: Buffer, low: number, fifth: number): number {
  let value = low + (fifth & 0x7f) * 2 ** 28;
  let byte = fifth;
  let scale = 2 ** 35;
  while (byte >= 0x80 && scale <= 2 ** 63) {
    byte = bytes[cursor.at++];
    value += (byte & 0x7f) * scale;
    scale *= 128;
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

const corrupt = (tp: TopicPartition, offset: number, why: string, cause?: unknown): MillraceError =>
  new MillraceError('CORRUPT_BATCH', `${partitionName(tp)}: the record batch at offset ${offset} is damaged: ${why}`, {
    cause,
    details: { topic: tp.topic, partition: tp.partition, offset },
  });

const tooOld = (tp: TopicPartition, offset: number, magic: number): MillraceError =>
  new MillraceError(
    'BROKER_ERROR',
    `${partitionName(tp)}: the records at offset ${offset} are in message format v${magic}, which brokers stopped writing with Kafka 3.0; ` +
      'copy the topic with a current producer, or start behind them',
    { details: { topic: tp.topic, partition: tp.partition, offset } },
  );

import { crc32c } from '@node-rs/crc32';
import type { Payload } from '../../core/transport.ts';
import { COMPRESSIONS, compress, type Compression } from './compression.ts';
import * as layout from './layout.ts';

/** Who wrote a batch; producerId -1 is nobody in particular. */
export interface ProducerStamp {
  readonly producerId: number;
  readonly epoch: number;
  readonly baseSequence: number;
}

export interface RecordBatchOptions extends ProducerStamp {
  readonly transactional: boolean;
  readonly compression: Compression;
}

export type RecordHeaders = readonly (readonly [string, Payload])[];

/** Up to this length a loop over the characters beats the call into native code. */
const SHORT_TEXT = 24;

/**
 * Encodes records straight into one growing buffer, which becomes one record batch (v2). Base offset 0 and leader epoch -1: the broker
 * assigns them.
 */
export class RecordBatchBuilder {
  readonly #options: RecordBatchOptions;
  #buffer: Buffer;
  #length = layout.HEADER_SIZE;
  #count = 0;
  #firstTimestamp = 0;
  #maxTimestamp = 0;

  constructor(options: RecordBatchOptions, capacity = 4096) {
    this.#options = options;
    this.#buffer = Buffer.allocUnsafe(Math.max(capacity, layout.HEADER_SIZE));
  }

  get count(): number {
    return this.#count;
  }

  /** Size of the batch so far, header included, before compression. */
  get byteLength(): number {
    return this.#length;
  }

  append(timestampMs: number, key: Payload, value: Payload, headers: RecordHeaders | null): void {
    const index = this.#count;
    if (index === 0) {
      this.#firstTimestamp = timestampMs;
      this.#maxTimestamp = timestampMs;
    } else if (timestampMs > this.#maxTimestamp) {
      this.#maxTimestamp = timestampMs;
    }
    const delta = timestampMs - this.#firstTimestamp;
    const keySize = payloadSize(key);
    const valueSize = payloadSize(value);
    const headersSize = headers === null || headers.length === 0 ? 1 : encodedHeadersSize(headers);
    const size =
      1 +
      varintSize(delta) +
      varintSize(index) +
      varintSize(keySize) +
      (keySize < 0 ? 0 : keySize) +
      varintSize(valueSize) +
      (valueSize < 0 ? 0 : valueSize) +
      headersSize;

    let at = this.#length;
    if (at + size + 5 > this.#buffer.length) this.#grow(at + size + 5);
    const buffer = this.#buffer;
    at = writeVarint(buffer, size, at);
    buffer[at++] = 0;
    at = writeVarint(buffer, delta, at);
    at = writeVarint(buffer, index, at);
    at = writeVarint(buffer, keySize, at);
    if (keySize > 0) at = writePayload(buffer, key as string | Uint8Array, keySize, at);
    at = writeVarint(buffer, valueSize, at);
    if (valueSize > 0) at = writePayload(buffer, value as string | Uint8Array, valueSize, at);
    if (headers === null || headers.length === 0) buffer[at++] = 0;
    else at = writeHeaders(buffer, headers, at);
    this.#length = at;
    this.#count = index + 1;
  }

  /**
   * The batch, CRC set. `stamp` replaces the producer's identity given at construction. An uncompressed batch is a view of the builder's
   * own buffer: nothing may be appended after, and building again with another stamp changes it.
   */
  build(stamp: ProducerStamp = this.#options): Promise<Uint8Array> | Uint8Array {
    const { compression } = this.#options;
    const records = this.#buffer.subarray(0, this.#length);
    if (compression === 'none') return this.#seal(records, stamp);
    return compress(compression, records.subarray(layout.HEADER_SIZE)).then((compressed) => {
      const batch = Buffer.allocUnsafe(layout.HEADER_SIZE + compressed.length);
      compressed.copy(batch, layout.HEADER_SIZE);
      return this.#seal(batch, stamp);
    });
  }

  #seal(batch: Buffer, stamp: ProducerStamp): Buffer {
    const { transactional, compression } = this.#options;
    writeBatchHeader(batch, {
      ...stamp,
      attributes: COMPRESSIONS.indexOf(compression) | (transactional ? layout.TRANSACTIONAL_BIT : 0),
      recordCount: this.#count,
      firstTimestamp: this.#firstTimestamp,
      maxTimestamp: this.#maxTimestamp,
    });
    return batch;
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

/** A control batch as a transaction coordinator has it written: one marker that ends the producer's transaction in this partition. */
export function encodeControlBatch(marker: {
  type: 'commit' | 'abort';
  producerId: number;
  epoch: number;
  timestampMs: number;
  coordinatorEpoch: number;
}): Buffer {
  const key = Buffer.from([0, 0, 0, marker.type === 'commit' ? 1 : 0]);
  const value = Buffer.alloc(6);
  value.writeInt32BE(marker.coordinatorEpoch, 2);
  const body = Buffer.concat([
    Buffer.from([0, 0, 0, key.length << 1]),
    key,
    Buffer.from([value.length << 1]),
    value,
    Buffer.from([0]),
  ]);
  const batch = Buffer.alloc(layout.HEADER_SIZE + 1 + body.length);
  batch[layout.HEADER_SIZE] = body.length << 1;
  body.copy(batch, layout.HEADER_SIZE + 1);
  writeBatchHeader(batch, {
    producerId: marker.producerId,
    epoch: marker.epoch,
    baseSequence: -1,
    attributes: layout.TRANSACTIONAL_BIT | layout.CONTROL_BIT,
    recordCount: 1,
    firstTimestamp: marker.timestampMs,
    maxTimestamp: marker.timestampMs,
  });
  return batch;
}

/** Computes and writes the CRC of a batch whose bytes from the attributes on were changed. */
export function writeBatchCrc(batch: Buffer): void {
  batch.writeUInt32BE(crc32c(batch.subarray(layout.ATTRIBUTES)), layout.CRC);
}

function writeBatchHeader(
  batch: Buffer,
  header: ProducerStamp & { attributes: number; recordCount: number; firstTimestamp: number; maxTimestamp: number },
): void {
  layout.writeInt64(batch, 0, layout.BASE_OFFSET);
  batch.writeInt32BE(batch.length - layout.LOG_OVERHEAD, layout.BATCH_LENGTH);
  batch.writeInt32BE(-1, layout.LEADER_EPOCH);
  batch[layout.MAGIC] = 2;
  batch.writeInt16BE(header.attributes, layout.ATTRIBUTES);
  batch.writeInt32BE(header.recordCount - 1, layout.LAST_OFFSET_DELTA);
  layout.writeInt64(batch, header.firstTimestamp, layout.FIRST_TIMESTAMP);
  layout.writeInt64(batch, header.maxTimestamp, layout.MAX_TIMESTAMP);
  layout.writeInt64(batch, header.producerId, layout.PRODUCER_ID);
  batch.writeInt16BE(header.epoch, layout.PRODUCER_EPOCH);
  batch.writeInt32BE(header.baseSequence, layout.BASE_SEQUENCE);
  batch.writeInt32BE(header.recordCount, layout.RECORD_COUNT);
  writeBatchCrc(batch);
}

/** Bytes of the payload as UTF-8; -1 for null. */
const payloadSize = (payload: Payload): number =>
  payload === null ? -1 : typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;

function writePayload(buffer: Buffer, payload: string | Uint8Array, size: number, at: number): number {
  if (typeof payload !== 'string') {
    buffer.set(payload, at);
  } else if (size === payload.length && size <= SHORT_TEXT) {
    for (let i = 0; i < size; i++) buffer[at + i] = payload.charCodeAt(i);
  } else {
    buffer.write(payload, at, size, 'utf8');
  }
  return at + size;
}

function encodedHeadersSize(headers: RecordHeaders): number {
  let size = varintSize(headers.length);
  for (const [name, value] of headers) {
    const nameSize = Buffer.byteLength(name);
    const valueSize = payloadSize(value);
    size += varintSize(nameSize) + nameSize + varintSize(valueSize) + Math.max(0, valueSize);
  }
  return size;
}

function writeHeaders(buffer: Buffer, headers: RecordHeaders, start: number): number {
  let at = writeVarint(buffer, headers.length, start);
  for (const [name, value] of headers) {
    const nameSize = Buffer.byteLength(name);
    at = writeVarint(buffer, nameSize, at);
    if (nameSize > 0) at = writePayload(buffer, name, nameSize, at);
    const valueSize = payloadSize(value);
    at = writeVarint(buffer, valueSize, at);
    if (value !== null && valueSize > 0) at = writePayload(buffer, value, valueSize, at);
  }
  return at;
}

/** Size of the number as a zigzag varint. */
function varintSize(value: number): number {
  let rest = value < 0 ? -value * 2 - 1 : value * 2;
  let size = 1;
  while (rest >= 0x80) {
    rest = Math.floor(rest / 128);
    size++;
  }
  return size;
}

/** Writes a whole number within ±2^52 as a zigzag varint; returns where it ends. */
function writeVarint(buffer: Buffer, value: number, start: number): number {
  let rest = value < 0 ? -value * 2 - 1 : value * 2;
  let at = start;
  while (rest >= 0x80) {
    // Beyond 2^31 the bit operators would wrap, so the low seven bits are taken by arithmetic there.
    buffer[at++] = (rest > 0x7fffffff ? rest % 128 : rest & 0x7f) | 0x80;
    rest = rest > 0x7fffffff ? Math.floor(rest / 128) : rest >>> 7;
  }
  buffer[at++] = rest;
  return at;
}

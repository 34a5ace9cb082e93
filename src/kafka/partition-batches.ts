import { MillraceError } from '../core/errors.ts';
import { partitionName } from '../core/task.ts';
import type { Payload } from '../core/transport.ts';
import type { Compression } from './record-batch/compression.ts';
import { RecordBatchBuilder, type RecordHeaders } from './record-batch/encode.ts';

/** A batch is closed before it grows over this: topics take 1 MB unless told otherwise (`max.message.bytes`). */
export const MAX_BATCH_BYTES = 1_000_000;

/** Brokers drop the connection over a request larger than 100 MB (`socket.request.max.bytes`). */
const MAX_RECORD_BYTES = 100_000_000;

/** Lengths, deltas and attributes of a record, at most; of a header, at most. */
const RECORD_OVERHEAD = 40;
const HEADER_OVERHEAD = 10;

/** The producer's identity is stamped when the batch is sealed. */
const NOBODY = { producerId: -1, epoch: -1, baseSequence: -1 };

/** Who seals: the identity of the epoch, and the sequences of each partition. */
export interface Sealer {
  readonly producerId: number;
  readonly epoch: number;
  takeSequences(topic: string, partition: number, count: number): number;
}

/**
 * The record batches of one partition in one transaction: open while records are appended, then sealed (bytes and sequences fixed for
 * good), then acknowledged one after the other.
 */
export class PartitionBatches {
  readonly topic: string;
  readonly partition: number;
  readonly #compression: Compression;
  readonly #builders: RecordBatchBuilder[];
  #open: RecordBatchBuilder;
  #sealed: Uint8Array[] = [];
  #acknowledged = 0;
  #lastOffset = -1;
  #appendedMs = -1;

  constructor(topic: string, partition: number, compression: Compression) {
    this.topic = topic;
    this.partition = partition;
    this.#compression = compression;
    this.#open = this.#newBuilder();
    this.#builders = [this.#open];
  }

  /**
   * Returns how many bytes the record took. One that is larger than a batch should be gets a batch to itself: the topic may take it.
   * @throws RECORD_TOO_LARGE if no broker would read the request
   */
  append(timestampMs: number, key: Payload, value: Payload, headers: RecordHeaders | null): number {
    let builder = this.#open;
    // A character takes three bytes at most, so that counting them can wait until the batch is nearly full.
    const most =
      RECORD_OVERHEAD + 3 * ((key?.length ?? 0) + (value?.length ?? 0)) + (headers === null ? 0 : headersSize(headers));
    if (builder.byteLength + most > MAX_BATCH_BYTES) builder = this.#builderFor(key, value, headers);
    const before = builder.byteLength;
    builder.append(timestampMs, key, value, headers);
    return builder.byteLength - before;
  }

  /** Fixes the bytes of every batch, with the sequences they keep however often they are sent. */
  async seal(by: Sealer): Promise<void> {
    const { producerId, epoch } = by;
    this.#sealed = await Promise.all(
      this.#builders.map(async (builder) => {
        const baseSequence = by.takeSequences(this.topic, this.partition, builder.count);
        return builder.build({ producerId, epoch, baseSequence });
      }),
    );
  }

  /** The batch to send next; undefined when all are acknowledged. A batch is never sent before the one ahead of it is acknowledged. */
  get next(): Uint8Array | undefined {
    return this.#sealed[this.#acknowledged];
  }

  acknowledge(baseOffset: number, appendedMs: number): void {
    this.#appendedMs = appendedMs;
    this.#lastOffset = baseOffset + this.#builders[this.#acknowledged].count - 1;
    this.#acknowledged++;
  }

  /** Offset of the last record; -1 until every batch is acknowledged. */
  get lastOffset(): number {
    return this.next === undefined ? this.#lastOffset : -1;
  }

  /** When the broker appended the last batch, by its clock; -1 where the topic keeps the times of its producers. */
  get appendedMs(): number {
    return this.#appendedMs;
  }

  #builderFor(key: Payload, value: Payload, headers: RecordHeaders | null): RecordBatchBuilder {
    const size = RECORD_OVERHEAD + byteLength(key) + byteLength(value) + (headers === null ? 0 : headersSize(headers));
    if (size > MAX_RECORD_BYTES) {
      const { topic, partition } = this;
      const message = `a record for ${partitionName(this)} has ${size} bytes, more than a request may have (${MAX_RECORD_BYTES})`;
      throw new MillraceError('RECORD_TOO_LARGE', message, { details: { topic, partition, size } });
    }
    if (this.#open.count > 0 && this.#open.byteLength + size > MAX_BATCH_BYTES) {
      this.#open = this.#newBuilder(MAX_BATCH_BYTES);
      this.#builders.push(this.#open);
    }
    return this.#open;
  }

  #newBuilder(capacity?: number): RecordBatchBuilder {
    return new RecordBatchBuilder({ ...NOBODY, transactional: true, compression: this.#compression }, capacity);
  }
}

const byteLength = (payload: Payload): number =>
  payload === null ? 0 : typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;

function headersSize(headers: RecordHeaders): number {
  let size = 0;
  for (const [name, value] of headers) size += HEADER_OVERHEAD + Buffer.byteLength(name) + byteLength(value);
  return size;
}

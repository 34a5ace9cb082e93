import { ErrorCode } from '../error-codes.ts';
import type { BatchHeader } from '../record-batch/decode.ts';

/** How many batches of a producer a partition remembers, to answer a resend with the offsets of the first time. */
const REMEMBERED_BATCHES = 5;
const MAX_SEQUENCE = 0x7fffffff;

export interface RememberedBatch {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly maxTimestamp: number;
}

interface Producer {
  epoch: number;
  batches: RememberedBatch[];
}

/** What is to become of a batch: appended, answered from memory, or refused. */
export type Verdict =
  | { readonly kind: 'append' }
  | { readonly kind: 'duplicate'; readonly of: RememberedBatch }
  | { readonly kind: 'refuse'; readonly errorCode: number };

const APPEND: Verdict = { kind: 'append' };

/** What one partition knows of the producers that wrote to it: epochs, sequences, and where their open transactions begin. */
export class ProducerStates {
  readonly #producers = new Map<number, Producer>();
  /** First offsets by producer; in the order of the offsets, since a transaction enters with its first batch. */
  readonly #open = new Map<number, number>();
  /** By producer, the lowest sequence of those batches that asked to open a transaction since the last one ended. */
  readonly #asking = new Map<number, { readonly epoch: number; readonly lowestSequence: number }>();

  /** Judges a client's batch: resends within the last five are duplicates, old epochs and gaps in the sequence are refused. */
  judge(header: BatchHeader): Verdict {
    const { producerId, producerEpoch } = header;
    if (producerId < 0) return APPEND;
    const producer = this.#producers.get(producerId);
    if (producer === undefined) {
      return this.#skipsAhead(header) ? refuse(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER) : APPEND;
    }
    const duplicate = duplicateOf(producer, header);
    if (duplicate !== undefined) return { kind: 'duplicate', of: duplicate };
    if (producerEpoch < producer.epoch) return refuse(ErrorCode.INVALID_PRODUCER_EPOCH);
    if (this.#skipsAhead(header)) return refuse(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    const last = producerEpoch === producer.epoch ? lastSequence(producer) : -1;
    if (header.baseSequence !== sequenceAfter(last)) return refuse(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    if (this.#open.has(producerId) && !header.isTransactional) return refuse(ErrorCode.INVALID_TXN_STATE);
    return APPEND;
  }

  /** A batch asks to open a transaction here; whether it may is for the coordinator to say. Of those that ask, the lowest must be first. */
  asked({ producerId, producerEpoch: epoch, baseSequence }: BatchHeader): void {
    const before = this.#asking.get(producerId);
    if (before !== undefined && epoch < before.epoch) return;
    const lowestSequence = before?.epoch === epoch ? Math.min(before.lowestSequence, baseSequence) : baseSequence;
    this.#asking.set(producerId, { epoch, lowestSequence });
  }

  #skipsAhead(header: BatchHeader): boolean {
    const asking = header.isTransactional ? this.#asking.get(header.producerId) : undefined;
    return asking !== undefined && header.baseSequence > asking.lowestSequence;
  }

  /** Remembers a client's batch that was appended at the offset. */
  appended(header: BatchHeader, baseOffset: number): void {
    const { producerId, producerEpoch, baseSequence, lastOffsetDelta } = header;
    if (producerId < 0) return;
    const producer = this.#enter(producerId, producerEpoch);
    producer.batches.push({
      firstSequence: baseSequence,
      lastSequence: sequencePlus(baseSequence, lastOffsetDelta),
      baseOffset,
      lastOffset: baseOffset + lastOffsetDelta,
      maxTimestamp: header.maxTimestamp,
    });
    if (producer.batches.length > REMEMBERED_BATCHES) producer.batches.shift();
    if (!header.isTransactional) return;
    this.#asking.delete(producerId);
    if (!this.#open.has(producerId)) this.#open.set(producerId, baseOffset);
  }

  /** False when a marker of this epoch comes from a coordinator that a later one has overtaken. */
  acceptsMarker(producerId: number, epoch: number): boolean {
    const producer = this.#producers.get(producerId);
    return producer === undefined || epoch >= producer.epoch;
  }

  /** Ends the producer's transaction; returns its first offset, or -1 when it wrote nothing here since the last marker. */
  ended(producerId: number, epoch: number): number {
    this.#enter(producerId, epoch);
    const firstOffset = this.#open.get(producerId) ?? -1;
    this.#open.delete(producerId);
    this.#asking.delete(producerId);
    return firstOffset;
  }

  hasOpenTransaction(producerId: number, epoch: number): boolean {
    return this.#open.has(producerId) && this.#producers.get(producerId)?.epoch === epoch;
  }

  /** Where the earliest open transaction begins; Infinity when none is open. */
  get firstOpenOffset(): number {
    for (const offset of this.#open.values()) return offset;
    return Infinity;
  }

  /** Whether the batch is the one that a restarted broker would need to know this producer's sequence from: compaction keeps it. */
  needs(header: BatchHeader, lastOffset: number): boolean {
    const producer = this.#producers.get(header.producerId);
    if (producer === undefined) return false;
    if (producer.batches.length === 0) return header.isControl && header.producerEpoch === producer.epoch;
    return producer.batches.at(-1)!.lastOffset === lastOffset;
  }

  #enter(producerId: number, epoch: number): Producer {
    let producer = this.#producers.get(producerId);
    if (producer === undefined) {
      producer = { epoch, batches: [] };
      this.#producers.set(producerId, producer);
    } else if (producer.epoch !== epoch) {
      producer.epoch = epoch;
      producer.batches = [];
    }
    return producer;
  }
}

const refuse = (errorCode: number): Verdict => ({ kind: 'refuse', errorCode });

const sequencePlus = (sequence: number, delta: number): number => (sequence + delta) % (MAX_SEQUENCE + 1);

const sequenceAfter = (sequence: number): number => sequencePlus(sequence, 1);

const lastSequence = (producer: Producer): number => producer.batches.at(-1)?.lastSequence ?? -1;

function duplicateOf(producer: Producer, header: BatchHeader): RememberedBatch | undefined {
  if (producer.epoch !== header.producerEpoch) return undefined;
  const first = header.baseSequence;
  const last = sequencePlus(first, header.lastOffsetDelta);
  return producer.batches.find((batch) => batch.firstSequence === first && batch.lastSequence === last);
}

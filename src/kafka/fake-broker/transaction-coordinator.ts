import type { TopicPartition } from '../../core/task.ts';
import type { ApiReply, ApiRequest } from '../api.ts';
import { ErrorCode } from '../error-codes.ts';
import type { Deadline, Timers } from './timers.ts';
import type { Topics } from './topics.ts';

const MAX_TIMEOUT_MS = 15 * 60 * 1000;
const LAST_EPOCH = 0x7fff - 1;
/** How long a marker waits for a partition without a leader before it is tried again. */
const MARKER_RETRY_MS = 10;

/**
 *               AddPartitions          EndTxn, or Init / timeout (abort, epoch bumped)
 *     Empty ─────────────────▶ Ongoing ───────▶ PrepareCommit ───▶ CompleteCommit
 *       ▲                       ▲    └────────▶ PrepareAbort  ───▶ CompleteAbort
 *       │ Init (epoch bumped)   │ AddPartitions      markers written   │ │
 *       └───────────────────────┼───────────────────────────────────────┘ │
 *                               └─────────────────────────────────────────┘
 *
 * EndTxn is answered in a Prepare state; until the markers are written everybody else hears CONCURRENT_TRANSACTIONS.
 */
const NEXT = {
  Empty: ['Empty', 'Ongoing'],
  Ongoing: ['Ongoing', 'PrepareCommit', 'PrepareAbort'],
  PrepareCommit: ['CompleteCommit'],
  PrepareAbort: ['CompleteAbort'],
  CompleteCommit: ['Empty', 'Ongoing'],
  CompleteAbort: ['Empty', 'Ongoing'],
} as const satisfies Record<string, readonly string[]>;
type State = keyof typeof NEXT;

interface TransactionalId {
  readonly id: string;
  producerId: number;
  epoch: number;
  timeoutMs: number;
  state: State;
  readonly partitions: Map<string, TopicPartition>;
  readonly timeout: Deadline;
}

export interface TransactionCoordinatorOptions {
  readonly topics: Topics;
  readonly timers: Timers;
  /** How long after EndTxn was answered the markers are written; 0 = at the next turn of the microtasks. */
  readonly markerDelayMs: number;
}

/** The transactions of a cluster as the old request versions see them (no epoch bump per transaction: "TV1"). */
export class TransactionCoordinator {
  readonly #options: TransactionCoordinatorOptions;
  readonly #ids = new Map<string, TransactionalId>();
  #nextProducerId = 1000;

  constructor(options: TransactionCoordinatorOptions) {
    this.#options = options;
  }

  /** Fences whoever used the id before. An open transaction is aborted first: CONCURRENT_TRANSACTIONS until that is done. */
  initProducerId(request: ApiRequest<'InitProducerId'>): ApiReply<'InitProducerId'> {
    const { transactionalId, transactionTimeoutMs } = request;
    if (transactionalId === '') return notInitialised(ErrorCode.INVALID_REQUEST);
    if (transactionTimeoutMs <= 0 || transactionTimeoutMs > MAX_TIMEOUT_MS) {
      return notInitialised(ErrorCode.INVALID_TRANSACTION_TIMEOUT);
    }
    const txn = this.#ids.get(transactionalId) ?? this.#enter(transactionalId);
    if (txn.state === 'PrepareCommit' || txn.state === 'PrepareAbort') {
      return notInitialised(ErrorCode.CONCURRENT_TRANSACTIONS);
    }
    if (txn.state === 'Ongoing') {
      this.#fence(txn);
      return notInitialised(ErrorCode.CONCURRENT_TRANSACTIONS);
    }
    txn.epoch++;
    if (txn.epoch > LAST_EPOCH) {
      txn.producerId = this.#nextProducerId++;
      txn.epoch = 0;
    }
    txn.timeoutMs = transactionTimeoutMs;
    become(txn, 'Empty');
    return { errorCode: ErrorCode.NONE, producerId: txn.producerId, epoch: txn.epoch };
  }

  addPartitions(request: ApiRequest<'AddPartitionsToTxn'>): ApiReply<'AddPartitionsToTxn'> {
    const { topics } = this.#options;
    const missing = request.topics.some((each) => !topics.exists(each));
    const errorCode = missing ? ErrorCode.OPERATION_NOT_ATTEMPTED : this.#addPartitions(request);
    return {
      topics: request.topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map((partition) => ({
          partition,
          errorCode:
            topics.partition(topic, partition) === undefined ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : errorCode,
        })),
      })),
    };
  }

  endTxn(request: ApiRequest<'EndTxn'>): ApiReply<'EndTxn'> {
    return { errorCode: this.#endTxn(request) };
  }

  describe(transactionalId: string): ApiReply<'DescribeTransactions'> {
    const txn = this.#ids.get(transactionalId);
    if (txn === undefined) return { errorCode: ErrorCode.TRANSACTIONAL_ID_NOT_FOUND, state: '' };
    return { errorCode: ErrorCode.NONE, state: txn.state };
  }

  /** What a partition's leader asks before it opens a transaction in its log: has the coordinator heard of the partition? */
  verify(transactionalId: string, producerId: number, epoch: number, partitionName: string): number {
    const txn = this.#ids.get(transactionalId);
    if (txn === undefined || txn.producerId !== producerId) return ErrorCode.INVALID_PRODUCER_ID_MAPPING;
    if (txn.epoch !== epoch) return ErrorCode.INVALID_PRODUCER_EPOCH;
    // Produce answers what is transient at the coordinator with NOT_ENOUGH_REPLICAS, which every client sends again.
    if (txn.state === 'PrepareCommit' || txn.state === 'PrepareAbort') return ErrorCode.NOT_ENOUGH_REPLICAS;
    return txn.partitions.has(partitionName) ? ErrorCode.NONE : ErrorCode.INVALID_TXN_STATE;
  }

  /**
   * Forgets the id as a broker does that has not heard of it for a week; the next Init gets another producer id. One with a transaction that
   * is open, or whose markers are still to be written, does not expire.
   */
  expire(transactionalId: string): void {
    const state = this.#ids.get(transactionalId)?.state;
    if (state === 'Ongoing' || state === 'PrepareCommit' || state === 'PrepareAbort') return;
    this.#ids.delete(transactionalId);
  }

  #enter(id: string): TransactionalId {
    const txn: TransactionalId = {
      id,
      producerId: this.#nextProducerId++,
      epoch: -1,
      timeoutMs: 0,
      state: 'Empty',
      partitions: new Map(),
      timeout: this.#options.timers.deadline(() => {
        this.#fence(txn);
      }),
    };
    this.#ids.set(id, txn);
    return txn;
  }

  #addPartitions(request: ApiRequest<'AddPartitionsToTxn'>): number {
    const txn = this.#ids.get(request.transactionalId);
    if (txn === undefined || txn.producerId !== request.producerId) return ErrorCode.INVALID_PRODUCER_ID_MAPPING;
    if (txn.epoch !== request.epoch) return ErrorCode.INVALID_PRODUCER_EPOCH;
    if (txn.state === 'PrepareCommit' || txn.state === 'PrepareAbort') return ErrorCode.CONCURRENT_TRANSACTIONS;
    if (txn.state !== 'Ongoing') {
      txn.partitions.clear();
      txn.timeout.setIn(txn.timeoutMs);
    }
    become(txn, 'Ongoing');
    for (const { topic, partitions } of request.topics) {
      for (const partition of partitions) txn.partitions.set(`${topic}-${partition}`, { topic, partition });
    }
    return ErrorCode.NONE;
  }

  #endTxn({ transactionalId, producerId, epoch, commit }: ApiRequest<'EndTxn'>): number {
    const txn = this.#ids.get(transactionalId);
    if (txn === undefined || txn.producerId !== producerId) return ErrorCode.INVALID_PRODUCER_ID_MAPPING;
    if (txn.epoch !== epoch) return ErrorCode.INVALID_PRODUCER_EPOCH;
    switch (txn.state) {
      case 'Ongoing':
        this.#end(txn, commit);
        return ErrorCode.NONE;
      case 'PrepareCommit':
      case 'PrepareAbort':
        return commit === (txn.state === 'PrepareCommit')
          ? ErrorCode.CONCURRENT_TRANSACTIONS
          : ErrorCode.INVALID_TXN_STATE;
      case 'CompleteCommit':
      case 'CompleteAbort':
        return commit === (txn.state === 'CompleteCommit') ? ErrorCode.NONE : ErrorCode.INVALID_TXN_STATE;
      case 'Empty':
        return ErrorCode.INVALID_TXN_STATE;
    }
  }

  /** Aborts the open transaction under a higher epoch, so that its owner can do nothing more. */
  #fence(txn: TransactionalId): void {
    txn.epoch++;
    this.#end(txn, false);
  }

  #end(txn: TransactionalId, commit: boolean): void {
    txn.timeout.clear();
    become(txn, commit ? 'PrepareCommit' : 'PrepareAbort');
    void this.#complete(txn, commit);
  }

  async #complete(txn: TransactionalId, commit: boolean): Promise<void> {
    const { topics, timers, markerDelayMs } = this.#options;
    if (markerDelayMs > 0) await timers.sleep(markerDelayMs);
    else await Promise.resolve();
    const left = new Map(txn.partitions);
    while (left.size > 0) {
      for (const [name, tp] of left) {
        const partition = topics.partition(tp.topic, tp.partition);
        if (partition?.leader === -1) continue;
        const marker = { type: commit ? 'commit' : 'abort', producerId: txn.producerId, epoch: txn.epoch } as const;
        partition?.log.appendMarker(marker, partition.leaderEpoch, timers.now());
        left.delete(name);
      }
      if (left.size > 0) await timers.sleep(MARKER_RETRY_MS);
    }
    become(txn, commit ? 'CompleteCommit' : 'CompleteAbort');
    txn.partitions.clear();
  }
}

const notInitialised = (errorCode: number): ApiReply<'InitProducerId'> => ({ errorCode, producerId: -1, epoch: -1 });

function become(txn: TransactionalId, next: State): void {
  const allowed: readonly State[] = NEXT[txn.state];
  if (!allowed.includes(next)) throw new Error(`transactional id ${txn.id}: ${txn.state} cannot become ${next}`);
  txn.state = next;
}

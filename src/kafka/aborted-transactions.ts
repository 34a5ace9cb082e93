import type { FetchedPartition } from './api.ts';

/**
 * Which producers' records are aborted at the point that reading has come to. A fetch answer lists the aborted transactions that touch it;
 * each begins at its first offset and ends with the producer's next abort marker. The list comes ordered by where they end, and
 * transactions of different producers overlap, so it is sorted by where they begin.
 */
export class AbortedTransactions {
  readonly #transactions: readonly { producerId: number; firstOffset: number }[];
  readonly #aborting = new Set<number>();
  #next = 0;

  constructor(transactions: FetchedPartition['abortedTransactions']) {
    this.#transactions = [...transactions].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Reading has come to the batch with this base offset: every transaction that begins up to there is open now. */
  advance(baseOffset: number): void {
    while (this.#next < this.#transactions.length && this.#transactions[this.#next].firstOffset <= baseOffset) {
      this.#aborting.add(this.#transactions[this.#next++].producerId);
    }
  }

  /** Whether a transactional record of the producer at this point is aborted. */
  has(producerId: number): boolean {
    return this.#aborting.has(producerId);
  }

  /** Reading has come to an abort marker of the producer. */
  end(producerId: number): void {
    this.#aborting.delete(producerId);
  }
}

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Offset of the abort marker. */
  readonly lastOffset: number;
  /** The last stable offset at the moment the marker was written. */
  readonly lastStableOffset: number;
}

/**
 * The aborted transactions of a partition in the order of their markers, which is not the order of their first offsets: of two that
 * overlap, the one that began later may have ended earlier. Readers get them in this order.
 */
export class AbortedIndex {
  #entries: AbortedTransaction[] = [];

  add(entry: AbortedTransaction): void {
    this.#entries.push(entry);
  }

  /** Those that a reader of [from, to) has to know. */
  overlapping(from: number, to: number): { producerId: number; firstOffset: number }[] {
    const found: { producerId: number; firstOffset: number }[] = [];
    for (const entry of this.#entries) {
      if (entry.lastOffset < from) continue;
      if (entry.firstOffset < to) found.push({ producerId: entry.producerId, firstOffset: entry.firstOffset });
      if (entry.lastStableOffset >= to) break;
    }
    return found;
  }

  /** Whether the producer's record at the offset belongs to an aborted transaction. */
  covers(producerId: number, offset: number): boolean {
    return this.#entries.some(
      (entry) => entry.producerId === producerId && entry.firstOffset <= offset && offset <= entry.lastOffset,
    );
  }

  /** Forgets what ended below the offset, or whatever else `isGone` says. */
  prune(isGone: (entry: AbortedTransaction) => boolean): void {
    this.#entries = this.#entries.filter((entry) => !isGone(entry));
  }
}

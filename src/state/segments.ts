import { segmentOf } from '../core/segment-key.ts';
import type { BucketTable } from './bucket-table.ts';

/** No key begins with it. */
const NO_PREFIX = ':';

/** The tables of a segmented store, by segment and in order of segments: those that have an entry in any layer or in the copy. */
export class Segments {
  readonly #tables = new Map<number, BucketTable>();
  /** Ascending. */
  #order: BucketTable[] = [];
  /** Tables before it are empty as the batch sees them. */
  #head = 0;
  // Keys of a batch lie in few segments, often one after another.
  #lastPrefix = NO_PREFIX;
  #lastTable: BucketTable | undefined;

  get(segment: number): BucketTable | undefined {
    return this.#tables.get(segment);
  }

  /** The table in which the key lies. */
  of(key: string): BucketTable | undefined {
    if (!key.startsWith(this.#lastPrefix)) {
      this.#lastTable = this.#tables.get(segmentOf(key));
      this.#lastPrefix = key.slice(0, key.indexOf(':') + 1);
    }
    return this.#lastTable;
  }

  get all(): readonly BucketTable[] {
    return this.#order;
  }

  /** The smallest segment with entries as the batch sees it. */
  get first(): number {
    while (this.#head < this.#order.length && this.#order[this.#head].size === 0) this.#head++;
    return this.#order[this.#head]?.segment ?? Infinity;
  }

  /** Puts the table in its place, instead of the one that is there. */
  set(table: BucketTable): void {
    const segment = table.segment!;
    const at = this.#indexOf(segment);
    this.#order.splice(at, this.#tables.has(segment) ? 1 : 0, table);
    this.#tables.set(segment, table);
    this.#head = Math.min(this.#head, at);
    this.#lastPrefix = NO_PREFIX;
  }

  delete(table: BucketTable): void {
    if (!this.#tables.delete(table.segment!)) return;
    const at = this.#indexOf(table.segment!);
    this.#order.splice(at, 1);
    if (at < this.#head) this.#head--;
    this.#lastPrefix = NO_PREFIX;
  }

  /** The table is no longer empty, as the batch sees it. */
  occupied(table: BucketTable): void {
    if (this.#head > 0 && table.segment! < (this.#order[this.#head]?.segment ?? Infinity)) {
      this.#head = Math.min(this.#head, this.#indexOf(table.segment!));
    }
  }

  /** Sizes changed everywhere. */
  rewind(): void {
    this.#head = 0;
  }

  /** Where the segment is, or would be. */
  #indexOf(segment: number): number {
    let low = 0;
    let high = this.#order.length;
    if (high === 0 || this.#order[high - 1].segment! < segment) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#order[middle].segment! < segment) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

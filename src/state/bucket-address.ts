import type { BucketTable } from './bucket-table.ts';

/** Bucket `index` of a table while that has `count` buckets. */
export interface BucketAddress {
  readonly table: BucketTable;
  readonly count: number;
  readonly index: number;
}

/** The addresses of some buckets of a table, as it is now. */
export const addressesOf = (table: BucketTable, indexes: Iterable<number>): BucketAddress[] =>
  Array.from(indexes, (index) => ({ table, count: table.count, index }));

/** Buckets of several tables, each once. */
export class BucketSet {
  readonly #tables = new Map<BucketTable, Set<number>>();

  add(table: BucketTable, index: number): void {
    const known = this.#tables.get(table);
    if (known === undefined) this.#tables.set(table, new Set([index]));
    else known.add(index);
  }

  get addresses(): BucketAddress[] {
    return [...this.#tables].flatMap(([table, indexes]) => addressesOf(table, indexes));
  }
}

import type { Schema } from '../core/types.ts';

/** What flows along an edge of the plan: rows of an append-only stream, or changes of a keyed table. */
export interface Relation {
  readonly kind: 'stream' | 'table';
  readonly schema: Schema;
  /** Names that may stand before a dot when its columns are named. */
  readonly qualifiers: readonly string[];
  /** Columns that decide which partition a row lies in; null = not known, so that any keyed step has to repartition. */
  readonly partitioning: readonly number[] | null;
  /** A table's key: positions of those key columns that are still among its columns, and whether that is all of them. */
  readonly key: { readonly columns: readonly number[]; readonly whole: boolean } | null;
}

import type { Schema } from '../core/types.ts';

/** What flows along an edge of the plan: rows of an append-only stream, or changes of a keyed table. */
export interface Relation {
  readonly kind: 'stream' | 'table';
  readonly schema: Schema;
  /** Names that may stand before a dot when its columns are named. */
  readonly qualifiers: readonly string[];
  /** Columns that decide which partition a row lies in; null = not known, so that any keyed step has to repartition. */
  readonly partitioning: readonly number[] | null;
  /** The columns that hold a row's event time; none where there is no watermark. */
  readonly eventTimes: readonly EventTimeColumn[];
  /** Why rows of a table never become final; null where they do, and for a stream, whose rows are final as they come. */
  readonly neverFinal: NeverFinal | null;
  /** A table's key: positions of those key columns that are still among its columns, and whether that is all of them. */
  readonly key: { readonly columns: readonly number[]; readonly whole: boolean } | null;
}

export interface EventTimeColumn {
  readonly column: number;
  readonly kind: EventTimeKind;
}

/** `instant`: a timestamp; `window`: a window, whose event time is its last microsecond; `windowTime`: that microsecond, as a timestamp. */
export type EventTimeKind = 'instant' | 'window' | 'windowTime';

/** One sentence each, without a full stop. */
export interface NeverFinal {
  readonly why: string;
  readonly remedy: string;
}

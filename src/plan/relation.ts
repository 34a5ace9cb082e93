import type { Schema } from '../core/types.ts';
import type { KeyPart } from './table-key.ts';

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
  /** The parts of a table's key; null for a stream. */
  readonly key: readonly KeyPart[] | null;
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

import type { KeyValueStore } from './state.ts';
import type { Row } from './types.ts';

/** Rows of an append-only stream. */
export interface StreamBatch {
  readonly kind: 'stream';
  readonly rows: readonly Row[];
}

/** One change of a table: old null = inserted (or nobody behind asks for old rows), new null = deleted. */
export interface TableChange {
  /** Canonical key string of the row in its table. */
  readonly key: string;
  readonly old: Row | null;
  readonly new: Row | null;
}

/** Changes of a keyed, updating table: at most one per key and batch, netted. */
export interface TableBatch {
  readonly kind: 'table';
  readonly changes: readonly TableChange[];
  /** Rows that will not change any more, each once in the table's life: the watermark has passed them. Not a deletion. */
  readonly final: readonly Row[];
  /** What the operator itself did not take because it came behind the watermark; operators behind it do not hand this on. */
  readonly late: LateRows;
}

export interface LateRows {
  /** Counted as rows of the view's input, also where a partial aggregate stood for several of them. */
  readonly count: number;
  /** The rows themselves, where the view routes them; otherwise empty. */
  readonly rows: readonly Row[];
}

export type Batch = StreamBatch | TableBatch;

export const NONE_LATE: LateRows = { count: 0, rows: [] };
export const EMPTY_STREAM: StreamBatch = { kind: 'stream', rows: [] };
export const EMPTY_TABLE: TableBatch = { kind: 'table', changes: [], final: [], late: NONE_LATE };

/** True when there is nothing in it for an operator to look at. */
export const isEmpty = (batch: Batch): boolean =>
  batch.kind === 'stream'
    ? batch.rows.length === 0
    : batch.changes.length === 0 && batch.final.length === 0 && batch.late.rows.length === 0;

/** Rows of a stream, or changed rows of a table. */
export const batchSize = (batch: Batch): number => (batch.kind === 'stream' ? batch.rows.length : batch.changes.length);

/**
 * What an expression may know besides its row. One value per batch, so that every row of a batch sees the same time.
 */
export interface EvaluationContext {
  /** Batch time in microseconds: what `now()` and `current_timestamp()` give. */
  batchTime: number;
}

/** What goes with rows of which some may fail. */
export interface RowContext extends EvaluationContext {
  /**
   * An expression failed for a row of the operator's input. Throws where the view's error policy stops the topology, and for what is not the
   * row's fault; otherwise the row is taken note of, and the operator leaves it out.
   */
  readonly rejectRow: (row: Row, error: unknown) => void;
}

/** What an operator may know of the batch it works on. It does not know that there is a transaction. */
export interface OperatorContext extends RowContext {
  /** Rows at or before it are late: the watermark that this operator's batch before ran with; microseconds, -Infinity before the first. */
  readonly lateWatermark: number;
  /** State at or before it is final and goes: the watermark that this batch runs with. */
  readonly evictionWatermark: number;
}

/** What an operator that keeps state by event time says of it. Both are asked between batches, and after `process`. */
export interface EventTimeOperator {
  /** The smallest event time in its state; Infinity when it keeps nothing. A batch with a watermark at or above it has something to close. */
  readonly oldest: number;
  /**
   * The watermark of its output once a batch ran with `watermark`: nothing it puts out later is at or before it. Lower than `watermark`
   * while some of what that closes is still to come.
   */
  outputWatermark(watermark: number): number;
}

/**
 * One step of a sub-topology. Takes a batch, returns a batch; awaits only its store, and only once a batch. A row for which an expression
 * fails is rejected and left out: it is in no output, no group and no state. A row of a table that fails leaves the operator's table, as one
 * does that a filter does not let through any more.
 */
export interface Operator {
  /** The view's name. */
  readonly name: string;
  process(input: Batch, context: OperatorContext): Batch | Promise<Batch>;
  /** Null where event time means nothing to it: it is not called without input, and its output has the watermark of its input. */
  readonly eventTime: EventTimeOperator | null;
  /**
   * Every row of the table as of now that does not fail, for output mode complete; `upstream` gives the input table's rows. Null where the
   * operator's output is a stream.
   */
  readonly snapshot: ((upstream: () => AsyncIterable<Row>, context: RowContext) => AsyncIterable<Row>) | null;
}

export interface OperatorSetting {
  readonly store: (name: string) => KeyValueStore;
  /** Whether anything behind the operator looks at the old rows of its changes. */
  readonly oldRowsAsked: boolean;
  /** Whether anything behind the operator looks at the final rows of its table. */
  readonly finalRowsAsked: boolean;
}

/** Makes the operator of one task; the plan holds one per node, the runtime calls it per task. */
export type OperatorFactory = (setting: OperatorSetting) => Operator;

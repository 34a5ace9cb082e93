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
}

export type Batch = StreamBatch | TableBatch;

export const EMPTY_STREAM: StreamBatch = { kind: 'stream', rows: [] };
export const EMPTY_TABLE: TableBatch = { kind: 'table', changes: [] };
export const batchSize = (batch: Batch): number => (batch.kind === 'stream' ? batch.rows.length : batch.changes.length);

/**
 * What an expression may know besides its row. One value per batch, so that every row of a batch sees the same time.
 */
export interface EvaluationContext {
  /** Batch time in microseconds: what `now()` and `current_timestamp()` give. */
  batchTime: number;
}

/** What an operator may know of the batch it works on. It does not know that there is a transaction. */
export interface OperatorContext extends EvaluationContext {
  /** Rows at or before it are late (the watermark of the batch before); microseconds, -Infinity before the first. */
  readonly lateWatermark: number;
  /** State at or before it is evicted (the watermark of this batch). */
  readonly evictionWatermark: number;
}

/**
 * One step of a sub-topology. Takes a batch, returns a batch; awaits only its store, and only once a batch. An expression that fails throws
 * EXPRESSION_FAILED with the row's index in `details.row`.
 */
export interface Operator {
  /** The view's name. */
  readonly name: string;
  process(input: Batch, context: OperatorContext): Batch | Promise<Batch>;
  /**
   * Every row of the table as of now, for output mode complete; `upstream` gives the input table's rows. Null where the operator's output is
   * a stream.
   */
  readonly snapshot: ((upstream: () => AsyncIterable<Row>, context: OperatorContext) => AsyncIterable<Row>) | null;
}

export interface OperatorSetting {
  readonly store: (name: string) => KeyValueStore;
  /** Whether anything behind the operator looks at the old rows of its changes. */
  readonly oldRowsAsked: boolean;
}

/** Makes the operator of one task; the plan holds one per node, the runtime calls it per task. */
export type OperatorFactory = (setting: OperatorSetting) => Operator;

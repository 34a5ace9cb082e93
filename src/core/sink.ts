import type { Row, Schema } from './types.ts';
import type { TaskId } from './task.ts';

/** What a batch means for a sink that is written after the commit. */
export interface SinkDelivery {
  readonly task: TaskId;
  readonly batchId: number;
  readonly outputMode: 'append' | 'update' | 'complete';
  /** append: the new rows; update: the rows that changed; complete: the whole table of this task. */
  readonly rows: readonly Row[];
}

/** A sink outside Kafka, written after the transaction that made its rows. */
export interface ExternalSink {
  deliver(delivery: SinkDelivery): Promise<void>;
  close(): Promise<void>;
}

/** Makes the external sinks of a topology; the composition root hands it to the runtime. */
export type ExternalSinkFactory = (sink: {
  readonly name: string;
  readonly schema: Schema;
  readonly options: ConsoleOptions;
}) => ExternalSink;

export interface ConsoleOptions {
  readonly numRows: number;
  /** Longest cell in characters; 0 = not cut. */
  readonly truncate: number;
}

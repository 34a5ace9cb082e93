import type { Row } from './types.ts';
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

export interface ConsoleOptions {
  readonly numRows: number;
  /** Longest cell in characters; 0 = not cut. */
  readonly truncate: number;
}

import type { Printable } from '../../core/printable.ts';
import type { TopologyState } from '../../core/progress.ts';
import type { Schema } from '../../core/types.ts';
import type { ErrorReport } from '../progress/error-report.ts';
import type { QueryProgress } from '../progress/query-progress.ts';
import type { TaskStatus } from '../progress/task-status.ts';
import type { Throughput } from '../progress/throughput.ts';

/** A topology of this process as the HTTP API sees it. */
export interface RunningTopology {
  readonly name: string;
  state(): TopologyState;
  /** The plan, as `explain --format json` prints it. */
  graph(): unknown;
  /** The last batches, oldest first, at most `limit`. */
  progress(limit: number): readonly QueryProgress[];
  /** The tasks of this process. */
  tasks(): readonly TaskStatus[];
  /** The last failures, oldest first. */
  errors(): readonly ErrorReport[];
  throughput(): Throughput;
  readonly stores: readonly StoreDescription[];
  /** Reads a committed entry. `key` is the text of the key's one column, or a JSON array for several. */
  readStore(store: string, key: string): Promise<StoreAnswer>;
}

export interface StoreDescription {
  readonly name: string;
  readonly keyColumns: Schema;
}

export type StoreAnswer =
  | {
      readonly kind: 'found';
      readonly key: Printable;
      /** The row's columns by name. */
      readonly value: { readonly [column: string]: Printable };
      /** The changelog position that the reading reflects. */
      readonly position: number;
      /** What the view runs with, in ISO 8601; null without event time, or where another process owns the task. */
      readonly watermark: string | null;
      readonly partition: number;
    }
  | { readonly kind: 'absent'; readonly position: number; readonly partition: number }
  /** Another process would know (`owner` is its address), or the state is being restored. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly owner: string | null }
  | { readonly kind: 'unknownStore' }
  | { readonly kind: 'badKey'; readonly reason: string };

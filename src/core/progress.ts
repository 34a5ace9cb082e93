import type { TaskId } from './task.ts';
import type { ErrorCode, MillraceError } from './errors.ts';

/** Milliseconds of one batch by phase; Spark's `durationMs`. */
export interface BatchDurations {
  readonly decode: number;
  readonly process: number;
  /** The part of `process` that waited for state to be loaded. */
  readonly stateRead: number;
  readonly encode: number;
  readonly produce: number;
  readonly commit: number;
  readonly total: number;
}

export interface SourceProgress {
  /** The source, or the sub-topology whose repartition topic it is. */
  readonly source: string;
  /** A repartition topic: its rows came in by a source already. */
  readonly internal: boolean;
  readonly topic: string;
  readonly partition: number;
  readonly startOffset: number;
  readonly endOffset: number;
  /** High watermark of the partition when the batch was taken; -1 when unknown. */
  readonly latestOffset: number;
  /** Last stable offset then; -1 when unknown. */
  readonly lastStableOffset: number;
  readonly rows: number;
  readonly bytes: number;
}

/** Where the owner of a source partition stands now, between batches too. */
export interface SourcePosition {
  readonly source: string;
  /** A repartition topic. */
  readonly internal: boolean;
  readonly topic: string;
  readonly partition: number;
  /** Next offset to be read; behind control records that nothing follows. */
  readonly position: number;
  /** High watermark; -1 when unknown. */
  readonly latestOffset: number;
  /** The sub-topology that reads it. */
  readonly subTopology: string;
  /** Event-time watermark of the task, for its next batch: microseconds, -Infinity before the first; null without event time. */
  readonly watermark: number | null;
}

export interface ViewProgress {
  readonly view: string;
  readonly inputRows: number;
  readonly outputRows: number;
  /** Rows of its input that were not taken because they came behind the watermark. */
  readonly lateRows: number;
}

export interface StoreProgress {
  readonly store: string;
  readonly rowsTotal: number;
  readonly rowsUpdated: number;
  readonly rowsRemoved: number;
  readonly memoryBytes: number;
}

export interface SinkProgress {
  readonly sink: string;
  /** A repartition topic: its rows go on to another sub-topology. */
  readonly internal: boolean;
  readonly rows: number;
}

/** Records or rows that a source, view or sink left out because they failed. */
export interface ErrorProgress {
  readonly place: 'source' | 'view' | 'sink';
  readonly name: string;
  readonly action: 'skip' | 'dlq';
  /** Where the dead letters went; null where there are none. */
  readonly topic: string | null;
  readonly rows: number;
  /** The last of them. `details` is plain data: topic, partition and offset of a record, column, expression. */
  readonly last: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

/** Everything worth knowing of one committed batch; progress, metrics and logs are all made from it. */
export interface BatchProgress {
  readonly task: TaskId;
  readonly batchId: number;
  /** When the batch was committed, ms. */
  readonly timestamp: number;
  readonly batchTime: number;
  /** What the batch ran with, microseconds, -Infinity before the first; null when the task has no event time. */
  readonly watermark: number | null;
  /** Event times of the rows of a source, microseconds; null when there were none. */
  readonly eventTimes: { readonly min: number; readonly max: number; readonly avg: number } | null;
  readonly durations: BatchDurations;
  readonly sources: readonly SourceProgress[];
  readonly views: readonly ViewProgress[];
  readonly stores: readonly StoreProgress[];
  readonly sinks: readonly SinkProgress[];
  /** One for each place where something was left out; mostly none. */
  readonly errors: readonly ErrorProgress[];
  /** ms from the record timestamp of the oldest input row to the commit; null without input. */
  readonly latencyMs: number | null;
  readonly position: number;
}

/**
 * A task's life:
 *
 *     created ─→ claiming ─→ restoring ─→ running ─→ closing ─→ closed
 *                   ↑            │           │          ↑
 *                   └────────────┴───────────┘ recover  │
 *     any state ─────────────────────────────────────────┘ revoked, shut down, or failed (then: failed)
 */
export type TaskState = 'created' | 'claiming' | 'restoring' | 'running' | 'closing' | 'closed' | 'failed';

export type TopologyState = 'starting' | 'restoring' | 'running' | 'stopping' | 'stopped' | 'failed';

export type EngineEvent =
  | { readonly kind: 'topology'; readonly state: TopologyState }
  | { readonly kind: 'assigned'; readonly generation: number; readonly tasks: readonly TaskId[] }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'task'; readonly task: TaskId; readonly state: TaskState; readonly reason: string }
  | { readonly kind: 'restoring'; readonly task: TaskId; readonly remaining: number; readonly rebuild: boolean }
  | {
      readonly kind: 'restored';
      readonly task: TaskId;
      readonly records: number;
      readonly durationMs: number;
      readonly rebuild: boolean;
    }
  | { readonly kind: 'aborted'; readonly task: TaskId; readonly batchId: number; readonly error: MillraceError }
  | { readonly kind: 'error'; readonly task: TaskId | null; readonly error: MillraceError };

/** Hears everything the engine has to say. Must not throw and must not block. */
export interface EngineListener {
  onBatch(progress: BatchProgress): void;
  onEvent(event: EngineEvent): void;
}

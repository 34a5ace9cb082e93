import { taskName } from '../../core/task.ts';
import type { BatchProgress, ErrorProgress, SourceProgress } from '../../core/progress.ts';

/** Offsets as Spark writes those of Kafka: topic, then partition. */
export type TopicOffsets = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * One batch in the shape and the field names of Spark's StreamingQueryProgress. Batches and their ids are per task, which `task` names.
 * Rates that cannot be told (no time passed) are left out, as in Spark.
 */
export interface QueryProgress {
  /** The same over restarts. */
  readonly id: string;
  /** Another for every start. */
  readonly runId: string;
  readonly name: string;
  readonly task: string;
  /** When the batch began, ISO 8601 in UTC. */
  readonly timestamp: string;
  readonly batchId: number;
  /** Milliseconds. */
  readonly batchDuration: number;
  readonly numInputRows: number;
  readonly inputRowsPerSecond?: number;
  readonly processedRowsPerSecond?: number;
  /** Milliseconds by phase; `triggerExecution` is the whole batch. */
  readonly durationMs: Readonly<Record<string, number>>;
  /** In ISO 8601: the watermark that the batch ran with, and the event times of its rows. Empty without event time. */
  readonly eventTime: EventTimeProgress;
  readonly stateOperators: readonly StateOperatorProgress[];
  readonly sources: readonly SourceQueryProgress[];
  readonly sink: { readonly description: string; readonly numOutputRows: number };
  /** What error policies left out of the batch; left out itself where there was nothing. */
  readonly errors?: readonly FailedRows[];
}

export interface FailedRows {
  /** `source`, `view` or `sink` with its name. */
  readonly description: string;
  readonly action: 'skip' | 'dlq';
  readonly numRows: number;
}

export interface EventTimeProgress {
  readonly watermark?: string;
  readonly min?: string;
  readonly max?: string;
  readonly avg?: string;
}

export interface StateOperatorProgress {
  readonly operatorName: string;
  readonly numRowsTotal: number;
  readonly numRowsUpdated: number;
  readonly numRowsRemoved: number;
  readonly memoryUsedBytes: number;
  readonly numRowsDroppedByWatermark: number;
}

export interface SourceQueryProgress {
  readonly description: string;
  readonly startOffset: TopicOffsets;
  readonly endOffset: TopicOffsets;
  readonly latestOffset: TopicOffsets;
  readonly numInputRows: number;
  readonly inputRowsPerSecond?: number;
  readonly processedRowsPerSecond?: number;
}

export interface QueryIdentity {
  readonly id: string;
  readonly runId: string;
  readonly name: string;
}

/** When the batch began, ms: Spark's `timestamp`; ours is that of the commit. */
export const startOf = (batch: BatchProgress): number => batch.timestamp - batch.durations.total;

/** The batch as Spark would report it; `previousStart` is when the task's batch before began, null for its first here. */
export function queryProgress(
  identity: QueryIdentity,
  batch: BatchProgress,
  previousStart: number | null,
): QueryProgress {
  const start = startOf(batch);
  const { total, ...phases } = batch.durations;
  const elapsed = previousStart === null ? Infinity : start - previousStart;
  const userSinks = batch.sinks.filter((sink) => !sink.internal);
  // What a batch that only repartitions puts out is what it sends on.
  const sinks = userSinks.length > 0 ? userSinks : batch.sinks;
  const numInputRows = batch.sources.reduce((rows, source) => rows + source.rows, 0);
  return {
    ...identity,
    task: taskName(batch.task),
    timestamp: new Date(start).toISOString(),
    batchId: batch.batchId,
    batchDuration: rounded(total),
    numInputRows,
    ...rates(numInputRows, elapsed, total),
    durationMs: {
      ...Object.fromEntries(Object.entries(phases).map(([phase, ms]) => [phase, rounded(ms)])),
      triggerExecution: rounded(total),
    },
    eventTime: eventTimeOf(batch),
    stateOperators: batch.stores.map((store) => ({
      operatorName: store.store,
      numRowsTotal: store.rowsTotal,
      numRowsUpdated: store.rowsUpdated,
      numRowsRemoved: store.rowsRemoved,
      memoryUsedBytes: store.memoryBytes,
      // A store has the name of its view.
      numRowsDroppedByWatermark: batch.views.find(({ view }) => view === store.store)?.lateRows ?? 0,
    })),
    sources: batch.sources.map((source) => ({
      description: `Kafka[${source.topic}]`,
      startOffset: offsets(source, source.startOffset),
      endOffset: offsets(source, source.endOffset),
      latestOffset: source.latestOffset < 0 ? {} : offsets(source, source.latestOffset),
      numInputRows: source.rows,
      ...rates(source.rows, elapsed, total),
    })),
    sink: {
      description: sinks.map((sink) => sink.sink).join(', '),
      numOutputRows: sinks.reduce((rows, sink) => rows + sink.rows, 0),
    },
    ...(batch.errors.length === 0 ? {} : { errors: batch.errors.map(failedRows) }),
  };
}

const failedRows = ({ place, name, action, rows }: ErrorProgress): FailedRows => ({
  description: `${place} ${name}`,
  action,
  numRows: rows,
});

function eventTimeOf({ watermark, eventTimes }: BatchProgress): EventTimeProgress {
  const texts = { ...eventTimes, watermark };
  const told = Object.entries(texts).map(([name, at]) => [name, timeText(at)] as const);
  return Object.fromEntries(told.filter(([, text]) => text !== null));
}

/** A time (microseconds) in ISO 8601; null when there is none yet. */
export function timeText(at: number | null): string | null {
  return at === null || !Number.isFinite(at) ? null : new Date(at / 1000).toISOString();
}

const offsets = ({ topic, partition }: SourceProgress, offset: number): TopicOffsets => ({
  [topic]: { [partition]: offset },
});

function rates(
  rows: number,
  elapsedMs: number,
  durationMs: number,
): { inputRowsPerSecond?: number; processedRowsPerSecond?: number } {
  const input = (rows * 1000) / elapsedMs;
  const processed = (rows * 1000) / durationMs;
  return {
    ...(Number.isFinite(input) ? { inputRowsPerSecond: rounded(input) } : {}),
    ...(Number.isFinite(processed) ? { processedRowsPerSecond: rounded(processed) } : {}),
  };
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

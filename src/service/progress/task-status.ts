import { partitionName, taskName } from '../../core/task.ts';
import type { TaskId } from '../../core/task.ts';
import type { BatchProgress, EngineEvent, SourcePosition, SourceProgress, TaskState } from '../../core/progress.ts';
import { timeText } from './query-progress.ts';

/** What is known of a task of this process. */
export interface TaskStatus {
  readonly task: string;
  readonly subTopology: string;
  readonly partition: number;
  readonly state: TaskState;
  /** Why it is in that state; empty when there is nothing to say. */
  readonly reason: string;
  /** Changelog records that it still has to read; null when it is not restoring. */
  readonly restoreRemaining: number | null;
  /** Of the last batch committed here; null before the first, as all that follow. */
  readonly batchId: number | null;
  readonly committedAt: string | null;
  /** Position in the changelog. */
  readonly position: number | null;
  /** For its next batch, in ISO 8601; null without event time, or before its first. */
  readonly watermark: string | null;
  readonly sources: readonly SourceStatus[];
}

/** Where a task stands in one of its input partitions. */
export interface SourceStatus {
  readonly source: string;
  /** A repartition topic, not a source. */
  readonly internal: boolean;
  readonly topic: string;
  readonly partition: number;
  /** Next offset to be read. */
  readonly position: number;
  /** High watermark; null when unknown. */
  readonly latestOffset: number | null;
  readonly lag: number | null;
}

interface Entry {
  readonly task: TaskId;
  state: TaskState;
  reason: string;
  restoreRemaining: number | null;
  last: BatchProgress | null;
}

/** The tasks of one topology in this process: those it owns, and those that failed, until the next assignment without them. */
export class TaskStatuses {
  readonly #entries = new Map<string, Entry>();

  onBatch(batch: BatchProgress): void {
    const entry = this.#entries.get(taskName(batch.task));
    if (entry !== undefined) entry.last = batch;
  }

  onEvent(event: EngineEvent): void {
    switch (event.kind) {
      case 'assigned':
        this.#dropFailedExcept(new Set(event.tasks.map(taskName)));
        for (const task of event.tasks) this.#entry(task);
        break;
      case 'task':
        if (event.state === 'closed') this.#entries.delete(taskName(event.task));
        else {
          const entry = this.#entry(event.task);
          entry.state = event.state;
          entry.reason = event.reason;
          if (event.state !== 'restoring') entry.restoreRemaining = null;
        }
        break;
      case 'restoring':
        this.#entry(event.task).restoreRemaining = event.remaining;
        break;
      case 'restored':
        this.#entry(event.task).restoreRemaining = null;
        break;
      default:
        break;
    }
  }

  /**
   * In the order of sub-topology and partition.
   * @param positions where partitions stand now, as far as known; the others stand where the task's last batch ended
   */
  all(positions: Iterable<SourcePosition>): TaskStatus[] {
    const now = new Map([...positions].map((position) => [partitionName(position), position]));
    return [...this.#entries.values()].map((entry) => statusOf(entry, now)).toSorted(bySubTopologyAndPartition);
  }

  #dropFailedExcept(assigned: ReadonlySet<string>): void {
    for (const [name, { state }] of this.#entries) {
      if (state === 'failed' && !assigned.has(name)) this.#entries.delete(name);
    }
  }

  #entry(task: TaskId): Entry {
    const name = taskName(task);
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      entry = { task, state: 'created', reason: '', restoreRemaining: null, last: null };
      this.#entries.set(name, entry);
    }
    return entry;
  }
}

function statusOf(entry: Entry, now: ReadonlyMap<string, SourcePosition>): TaskStatus {
  const { task, state, reason, restoreRemaining, last } = entry;
  return {
    task: taskName(task),
    subTopology: task.subTopology,
    partition: task.partition,
    state,
    reason,
    restoreRemaining,
    batchId: last?.batchId ?? null,
    committedAt: last === null ? null : new Date(last.timestamp).toISOString(),
    position: last?.position ?? null,
    watermark: timeText(watermarkOf(last, now)),
    sources: (last?.sources ?? []).map((source) => sourceStatus(source, now.get(partitionName(source)))),
  };
}

function watermarkOf(last: BatchProgress | null, now: ReadonlyMap<string, SourcePosition>): number | null {
  const [source] = last?.sources ?? [];
  return (source === undefined ? null : now.get(partitionName(source))?.watermark) ?? last?.watermark ?? null;
}

function sourceStatus(last: SourceProgress, now: SourcePosition | undefined): SourceStatus {
  const { source, internal, topic, partition } = last;
  const position = now?.position ?? last.endOffset;
  const latestOffset = Math.max(last.latestOffset, now?.latestOffset ?? -1);
  return {
    source,
    internal,
    topic,
    partition,
    position,
    latestOffset: latestOffset < 0 ? null : latestOffset,
    lag: latestOffset < 0 ? null : Math.max(0, latestOffset - position),
  };
}

function bySubTopologyAndPartition(a: TaskStatus, b: TaskStatus): number {
  if (a.subTopology !== b.subTopology) return a.subTopology < b.subTopology ? -1 : 1;
  return a.partition - b.partition;
}

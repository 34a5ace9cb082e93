import type { MillraceError } from '../core/errors.ts';
import type { EngineListener, TaskState } from '../core/progress.ts';
import type { StateReading, StoreSpec } from '../core/state.ts';
import type { TaskId } from '../core/task.ts';
import type { TaskPosition } from './batch-loop.ts';
import type { TaskOwner } from './task.ts';
import type { TaskContext } from './task-context.ts';

/** What the engine finds out before any task starts; all workers of the topology get the same. Plain data, so that it can go to a thread. */
export type Prepared = Pick<TaskContext, 'planEpoch' | 'partitions' | 'recordLimits' | 'targets'>;

/** A task as its worker last told of it. */
export interface TaskReport {
  readonly id: TaskId;
  readonly phase: TaskState;
  /** Null while it is not running. */
  readonly position: TaskPosition | null;
}

/** What a worker tells, and what it asks. Besides batches and events of its tasks: */
export interface WorkerListener extends EngineListener, TaskOwner {
  /** Its `tasks` have changed: begun, moved on, ended. */
  onTasks(): void;
  /** The topology cannot go on. */
  onFailure(error: MillraceError): void;
  /** The worker is gone in the midst of its tasks. It says nothing more, and nothing it still does can commit once they have new owners. */
  onLost(error: MillraceError): void;
}

/** Where tasks run: this thread, or another. */
export interface Worker {
  /** What it runs, with what has not finished closing. */
  readonly tasks: readonly TaskReport[];
  /** It is to run these tasks and no others: it starts those it lacks; those not named finish their batch and close. */
  assign(tasks: readonly TaskId[]): void;
  /** A committed entry of the state of one of its tasks; null when it cannot say. */
  read(task: TaskId, store: StoreSpec, key: string): Promise<StateReading | null>;
  /** Closes its tasks and then itself; resolves, too, when it is lost meanwhile. */
  close(): Promise<void>;
}

/** The workers that an engine is to have. */
export interface WorkerSupply {
  readonly count: number;
  /** A worker that is lost five times within this time is not replaced any more: the topology fails. */
  readonly lossWindowMs: number;
  /** Makes worker `index`, at the start and again whenever it was lost. */
  open(index: number, prepared: Prepared, listener: WorkerListener): Worker;
}

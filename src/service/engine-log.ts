import { taskName } from '../core/task.ts';
import type { TaskId } from '../core/task.ts';
import type { MillraceError, Recovery } from '../core/errors.ts';
import type { BatchProgress, EngineEvent, EngineListener } from '../core/progress.ts';
import type { Logger } from './log.ts';

/** How loud a failure is: what the engine mends by itself is a warning, what stops work is an error. */
const LEVELS: Readonly<Record<Recovery, 'warn' | 'error'>> = {
  retriable: 'warn',
  aborted: 'warn',
  unknown: 'warn',
  fenced: 'warn',
  corrupted: 'warn',
  user: 'error',
  fatal: 'error',
};

/** Least time between two lines about what is left out at one place. */
const LEFT_OUT_INTERVAL_MS = 10_000;

/**
 * Logs what the engine of one topology tells. Batches are silent unless something was left out of them: in normal operation there is nothing
 * after the start but assignments, restores and the stop.
 */
export class EngineLog implements EngineListener {
  readonly #log: Logger;
  /** By place: when it was last said, and how many rows were left out since. */
  readonly #leftOut = new Map<string, { atMs: number; rows: number }>();
  /** The same error may be told as an event of the batch and of the task. */
  readonly #logged = new WeakSet<MillraceError>();

  constructor(log: Logger, topology: string) {
    this.#log = log.child({ topology });
  }

  /** What the error policy leaves out; the first of it, and then what came of it in each interval. */
  onBatch({ task, timestamp, errors }: BatchProgress): void {
    for (const { place, name, action, rows, last } of errors) {
      const said = this.#leftOut.get(`${place} ${name}`) ?? { atMs: -Infinity, rows: 0 };
      this.#leftOut.set(`${place} ${name}`, said);
      said.rows += rows;
      if (timestamp < said.atMs + LEFT_OUT_INTERVAL_MS) continue;
      const { code, message, details } = last;
      this.#log.warn({ task: taskName(task), action, rows: said.rows, code, details }, message);
      said.atMs = timestamp;
      said.rows = 0;
    }
  }

  onEvent(event: EngineEvent): void {
    switch (event.kind) {
      case 'topology':
        this.#log[event.state === 'failed' ? 'error' : 'info']({ state: event.state }, `topology is ${event.state}`);
        break;
      case 'assigned':
        this.#log.info(
          { generation: event.generation, tasks: event.tasks.map(taskName) },
          `assigned ${event.tasks.length} task${event.tasks.length === 1 ? '' : 's'}`,
        );
        break;
      case 'lost':
        this.#log.warn({ reason: event.reason }, 'membership of the group is lost; joining again');
        break;
      case 'task':
        this.#log.debug({ task: taskName(event.task), state: event.state, reason: event.reason }, 'task state');
        break;
      case 'restoring':
        this.#log.debug({ task: taskName(event.task), remaining: event.remaining }, 'restoring');
        break;
      case 'restored':
        this.#restored(event);
        break;
      case 'aborted':
        this.#failed(event.task, event.error, { batchId: event.batchId });
        break;
      case 'error':
        this.#failed(event.task, event.error, {});
        break;
    }
  }

  /** Nothing to read is nothing to say. */
  #restored({ task, records, durationMs, rebuild }: EngineEvent & { readonly kind: 'restored' }): void {
    const level = records > 0 ? 'info' : 'debug';
    this.#log[level](
      { task: taskName(task), records, durationMs: Math.round(durationMs), rebuild },
      rebuild ? 'state rebuilt' : 'state restored',
    );
  }

  #failed(task: TaskId | null, error: MillraceError, context: Record<string, unknown>): void {
    if (this.#logged.has(error)) return;
    this.#logged.add(error);
    const { code, message, remedy, details, cause } = error;
    this.#log[LEVELS[error.recovery]](
      {
        ...(task === null ? {} : { task: taskName(task) }),
        ...context,
        code,
        remedy,
        ...(Object.keys(details).length === 0 ? {} : { details }),
        // The stack helps only where the defect is ours.
        ...(code === 'INTERNAL' ? { err: error } : cause === undefined ? {} : { cause: causeText(cause) }),
      },
      message,
    );
  }
}

const causeText = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

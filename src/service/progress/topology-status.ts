import { createHash, randomUUID } from 'node:crypto';
import { taskName } from '../../core/task.ts';
import type { TaskId } from '../../core/task.ts';
import type { Clock } from '../../core/clock.ts';
import { MillraceError } from '../../core/errors.ts';
import type { BatchProgress, EngineEvent, EngineListener, SourcePosition, TopologyState } from '../../core/progress.ts';
import { errorReport } from './error-report.ts';
import type { ErrorReport } from './error-report.ts';
import { queryProgress, startOf } from './query-progress.ts';
import type { QueryIdentity, QueryProgress } from './query-progress.ts';
import { Recent } from './recent.ts';
import { TaskStatuses } from './task-status.ts';
import type { TaskStatus } from './task-status.ts';
import { ThroughputMeter } from './throughput.ts';
import type { Throughput } from './throughput.ts';

const DEFAULT_BATCHES = 200;
const ERRORS_KEPT = 100;

export interface TopologyStatusOptions {
  readonly name: string;
  readonly clock: Clock;
  /** Batches remembered, over all tasks. */
  readonly batches?: number;
  /**
   * The positions of the source partitions owned, asked whenever tasks are. Without it tasks stand where their last batch ended, which does
   * not see what arrived, or what a position skipped, since then.
   */
  readonly positions?: () => Iterable<SourcePosition>;
}

/** What was committed since the process started. */
export interface Totals {
  readonly batches: number;
  /** Rows of sources and of the topology's sinks; what passes between its sub-topologies does not count. */
  readonly inputRows: number;
  readonly outputRows: number;
}

interface RememberedBatch {
  readonly batch: BatchProgress;
  readonly previousStart: number | null;
}

/**
 * What one topology in this process is doing and has lately done, gathered from what the engine tells. A batch costs a few assignments
 * here; it takes Spark's shape when somebody asks.
 */
export class TopologyStatus implements EngineListener {
  readonly identity: QueryIdentity;
  readonly #clock: Clock;
  readonly #positions: () => Iterable<SourcePosition>;
  readonly #tasks = new TaskStatuses();
  readonly #batches: Recent<RememberedBatch>;
  readonly #errors = new Recent<ErrorReport>(ERRORS_KEPT);
  /** The same error may be told as an event of the batch and of the task. */
  readonly #reported = new WeakSet<MillraceError>();
  readonly #throughput: ThroughputMeter;
  readonly #lastStarts = new Map<string, number>();
  readonly #totals = { batches: 0, inputRows: 0, outputRows: 0 };
  #state: TopologyState = 'starting';

  constructor({ name, clock, batches = DEFAULT_BATCHES, positions = () => [] }: TopologyStatusOptions) {
    this.identity = { id: stableId(name), runId: randomUUID(), name };
    this.#clock = clock;
    this.#positions = positions;
    this.#batches = new Recent(batches);
    this.#throughput = new ThroughputMeter(clock);
  }

  onBatch(batch: BatchProgress): void {
    const task = taskName(batch.task);
    this.#batches.add({ batch, previousStart: this.#lastStarts.get(task) ?? null });
    this.#lastStarts.set(task, startOf(batch));
    this.#tasks.onBatch(batch);
    let input = 0;
    for (const source of batch.sources) if (!source.internal) input += source.rows;
    let output = 0;
    for (const sink of batch.sinks) if (!sink.internal) output += sink.rows;
    for (const { action, rows, last } of batch.errors) {
      const error = new MillraceError(last.code, last.message, { details: { ...last.details, action, rows } });
      this.#report(batch.task, error);
    }
    this.#throughput.add(input, output);
    this.#totals.batches++;
    this.#totals.inputRows += input;
    this.#totals.outputRows += output;
  }

  onEvent(event: EngineEvent): void {
    this.#tasks.onEvent(event);
    if (event.kind === 'topology') this.#state = event.state;
    else if (event.kind === 'error' || event.kind === 'aborted') this.#report(event.task, event.error);
    else if (event.kind === 'task' && event.state === 'closed') this.#lastStarts.delete(taskName(event.task));
  }

  state(): TopologyState {
    return this.#state;
  }

  /** The last batches of all tasks, oldest first. */
  progress(limit: number): QueryProgress[] {
    return this.#batches
      .last(limit)
      .map(({ batch, previousStart }) => queryProgress(this.identity, batch, previousStart));
  }

  tasks(): readonly TaskStatus[] {
    return this.#tasks.all(this.#positions());
  }

  /** The last failures, oldest first; of what a batch left out at one place the last one, with the number of all. */
  errors(): readonly ErrorReport[] {
    return this.#errors.last(ERRORS_KEPT);
  }

  throughput(): Throughput {
    return this.#throughput.read();
  }

  totals(): Totals {
    return { ...this.#totals };
  }

  #report(task: TaskId | null, error: MillraceError): void {
    if (this.#reported.has(error)) return;
    this.#reported.add(error);
    this.#errors.add(errorReport(this.#clock.now(), task, error));
  }
}

/** A UUID (version 8) that is the same for the same topology, as the id of a Spark query is for the same checkpoint. */
function stableId(name: string): string {
  const bytes = createHash('sha256').update(`millrace/${name}`).digest().subarray(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x80;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

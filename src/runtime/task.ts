import { asMillraceError, MillraceError, type Recovery } from '../core/errors.ts';
import type { TaskState as TaskPhase } from '../core/progress.ts';
import { Signal } from '../core/signal.ts';
import { taskName, type TaskId, type TopicPartition } from '../core/task.ts';
import type { SubTopology } from '../plan/physical-plan.ts';
import { BackOff } from './back-off.ts';
import { BatchLoop, type BatchedTask, type TaskPosition } from './batch-loop.ts';
import { Pace } from './pace.ts';
import { takeOver } from './take-over.ts';
import type { TaskContext } from './task-context.ts';

/**
 * Legal moves between the phases of a task:
 *
 *     created ─→ claiming ─→ restoring ─→ running ─→ closing ─→ closed
 *        │          ↑            │           │          ↑
 *        │          └────────────┴───────────┘ recover  │
 *        └──────────┴────────────┴───────────┴──────────┘ revoked or shut down
 *     any of them ─→ failed
 */
const MOVES: Readonly<Record<TaskPhase, readonly TaskPhase[]>> = {
  created: ['claiming', 'closing'],
  claiming: ['restoring', 'claiming', 'closing', 'failed'],
  restoring: ['running', 'claiming', 'closing', 'failed'],
  running: ['claiming', 'closing', 'failed'],
  closing: ['closed', 'failed'],
  closed: [],
  failed: [],
};

/** What a task asks of the worker that runs it, and tells nobody else. */
export interface TaskOwner {
  /** Whether the task is still this worker's, by a heartbeat sent after the question. */
  confirms(task: TaskId): Promise<boolean>;
  /** A batch begins. It is over with `onBatch`, or an event of the task. */
  onBatchBegun(task: TaskId): void;
}

/** One task from its assignment until it is closed, lost or failed. */
export class Task {
  readonly id: TaskId;
  readonly #subTopology: SubTopology;
  readonly #context: TaskContext;
  readonly #owner: TaskOwner;
  readonly #batched: BatchedTask;
  readonly #backOff: BackOff;
  readonly #wake = new Signal();
  readonly #stop = new AbortController();
  #phase: TaskPhase = 'created';
  #loop: BatchLoop | null = null;
  #lostInput: MillraceError | null = null;

  constructor(id: TaskId, subTopology: SubTopology, context: TaskContext, owner: TaskOwner) {
    this.id = id;
    this.#subTopology = subTopology;
    this.#context = context;
    this.#owner = owner;
    this.#backOff = new BackOff(context.clock, context.random);
    this.#batched = {
      id,
      subTopology,
      context,
      pace: new Pace(context.plan.trigger, leastMsBetweenBatches(context), context.clock),
      backOff: this.#backOff,
      wake: this.#wake,
      trouble: () => this.#lostInput,
      onBatchBegun: () => owner.onBatchBegun(id),
    };
  }

  get phase(): TaskPhase {
    return this.#phase;
  }

  /** Asked to close, whether or not it has got there. */
  get isClosing(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Where the task stands; null while it is not running, and once it is to close: others may have gone on from there. */
  get position(): TaskPosition | null {
    return this.#phase === 'running' && !this.isClosing && this.#loop !== null ? this.#loop.position : null;
  }

  /** Runs the task; resolves when it is closed, rejects when it failed. */
  async run(): Promise<void> {
    const { signal } = this.#stop;
    try {
      while (!signal.aborted) {
        try {
          this.#move('claiming', '');
          const loop = await this.#takeOver(signal);
          this.#move('running', '');
          await loop.run(signal);
        } catch (error) {
          if (signal.aborted) {
            // What became of the last batch may not be known, so that nothing can be built on it.
            await this.#letGo();
            break;
          }
          if (!(await this.#recover(asMillraceError(error)))) break;
        }
      }
    } catch (error) {
      await this.#letGo();
      const failure = asMillraceError(error);
      this.#move('failed', failure.message);
      throw failure;
    }
    this.#move('closing', '');
    await this.#loop?.sayLast();
    await this.#letGo();
    this.#move('closed', '');
  }

  /** Asks the task to finish its batch and close. */
  close(): void {
    this.#stop.abort();
    this.#wake.notify();
  }

  /** Whether the task's input is this partition. */
  reads({ topic, partition }: TopicPartition): boolean {
    return topic === this.#subTopology.input.topic && partition === this.id.partition;
  }

  /** Its input is not where the task thinks: whoever may own the task meanwhile has moved on. It finds out and recovers. */
  lostInput(cause: MillraceError): void {
    this.#lostInput = new MillraceError('PRODUCER_FENCED', `task ${taskName(this.id)}: ${cause.message}`, { cause });
    this.#wake.notify();
  }

  async #takeOver(signal: AbortSignal): Promise<BatchLoop> {
    this.#lostInput = null;
    const ownership = await takeOver(this.id, this.#subTopology, this.#context, {
      signal,
      onRestoring: () => this.#move('restoring', ''),
      onNews: () => this.#wake.notify(),
    });
    this.#loop = new BatchLoop(this.#batched, ownership);
    return this.#loop;
  }

  /** Whether the task goes on, after whatever the error asks for. Throws the error where it cannot. */
  async #recover(error: MillraceError): Promise<boolean> {
    this.#context.listener.onEvent({ kind: 'error', task: this.id, error });
    await this.#letGo();
    switch (error.recovery satisfies Recovery) {
      case 'fenced':
        // Two owners that both believe in their assignment would fence each other for ever.
        if (!(await this.#owner.confirms(this.id))) return false;
        await this.#backOff.wait(this.#stop.signal);
        return true;
      case 'unknown':
      case 'corrupted':
      case 'aborted':
      case 'retriable':
        await this.#backOff.wait(this.#stop.signal);
        return true;
      case 'user':
      case 'fatal':
        throw error;
    }
  }

  async #letGo(): Promise<void> {
    const loop = this.#loop;
    this.#loop = null;
    await loop?.release();
  }

  #move(to: TaskPhase, reason: string): void {
    if (!MOVES[this.#phase].includes(to)) {
      throw new MillraceError('INTERNAL', `task ${taskName(this.id)} cannot go from ${this.#phase} to ${to}`);
    }
    this.#phase = to;
    this.#context.listener.onEvent({ kind: 'task', task: this.id, state: to, reason });
  }
}

/** The task's share of what the topology may ask of the brokers. */
function leastMsBetweenBatches({ plan, partitions, settings }: TaskContext): number {
  let tasks = 0;
  for (const { input } of plan.subTopologies) tasks += partitions.get(input.topic) ?? 0;
  return (1000 * tasks) / settings.transactionsPerSecond;
}

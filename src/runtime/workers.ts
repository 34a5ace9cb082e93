import type { Clock } from '../core/clock.ts';
import { MillraceError } from '../core/errors.ts';
import type { StateReading, StoreSpec } from '../core/state.ts';
import { includesTask, taskName, type TaskId } from '../core/task.ts';
import { distribute } from './distribution.ts';
import type { Prepared, TaskReport, Worker, WorkerListener, WorkerSupply } from './worker.ts';

/** What the workers together tell and ask of the engine. */
export type WorkersListener = Omit<WorkerListener, 'onLost' | 'onBatchBegun'>;

export interface WorkersOptions {
  readonly supply: WorkerSupply;
  readonly prepared: Prepared;
  readonly clock: Clock;
  readonly listener: WorkersListener;
}

/** A worker that is lost this often within `WorkerSupply.lossWindowMs` is not replaced any more. */
const MOST_LOSSES = 5;

interface Slot {
  readonly index: number;
  worker: Worker;
  /** What it is to run. */
  wanted: readonly TaskId[];
  /** What it was told last: the part of it that no other worker still holds. Null = it has to be told in any case. */
  told: readonly TaskId[] | null;
  losses: number[];
}

/**
 * The workers of one topology in this process and who of them runs what. A task that moves from one to another is begun when the first has
 * closed it. A worker that is lost is replaced, and its tasks begin anew there; the others notice nothing.
 */
export class Workers {
  readonly #options: WorkersOptions;
  readonly #slots: Slot[] = [];
  /** The worker that ran each task last. A task that comes back goes there again: its state may still be warm. */
  readonly #homes = new Map<string, number>();
  #closing = false;

  constructor(options: WorkersOptions) {
    this.#options = options;
    for (let index = 0; index < options.supply.count; index++) this.#slots.push(this.#openSlot(index));
  }

  /** The tasks of all workers, with what has not finished closing. */
  get tasks(): TaskReport[] {
    return this.#slots.flatMap(({ worker }) => [...worker.tasks]);
  }

  /** These tasks, and no others, are to run. */
  assign(tasks: readonly TaskId[]): void {
    if (this.#closing) return;
    for (const [name, index] of distribute(tasks, this.#slots.length, this.#homes)) this.#homes.set(name, index);
    for (const slot of this.#slots) {
      slot.wanted = tasks.filter((task) => this.#homes.get(taskName(task)) === slot.index);
      // A worker may have dropped a task that it is given again.
      slot.told = null;
    }
    this.#settle();
  }

  /** A committed entry of the state of a task that runs here; null when nobody can say. */
  async read(task: TaskId, store: StoreSpec, key: string): Promise<StateReading | null> {
    const slot = this.#slots.find(({ wanted }) => includesTask(wanted, task));
    return slot === undefined ? null : slot.worker.read(task, store, key);
  }

  /** Closes all tasks and workers. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#slots.map(({ worker }) => worker.close()));
  }

  #openSlot(index: number): Slot {
    const { supply, prepared } = this.#options;
    const slot: Slot = { index, worker: NOBODY, wanted: [], told: null, losses: [] };
    slot.worker = supply.open(index, prepared, this.#listenerOf(slot));
    return slot;
  }

  #listenerOf(slot: Slot): WorkerListener {
    const { listener } = this.#options;
    return {
      onBatch: (progress) => listener.onBatch(progress),
      onEvent: (event) => listener.onEvent(event),
      // The process may still own a task that has another worker by now.
      confirms: async (task) => (await listener.confirms(task)) && includesTask(slot.wanted, task),
      onBatchBegun: () => undefined,
      onTasks: () => {
        this.#settle();
        listener.onTasks();
      },
      onFailure: (error) => listener.onFailure(error),
      onLost: (error) => this.#replace(slot, error),
    };
  }

  /** Tells each worker of its tasks, but for those that another has not closed yet. */
  #settle(): void {
    if (this.#closing) return;
    const holders = new Map<string, Slot>();
    for (const slot of this.#slots) for (const { id } of slot.worker.tasks) holders.set(taskName(id), slot);
    for (const slot of this.#slots) {
      const free = slot.wanted.filter((task) => (holders.get(taskName(task)) ?? slot) === slot);
      if (slot.told !== null && sameTasks(free, slot.told)) continue;
      slot.told = free;
      slot.worker.assign(free);
    }
  }

  #replace(slot: Slot, error: MillraceError): void {
    const { supply, prepared, clock, listener } = this.#options;
    listener.onEvent({ kind: 'error', task: null, error });
    for (const { id } of slot.worker.tasks) {
      const goesOn = !this.#closing && this.#slots.some(({ wanted }) => includesTask(wanted, id));
      listener.onEvent({ kind: 'task', task: id, state: goesOn ? 'created' : 'closed', reason: error.message });
    }
    slot.worker = NOBODY;
    if (this.#closing) return;
    slot.losses = [...slot.losses.filter((at) => at > clock.now() - supply.lossWindowMs), clock.now()];
    if (slot.losses.length >= MOST_LOSSES) {
      const message = `worker ${slot.index} was lost ${MOST_LOSSES} times in a row, at last: ${error.message}`;
      listener.onFailure(new MillraceError('WORKER_FAILED', message, { cause: error }));
      return;
    }
    slot.worker = supply.open(slot.index, prepared, this.#listenerOf(slot));
    slot.told = null;
    this.#settle();
    listener.onTasks();
  }
}

/** Stands where a worker was lost. */
const NOBODY: Worker = {
  tasks: [],
  assign: () => undefined,
  read: () => Promise.resolve(null),
  close: () => Promise.resolve(),
};

const sameTasks = (a: readonly TaskId[], b: readonly TaskId[]): boolean =>
  a.length === b.length && a.every((task, i) => taskName(task) === taskName(b[i]));

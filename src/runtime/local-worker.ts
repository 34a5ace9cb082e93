import { asMillraceError, MillraceError } from '../core/errors.ts';
import type { StateReading, StoreSpec } from '../core/state.ts';
import { taskName, type TaskId, type TopicPartition } from '../core/task.ts';
import type { SubTopology } from '../plan/physical-plan.ts';
import { Task } from './task.ts';
import type { TaskContext } from './task-context.ts';
import type { TaskReport, Worker, WorkerListener } from './worker.ts';

interface Running {
  readonly task: Task;
  done: Promise<void>;
}

/** Runs tasks in the thread it is made in. */
export class LocalWorker implements Worker {
  readonly #context: TaskContext;
  readonly #listener: WorkerListener;
  readonly #subTopologies: ReadonlyMap<string, SubTopology>;
  readonly #running = new Map<string, Running>();
  #assigned = new Set<string>();

  constructor(context: Omit<TaskContext, 'fetcher' | 'listener'>, listener: WorkerListener) {
    this.#listener = listener;
    this.#subTopologies = new Map(context.plan.subTopologies.map((sub) => [sub.id, sub]));
    const fetcher = context.transport.fetcher({
      maxBufferedBytes: context.settings.fetchBufferBytes,
      onError: (tp, error) => this.#cannotRead(tp, asMillraceError(error)),
    });
    this.#context = {
      ...context,
      fetcher,
      listener: {
        onBatch: (progress) => listener.onBatch(progress),
        onEvent: (event) => {
          listener.onEvent(event);
          if (event.kind === 'task') listener.onTasks();
        },
      },
    };
  }

  get tasks(): readonly TaskReport[] {
    return [...this.#running.values()].map(({ task }) => ({ id: task.id, phase: task.phase, position: task.position }));
  }

  assign(tasks: readonly TaskId[]): void {
    this.#assigned = new Set(tasks.map(taskName));
    for (const [name, { task }] of this.#running) if (!this.#assigned.has(name)) task.close();
    for (const id of tasks) this.#begin(id);
  }

  /** Starts the task unless it runs; one that is still closing is waited for. */
  #begin(id: TaskId): void {
    const name = taskName(id);
    const previous = this.#running.get(name);
    if (previous !== undefined) {
      if (!previous.task.isClosing) return;
      void previous.done.then(() => {
        if (this.#assigned.has(name)) this.#begin(id);
      });
      return;
    }
    const subTopology = this.#subTopologies.get(id.subTopology);
    if (subTopology === undefined) {
      // Another member runs a newer plan; its leader will learn that we cannot take this task.
      const message = `the group assigned ${name}, which this plan does not have`;
      this.#listener.onFailure(new MillraceError('PLAN_INCOMPATIBLE', message));
      return;
    }
    const running = { task: new Task(id, subTopology, this.#context, this.#listener), done: Promise.resolve() };
    this.#running.set(name, running);
    running.done = this.#run(running);
  }

  /** What is out of range for a task that has another owner is no reason to stop: that owner deletes what it has committed. */
  #cannotRead(tp: TopicPartition, error: MillraceError): void {
    const running = [...this.#running.values()].find(({ task }) => task.reads(tp));
    if (error.code === 'OFFSET_OUT_OF_RANGE' && running !== undefined) running.task.lostInput(error);
    else this.#listener.onFailure(error);
  }

  async #run({ task }: Running): Promise<void> {
    let failure: MillraceError | null = null;
    try {
      await task.run();
    } catch (error) {
      failure = asMillraceError(error);
    }
    this.#running.delete(taskName(task.id));
    this.#listener.onTasks();
    if (failure !== null) this.#listener.onFailure(failure);
  }

  read(task: TaskId, store: StoreSpec, key: string): Promise<StateReading | null> {
    return this.#context.state.read(task, store, key);
  }

  async close(): Promise<void> {
    this.assign([]);
    await Promise.all([...this.#running.values()].map(({ done }) => done));
    await this.#context.fetcher.close();
  }
}

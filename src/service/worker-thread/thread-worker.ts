import { extname } from 'node:path';
import { Worker as Thread } from 'node:worker_threads';
import type { Clock } from '../../core/clock.ts';
import { MillraceError } from '../../core/errors.ts';
import type { EngineEvent } from '../../core/progress.ts';
import type { StateReading, StoreSpec } from '../../core/state.ts';
import { taskName, type TaskId } from '../../core/task.ts';
import type { TaskReport, Worker, WorkerListener } from '../../runtime/worker.ts';
import type { FromThread, SentEvent, ThreadSetting, ToThread } from './messages.ts';
import { ErrorReceiver } from './sent-error.ts';
import { Watch } from './watch.ts';

export interface ThreadWorkerOptions {
  readonly index: number;
  readonly setting: ThreadSetting;
  /** A batch that lasts longer costs the thread its life, as does silence for that long. */
  readonly maxBatchMs: number;
  readonly clock: Clock;
  /** Where the thread's console sinks print. */
  readonly print: (text: string) => void;
}

/** The source runs as it is, and the build as JavaScript. */
const ENTRY = new URL(`./thread-main${extname(import.meta.url)}`, import.meta.url);
const LONGEST_WATCH_INTERVAL_MS = 1_000;
/** A query is not worth more patience with a thread that is in the middle of a batch. */
const READ_PATIENCE_MS = 2_000;

/**
 * A worker with a thread of its own, as the main thread sees it.
 *
 *     running ─→ closed
 *        └─────→ lost     the thread ended, or was ended because it was stuck
 */
export class ThreadWorker implements Worker {
  readonly #options: ThreadWorkerOptions;
  readonly #listener: WorkerListener;
  readonly #thread: Thread;
  readonly #watch: Watch;
  readonly #errors = new ErrorReceiver();
  readonly #over = new AbortController();
  readonly #readings = new Map<number, (reading: StateReading | null) => void>();
  #lastReading = 0;
  #reports: readonly TaskReport[] = [];
  /** Tasks that the thread was told to run and has not said anything of yet. */
  readonly #unanswered = new Map<string, TaskId>();
  #assignment = 0;

  constructor(options: ThreadWorkerOptions, listener: WorkerListener) {
    const { index, setting, maxBatchMs, clock } = options;
    this.#options = options;
    this.#listener = listener;
    const interval = Math.min(LONGEST_WATCH_INTERVAL_MS, maxBatchMs / 4);
    this.#watch = new Watch(maxBatchMs, interval, clock.now());
    this.#thread = new Thread(ENTRY, { workerData: setting, name: `${setting.spec.name.value} ${index}` });
    this.#thread.on('message', (message: FromThread) => this.#hear(message));
    this.#thread.on('error', (error) => this.#lose(error instanceof Error ? error.message : String(error), error));
    this.#thread.on('exit', (code) => this.#lose(`its thread ended with code ${code}`));
    void this.#keepWatch(interval);
  }

  get tasks(): readonly TaskReport[] {
    if (this.#unanswered.size === 0) return this.#reports;
    const told = new Set(this.#reports.map(({ id }) => taskName(id)));
    const awaited = [...this.#unanswered].filter(([name]) => !told.has(name));
    return [...this.#reports, ...awaited.map(([, id]) => ({ id, phase: 'created', position: null }) as const)];
  }

  assign(tasks: readonly TaskId[]): void {
    for (const task of tasks) this.#unanswered.set(taskName(task), task);
    this.#send({ kind: 'assign', number: ++this.#assignment, tasks });
  }

  async read(task: TaskId, store: StoreSpec, key: string): Promise<StateReading | null> {
    if (this.#isOver) return null;
    const id = ++this.#lastReading;
    const asked = Promise.withResolvers<StateReading | null>();
    this.#readings.set(id, asked.resolve);
    this.#send({ kind: 'read', id, task, store: store.name, key });
    const answered = new AbortController();
    const patience = this.#options.clock.sleep(READ_PATIENCE_MS, answered.signal).then(() => null);
    const reading = await Promise.race([asked.promise, patience]);
    answered.abort();
    this.#readings.delete(id);
    return reading;
  }

  close(): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    this.#send({ kind: 'close' });
    return new Promise((resolve) => this.#over.signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  /** Ends the thread wherever it is. What it has not committed is done again by whoever gets its tasks. */
  async terminate(): Promise<void> {
    await this.#thread.terminate();
  }

  get #isOver(): boolean {
    return this.#over.signal.aborted;
  }

  #send(message: ToThread): void {
    this.#thread.postMessage(message);
  }

  #hear(message: FromThread): void {
    if (this.#isOver) return;
    const now = this.#options.clock.now();
    this.#watch.heard(now);
    switch (message.kind) {
      case 'status':
        this.#reports = message.tasks;
        if (message.assignment === this.#assignment) this.#unanswered.clear();
        this.#listener.onTasks();
        break;
      case 'begun':
        this.#watch.begun(message.task, now);
        this.#listener.onBatchBegun(message.task);
        break;
      case 'batch':
        this.#watch.over(message.progress.task);
        this.#listener.onBatch(message.progress);
        break;
      case 'event':
        this.#tell(message.event);
        break;
      case 'confirm':
        void this.#confirm(message.id, message.task);
        break;
      case 'reading':
        this.#readings.get(message.id)?.(message.reading);
        break;
      case 'print':
        this.#options.print(message.text);
        break;
      case 'failure':
        this.#listener.onFailure(this.#errors.decode(message.error));
        break;
      case 'closed':
        this.#end();
        break;
    }
  }

  #tell(sent: SentEvent): void {
    const event: EngineEvent =
      sent.kind === 'aborted' || sent.kind === 'error' ? { ...sent, error: this.#errors.decode(sent.error) } : sent;
    if ('task' in event && event.task !== null) this.#watch.over(event.task);
    this.#listener.onEvent(event);
  }

  async #confirm(id: number, task: TaskId): Promise<void> {
    // A membership that cannot say is none to rely on.
    const isOurs = await this.#listener.confirms(task).catch(() => false);
    this.#send({ kind: 'confirmed', id, isOurs });
  }

  async #keepWatch(intervalMs: number): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      await clock.sleep(intervalMs, this.#over.signal);
      if (this.#isOver) return;
      const complaint = this.#watch.complaint(clock.now());
      if (complaint !== null) this.#lose(complaint);
    }
  }

  #lose(reason: string, cause?: unknown): void {
    if (this.#isOver) return;
    const message = `worker ${this.#options.index} is lost: ${reason}`;
    const tasks = this.tasks.map(({ id }) => taskName(id));
    this.#end();
    this.#listener.onLost(new MillraceError('WORKER_LOST', message, { cause, details: { tasks } }));
  }

  /** The end, one way or the other: nothing is heard any more. */
  #end(): void {
    this.#over.abort();
    for (const answer of this.#readings.values()) answer(null);
    void this.terminate();
  }
}

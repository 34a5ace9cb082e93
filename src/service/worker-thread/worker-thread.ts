import { randomUUID } from 'node:crypto';
import type { MessagePort } from 'node:worker_threads';
import { Diagnostics } from '../../core/diagnostic.ts';
import { MillraceError } from '../../core/errors.ts';
import type { EngineEvent } from '../../core/progress.ts';
import { patiently } from '../../core/retry.ts';
import type { StateBackend } from '../../core/state.ts';
import { systemClock } from '../../core/system-clock.ts';
import type { TaskId } from '../../core/task.ts';
import type { Transport } from '../../core/transport.ts';
import { formats } from '../../formats/formats.ts';
import type { PhysicalPlan } from '../../plan/physical-plan.ts';
import { planTopology } from '../../plan/plan.ts';
import { LocalWorker } from '../../runtime/local-worker.ts';
import type { WorkerListener } from '../../runtime/worker.ts';
import { connectKafka } from '../connect-kafka.ts';
import { consoleSinks } from '../console-sinks.ts';
import { openState } from '../remote-services.ts';
import type { FromThread, ThreadSetting, ToThread } from './messages.ts';
import { ErrorSender } from './sent-error.ts';

/** How often the main thread hears where tasks stand, if that has changed; and if it has not. */
const STATUS_INTERVAL_MS = 100;
const LIFE_SIGN_INTERVAL_MS = 1_000;

/**
 * A worker's thread from the inside: a local worker with connections of its own, moved by messages. The main thread is the member of the
 * group; what is asked of the group is asked of it.
 */
export class WorkerThread {
  readonly #setting: ThreadSetting;
  readonly #port: MessagePort;
  readonly #errors = new ErrorSender();
  readonly #close = new AbortController();
  readonly #confirmations = new Map<number, (isOurs: boolean) => void>();
  #lastConfirmation = 0;
  #worker: LocalWorker | null = null;
  #plan: PhysicalPlan | null = null;
  #assignment: ToThread & { readonly kind: 'assign' } = { kind: 'assign', number: 0, tasks: [] };
  #statusIsDue = false;

  constructor(setting: ThreadSetting, port: MessagePort) {
    this.#setting = setting;
    this.#port = port;
  }

  /** Runs until the main thread says `close`. */
  async run(): Promise<void> {
    this.#port.on('message', (message: ToThread) => this.#hear(message));
    const reporting = this.#report();
    try {
      await this.#work();
    } catch (error) {
      if (!this.#isClosing) this.#send({ kind: 'failure', error: this.#errors.encode(error) });
    }
    await this.#untilClosing();
    await reporting;
    this.#send({ kind: 'closed' });
    this.#port.close();
  }

  async #work(): Promise<void> {
    const { config, addresses, settings, prepared } = this.#setting;
    const plan = this.#makePlan();
    this.#plan = plan;
    const transport = await this.#connect();
    const state = openState(config, addresses, plan.name, systemClock);
    const externalSinks = consoleSinks(plan, (text) => this.#send({ kind: 'print', text }));
    const worker = new LocalWorker(
      {
        ...prepared,
        plan,
        settings,
        transport,
        state,
        formats,
        clock: systemClock,
        externalSinks,
        random: Math.random,
        newLogId: randomUUID,
      },
      this.#listener(),
    );
    this.#worker = worker;
    worker.assign(this.#assignment.tasks);
    await this.#untilClosing();
    await closeAll(worker, state, transport);
  }

  #makePlan(): PhysicalPlan {
    const { spec, fingerprint } = this.#setting;
    const plan = planTopology(spec, new Diagnostics());
    if (plan?.fingerprint === fingerprint) return plan;
    throw new MillraceError('INTERNAL', `a worker's plan of ${spec.name.value} differs from the main thread's`);
  }

  #connect(): Promise<Transport> {
    const { config, addresses } = this.#setting;
    return patiently(
      () => connectKafka(config, addresses.brokers),
      systemClock,
      this.#close.signal,
      (error) => this.#tell({ kind: 'error', task: null, error }),
    );
  }

  #listener(): WorkerListener {
    return {
      onBatch: (progress) => this.#send({ kind: 'batch', progress }),
      onEvent: (event) => this.#tell(event),
      onBatchBegun: (task) => this.#send({ kind: 'begun', task }),
      onTasks: () => this.#reportSoon(),
      onFailure: (error) => this.#send({ kind: 'failure', error: this.#errors.encode(error) }),
      onLost: () => undefined,
      confirms: (task) => this.#confirms(task),
    };
  }

  #hear(message: ToThread): void {
    switch (message.kind) {
      case 'assign':
        this.#assignment = message;
        this.#worker?.assign(message.tasks);
        this.#reportSoon();
        break;
      case 'confirmed':
        this.#confirmations.get(message.id)?.(message.isOurs);
        this.#confirmations.delete(message.id);
        break;
      case 'read':
        void this.#read(message);
        break;
      case 'close':
        this.#close.abort();
        break;
    }
  }

  async #read({ id, task, store: name, key }: ToThread & { readonly kind: 'read' }): Promise<void> {
    const sub = this.#plan?.subTopologies.find((candidate) => candidate.id === task.subTopology);
    const store = sub?.stores.find((candidate) => candidate.name === name);
    const reading = store === undefined ? null : await this.#worker?.read(task, store, key).catch(() => null);
    this.#send({ kind: 'reading', id, reading: reading ?? null });
  }

  #confirms(task: TaskId): Promise<boolean> {
    const id = ++this.#lastConfirmation;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#confirmations.set(id, resolve);
    this.#send({ kind: 'confirm', id, task });
    return promise;
  }

  #tell(event: EngineEvent): void {
    const sent =
      event.kind === 'aborted' || event.kind === 'error'
        ? { ...event, error: this.#errors.encode(event.error) }
        : event;
    this.#send({ kind: 'event', event: sent });
  }

  /** Once for all that happens in this turn of the event loop. */
  #reportSoon(): void {
    if (this.#statusIsDue) return;
    this.#statusIsDue = true;
    setImmediate(() => {
      this.#statusIsDue = false;
      this.#sendStatus();
    });
  }

  #sendStatus(): void {
    // Until there is a worker, nothing that was assigned shows.
    const assignment = this.#worker === null ? 0 : this.#assignment.number;
    this.#send({ kind: 'status', assignment, tasks: this.#worker?.tasks ?? [] });
  }

  async #report(): Promise<void> {
    let last = '';
    let sentAt = -Infinity;
    while (!this.#isClosing) {
      const status = JSON.stringify(this.#worker?.tasks);
      const now = systemClock.now();
      if (status !== last || now - sentAt >= LIFE_SIGN_INTERVAL_MS) {
        last = status;
        sentAt = now;
        this.#sendStatus();
      }
      await systemClock.sleep(STATUS_INTERVAL_MS, this.#close.signal);
    }
  }

  get #isClosing(): boolean {
    return this.#close.signal.aborted;
  }

  #untilClosing(): Promise<void> {
    if (this.#isClosing) return Promise.resolve();
    return new Promise((resolve) => this.#close.signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  #send(message: FromThread): void {
    this.#port.postMessage(message);
  }
}

async function closeAll(worker: LocalWorker, state: StateBackend, transport: Transport): Promise<void> {
  await worker.close();
  await state.close();
  await transport.close();
}

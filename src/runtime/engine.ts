import { asMillraceError, type MillraceError } from '../core/errors.ts';
import type { SourcePosition, TopologyState } from '../core/progress.ts';
import { patiently } from '../core/retry.ts';
import type { StateReading, StoreSpec } from '../core/state.ts';
import { includesTask, taskName, type TaskId } from '../core/task.ts';
import type { GroupAssignment, GroupMembership } from '../core/transport.ts';
import { runsToAnEnd, type SubTopology } from '../plan/physical-plan.ts';
import { sourceEnds, untilDrained } from './available-now.ts';
import { ownOffsets } from './group-offsets.ts';
import { Housekeeping } from './housekeeping.ts';
import { prepareTopics } from './internal-topics.ts';
import { LocalWorker } from './local-worker.ts';
import { recordPlan } from './plan-topic.ts';
import { recordLimits } from './record-size.ts';
import type { TaskContext } from './task-context.ts';
import type { Prepared, TaskReport, WorkerSupply } from './worker.ts';
import { Workers } from './workers.ts';

export interface EngineOptions extends Omit<TaskContext, keyof Prepared | 'fetcher'> {
  /** Where tasks run; left out = all of them in this thread. */
  readonly workers?: WorkerSupply;
}

/**
 * One topology in one process: the one member of the topology's group, whose workers run the tasks that the group gives it.
 *
 *     starting ─→ running ⇄ restoring ─→ stopping ─→ stopped
 *        └───────────┴──────────┴──────────→ failed
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #subTopologies: ReadonlyMap<string, SubTopology>;
  readonly #house: Housekeeping;
  readonly #stop = new AbortController();
  readonly #failed = Promise.withResolvers<never>();
  #prepared: Prepared | null = null;
  #offsetsBefore: ReadonlyMap<string, string> = new Map();
  #workers: Workers | null = null;
  #membership: GroupMembership | null = null;
  #assignment: GroupAssignment | null = null;
  #background: Promise<void> = Promise.resolve();
  #state: TopologyState = 'starting';
  #failure: MillraceError | null = null;

  constructor(options: EngineOptions) {
    const { plan, transport, clock } = options;
    this.#options = options;
    this.#subTopologies = new Map(plan.subTopologies.map((sub) => [sub.id, sub]));
    this.#house = new Housekeeping(plan, transport, clock, () => this.#owned(this.#tasks()));
    this.#failed.promise.catch(() => undefined);
  }

  /**
   * Prepares topics, joins the group, and runs until `stop`. Waits for brokers and Redis that are away; rejects when it cannot begin. When
   * it is stopped before it has begun, it never does.
   */
  async start(): Promise<void> {
    const { clock, listener } = this.#options;
    this.#setState('starting');
    try {
      const onRetry = (error: MillraceError): void => listener.onEvent({ kind: 'error', task: null, error });
      this.#prepared = await patiently(() => this.#prepare(), clock, this.#stop.signal, onRetry);
      if (this.#stop.signal.aborted) return;
      this.#workers = this.#open(this.#prepared);
      this.#membership = await this.#join();
      if (this.#stop.signal.aborted) return await this.#membership.leave();
      this.#background = this.#house.run(this.#stop.signal);
    } catch (error) {
      // What it was waiting for, when it was asked to stop, is no failure.
      if (this.#stop.signal.aborted) return;
      this.#fail(asMillraceError(error));
      throw error;
    }
  }

  async #prepare(): Promise<Prepared> {
    const { plan, transport, settings, state } = this.#options;
    const partitions = await prepareTopics(plan, transport, settings.replicationFactor);
    const planEpoch = await recordPlan(plan, this.#options);
    this.#offsetsBefore = await ownOffsets(plan, transport, partitions);
    if (plan.subTopologies.some((sub) => sub.stores.length > 0)) await state.check();
    const targets = runsToAnEnd(plan.trigger) ? await sourceEnds(plan, transport, partitions) : null;
    return { planEpoch, partitions, recordLimits: await recordLimits(plan, transport), targets };
  }

  #open(prepared: Prepared): Workers {
    const { workers: supply = here(this.#options), clock, listener } = this.#options;
    return new Workers({
      supply,
      prepared,
      clock,
      listener: {
        onBatch: (progress) => listener.onBatch(progress),
        onEvent: (event) => listener.onEvent(event),
        onTasks: () => this.#noteProgress(),
        onFailure: (error) => this.#fail(error),
        confirms: (task) => this.#confirms(task),
      },
    });
  }

  #join(): Promise<GroupMembership> {
    const { plan, transport, settings } = this.#options;
    const group = {
      groupId: plan.name,
      families: plan.subTopologies.map((sub) => ({ subTopology: sub.id, inputTopics: [sub.input.topic] })),
      sessionTimeoutMs: settings.sessionTimeoutMs,
      planHash: plan.fingerprint,
      address: settings.address,
    };
    return transport.join(group, {
      onAssignment: (assignment) => this.#assign(assignment),
      onLost: (reason) => this.#lose(reason),
      onFailure: (error) => this.#fail(asMillraceError(error)),
    });
  }

  get state(): TopologyState {
    return this.#state;
  }

  /** The tasks of this process, as their workers last told of them. */
  get tasks(): readonly TaskReport[] {
    return this.#tasks();
  }

  /** Where this process has come in the partitions of its inputs, as of now. */
  inputPositions(): SourcePosition[] {
    return this.#tasks().flatMap(({ id, position }) => {
      const input = this.#subTopologies.get(id.subTopology)?.input;
      if (input === undefined || position === null) return [];
      const { topic, partition, consumed, latest, watermark } = position;
      const internal = input.kind === 'repartition';
      const source = input.kind === 'source' ? input.source : id.subTopology;
      const { subTopology } = id;
      return [{ source, internal, topic, partition, position: consumed, latestOffset: latest, subTopology, watermark }];
    });
  }

  /** The address of the process that owns the task; null when it is not known. */
  ownerOf(task: TaskId): string | null {
    return this.#assignment?.owners.get(taskName(task)) ?? null;
  }

  /** What the view runs with in a task of this process, microseconds; null where that is not known here, or has no meaning. */
  watermarkOf(view: string, task: TaskId): number | null {
    const owned = this.#tasks().find(({ id }) => taskName(id) === taskName(task));
    return owned?.position?.watermarks[view] ?? null;
  }

  /** Number of partitions of a topic of the plan. */
  partitionsOf(topic: string): number {
    return this.#prepared?.partitions.get(topic) ?? 0;
  }

  /** A committed entry of the state of a task of this process, from the worker that runs it; null when it cannot say. */
  read(task: TaskId, store: StoreSpec, key: string): Promise<StateReading | null> {
    return this.#workers?.read(task, store, key) ?? Promise.resolve(null);
  }

  /**
   * Resolves when everything that was there at the start is processed and committed, by whichever members, and can be read (triggers
   * availableNow and once); rejects when the topology failed. Never resolves with another trigger.
   */
  async finished(): Promise<void> {
    const prepared = this.#prepared;
    if (prepared === null || prepared.targets === null) return this.#failed.promise;
    const context = { ...this.#options, ...prepared };
    const mirror = (): Promise<void> => this.#house.mirror();
    return Promise.race([
      this.#failed.promise,
      untilDrained(context, prepared.targets, mirror, this.#offsetsBefore, this.#stop.signal),
    ]);
  }

  /** Finishes the running batches, writes the state out, leaves the group. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    if (this.#state !== 'failed') this.#setState('stopping');
    this.#stop.abort();
    await this.#background;
    const last = this.#tasks();
    await this.#workers?.close();
    await this.#house.mirror(this.#owned(last));
    await this.#membership?.leave();
    if (this.#state === 'stopping') this.#setState('stopped');
  }

  async #confirms(task: TaskId): Promise<boolean> {
    const assignment = await this.#membership?.confirm();
    return includesTask(assignment?.tasks ?? [], task);
  }

  #tasks(): readonly TaskReport[] {
    return this.#workers?.tasks ?? [];
  }

  /** Without those that the group has taken away: what they have come to is for their new owners to say. */
  #owned(tasks: readonly TaskReport[]): readonly TaskReport[] {
    return tasks.filter(({ id }) => this.#isOurs(id));
  }

  #isOurs(task: TaskId): boolean {
    return includesTask(this.#assignment?.tasks ?? [], task);
  }

  #assign(assignment: GroupAssignment): void {
    if (this.#stop.signal.aborted) {
      // What comes to us now, or comes back, nobody here takes up.
      this.#assignment = { ...assignment, tasks: assignment.tasks.filter((task) => this.#isOurs(task)) };
      return;
    }
    this.#assignment = assignment;
    this.#options.listener.onEvent({ kind: 'assigned', generation: assignment.generation, tasks: assignment.tasks });
    this.#workers?.assign(assignment.tasks);
    this.#noteProgress();
  }

  #lose(reason: string): void {
    this.#options.listener.onEvent({ kind: 'lost', reason });
    this.#assignment = null;
    this.#workers?.assign([]);
  }

  #fail(error: MillraceError): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    this.#options.listener.onEvent({ kind: 'error', task: null, error });
    this.#setState('failed');
    this.#failed.reject(error);
  }

  #setState(state: TopologyState): void {
    this.#state = state;
    this.#options.listener.onEvent({ kind: 'topology', state });
  }

  /** Running when every task of this process runs, restoring while one does not. */
  #noteProgress(): void {
    if (this.#state === 'failed' || this.#stop.signal.aborted || this.#assignment === null) return;
    const running = this.#tasks().every(({ phase }) => phase === 'running');
    const state = running ? 'running' : 'restoring';
    if (state !== this.#state) this.#setState(state);
  }
}

/** One worker, in the engine's own thread. */
const here = (options: EngineOptions): WorkerSupply => ({
  count: 1,
  lossWindowMs: 0,
  open: (_, prepared, listener) => new LocalWorker({ ...options, ...prepared }, listener),
});

import { asMillraceError, MillraceError } from '../core/errors.ts';
import type { EngineListener, SourcePosition, TopologyState } from '../core/progress.ts';
import { patiently } from '../core/retry.ts';
import { taskName, type TaskId } from '../core/task.ts';
import type { GroupAssignment, GroupMembership, MirroredOffset } from '../core/transport.ts';
import type { SubTopology } from '../plan/physical-plan.ts';
import { allPartitions, sourceEnds, untilDrained } from './available-now.ts';
import { prepareTopics } from './internal-topics.ts';
import { recordPlan } from './plan-topic.ts';
import { Task, type TaskOwner } from './task.ts';
import type { TaskContext } from './task-context.ts';

/** Marks the group's offsets as written by us; any other value means that somebody reset the group. */
export const OFFSET_TAG = 'millrace';

const MIRROR_INTERVAL_MS = 1_000;
const PURGE_INTERVAL_MS = 10_000;

export type EngineOptions = Omit<TaskContext, 'planEpoch' | 'fetcher' | 'partitions' | 'targets'>;

/**
 * One topology in one process: member of the topology's group, owner of the tasks that the group gives it.
 *
 *     starting ─→ running ⇄ restoring ─→ stopping ─→ stopped
 *        └───────────┴──────────┴──────────→ failed
 */
export class Engine implements TaskOwner {
  readonly #options: EngineOptions;
  readonly #tasks = new Map<string, { readonly task: Task; readonly done: Promise<void> }>();
  readonly #subTopologies: ReadonlyMap<string, SubTopology>;
  readonly #stop = new AbortController();
  readonly #failed = Promise.withResolvers<never>();
  #context: TaskContext | null = null;
  #membership: GroupMembership | null = null;
  #assignment: GroupAssignment | null = null;
  #background: Promise<void> = Promise.resolve();
  #state: TopologyState = 'starting';
  #failure: MillraceError | null = null;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#subTopologies = new Map(options.plan.subTopologies.map((sub) => [sub.id, sub]));
    this.#failed.promise.catch(() => undefined);
  }

  /** Prepares topics, joins the group, and runs until `stop`. Waits for brokers and Redis that are away; rejects when it cannot begin. */
  async start(): Promise<void> {
    const { clock, listener } = this.#options;
    this.#setState('starting');
    try {
      const onRetry = (error: MillraceError): void => listener.onEvent({ kind: 'error', task: null, error });
      const context = await patiently(() => this.#prepare(), clock, this.#stop.signal, onRetry);
      this.#context = context;
      this.#membership = await this.#join(context);
      this.#background = this.#keepHouse(this.#stop.signal);
    } catch (error) {
      this.#fail(asMillraceError(error));
      throw error;
    }
  }

  async #prepare(): Promise<TaskContext> {
    const { plan, transport, settings, state } = this.#options;
    const partitions = await prepareTopics(plan, transport, settings.replicationFactor);
    const planEpoch = await recordPlan(plan, this.#options);
    await this.#refuseForeignOffsets(partitions);
    if (plan.subTopologies.some((sub) => sub.stores.length > 0)) await state.check();
    const targets = plan.trigger.kind === 'availableNow' ? await sourceEnds(plan, transport, partitions) : null;
    const fetcher = transport.fetcher({
      maxBufferedBytes: settings.fetchBufferBytes,
      onError: (_, error) => this.#fail(asMillraceError(error)),
    });
    return { ...this.#options, listener: this.#tasksListener(), planEpoch, partitions, targets, fetcher };
  }

  /** Hears the tasks before the others do, since their phases decide the topology's state. */
  #tasksListener(): EngineListener {
    const { listener } = this.#options;
    return {
      onBatch: (progress) => listener.onBatch(progress),
      onEvent: (event) => {
        listener.onEvent(event);
        if (event.kind === 'task') this.#noteProgress();
      },
    };
  }

  #join({ plan, transport, settings }: TaskContext): Promise<GroupMembership> {
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

  get tasks(): readonly { readonly id: TaskId; readonly phase: string; readonly consumed: number | null }[] {
    return [...this.#tasks.values()].map(({ task }) => ({
      id: task.id,
      phase: task.phase,
      consumed: task.position?.consumed ?? null,
    }));
  }

  /** Where this process has come in the partitions of its inputs, as of now. */
  inputPositions(): SourcePosition[] {
    return [...this.#tasks.values()].flatMap(({ task }) => {
      const input = this.#subTopologies.get(task.id.subTopology)?.input;
      if (input === undefined || task.position === null) return [];
      const { topic, partition, consumed, latest } = task.position;
      const internal = input.kind === 'repartition';
      const source = input.kind === 'source' ? input.source : task.id.subTopology;
      return [{ source, internal, topic, partition, position: consumed, latestOffset: latest }];
    });
  }

  /** The address of the process that owns the task; null when it is not known. */
  ownerOf(task: TaskId): string | null {
    return this.#assignment?.owners.get(taskName(task)) ?? null;
  }

  /** Number of partitions of a topic of the plan. */
  partitionsOf(topic: string): number {
    return this.#context?.partitions.get(topic) ?? 0;
  }

  /**
   * Resolves when everything that was there at the start is processed and committed, by whichever members (trigger availableNow); rejects
   * when the topology failed. Never resolves with another trigger.
   */
  async finished(): Promise<void> {
    const context = this.#context;
    if (context === null || context.targets === null) return this.#failed.promise;
    const mirror = (): Promise<void> => this.#mirror(this.#consumed());
    return Promise.race([this.#failed.promise, untilDrained(context, context.targets, mirror, this.#stop.signal)]);
  }

  /** Finishes the running batches, writes the state out, leaves the group. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    if (this.#state !== 'failed') this.#setState('stopping');
    this.#stop.abort();
    await this.#background;
    const consumed = this.#consumed();
    for (const { task } of this.#tasks.values()) task.close();
    await Promise.all([...this.#tasks.values()].map(({ done }) => done));
    await this.#mirror(consumed);
    await this.#membership?.leave();
    await this.#context?.fetcher.close();
    if (this.#state === 'stopping') this.#setState('stopped');
  }

  /** See TaskOwner. */
  async confirms(task: TaskId): Promise<boolean> {
    const assignment = await this.#membership?.confirm();
    return assignment?.tasks.some((other) => taskName(other) === taskName(task)) ?? false;
  }

  #assign(assignment: GroupAssignment): void {
    if (this.#stop.signal.aborted || this.#context === null) return;
    this.#assignment = assignment;
    this.#options.listener.onEvent({ kind: 'assigned', generation: assignment.generation, tasks: assignment.tasks });
    const wanted = new Set(assignment.tasks.map(taskName));
    for (const [name, { task }] of this.#tasks) if (!wanted.has(name)) task.close();
    for (const id of assignment.tasks) this.#begin(id, this.#context);
    this.#noteProgress();
  }

  /** Starts the task unless it runs; one that is still closing is waited for. */
  #begin(id: TaskId, context: TaskContext): void {
    const name = taskName(id);
    const previous = this.#tasks.get(name);
    if (previous !== undefined) {
      if (!previous.task.isClosing) return;
      void previous.done.then(() => {
        const current = this.#assignment?.tasks.some((other) => taskName(other) === name) ?? false;
        if (current && !this.#stop.signal.aborted) this.#begin(id, context);
      });
      return;
    }
    const subTopology = this.#subTopologies.get(id.subTopology);
    if (subTopology === undefined) {
      // Another member runs a newer plan; its leader will learn that we cannot take this task.
      this.#fail(new MillraceError('PLAN_INCOMPATIBLE', `the group assigned ${name}, which this plan does not have`));
      return;
    }
    const task = new Task(id, subTopology, context, this);
    const done = task.run().then(
      () => this.#end(name, task),
      (error: unknown) => {
        this.#end(name, task);
        this.#fail(asMillraceError(error));
      },
    );
    this.#tasks.set(name, { task, done });
  }

  #end(name: string, task: Task): void {
    if (this.#tasks.get(name)?.task === task) this.#tasks.delete(name);
    this.#noteProgress();
  }

  #lose(reason: string): void {
    this.#options.listener.onEvent({ kind: 'lost', reason });
    this.#assignment = null;
    for (const { task } of this.#tasks.values()) task.close();
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
    const running = [...this.#tasks.values()].every(({ task }) => task.phase === 'running');
    const state = running ? 'running' : 'restoring';
    if (state !== this.#state) this.#setState(state);
  }

  // --- housekeeping ---

  async #keepHouse(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let purgedAt = clock.now();
    while (!signal.aborted) {
      await clock.sleep(MIRROR_INTERVAL_MS, signal);
      if (signal.aborted) return;
      await this.#mirror(this.#consumed());
      if (clock.now() - purgedAt >= PURGE_INTERVAL_MS) {
        purgedAt = clock.now();
        await this.#purge();
      }
    }
  }

  #consumed(): MirroredOffset[] {
    return [...this.#tasks.values()].flatMap(({ task }) => {
      if (task.position === null) return [];
      const { topic, partition, consumed } = task.position;
      return [{ topic, partition, offset: consumed, metadata: OFFSET_TAG }];
    });
  }

  /** The group's offsets are a mirror for lag tools; the truth is in the changelogs, so a failure to write it harms nothing. */
  async #mirror(positions: readonly MirroredOffset[]): Promise<void> {
    const { plan, transport } = this.#options;
    if (positions.length === 0) return;
    await transport.mirrorOffsets(plan.name, positions).catch(() => undefined);
  }

  /** Deletes from repartition topics what their tasks have committed. */
  async #purge(): Promise<void> {
    const { transport } = this.#options;
    const before = [...this.#tasks.values()].flatMap(({ task }) => {
      const internal = this.#subTopologies.get(task.id.subTopology)?.input.kind === 'repartition';
      if (!internal || task.position === null || task.position.committed === 0) return [];
      const { topic, partition, committed } = task.position;
      return [{ topic, partition, offset: committed }];
    });
    if (before.length === 0) return;
    await transport.topics.deleteRecords(before).catch(() => undefined);
  }

  async #refuseForeignOffsets(partitions: ReadonlyMap<string, number>): Promise<void> {
    const { plan, transport } = this.#options;
    const inputs = plan.subTopologies.flatMap((sub) => allPartitions(sub.input.topic, partitions));
    for (const { topic, partition, offset, metadata } of await transport.groupOffsets(plan.name, inputs)) {
      if (metadata === OFFSET_TAG) continue;
      throw new MillraceError(
        'OFFSETS_RESET_BY_OPERATOR',
        `the offset ${offset} of group ${plan.name} on ${topic}-${partition} was not written by Millrace; offsets of record are in the ` +
          'changelogs. To go on from those, delete the group; to start elsewhere, reset the topology',
        { details: { topic, partition, offset } },
      );
    }
  }
}

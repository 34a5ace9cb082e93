import { MillraceError } from '../core/errors.ts';
import type { EngineListener } from '../core/progress.ts';
import type { ExternalSink } from '../core/sink.ts';
import { partitionName, type TopicPartition } from '../core/task.ts';
import type { Transport } from '../core/transport.ts';
import { formats } from '../formats/formats.ts';
import { FakeCluster } from '../kafka/fake-broker/fake-cluster.ts';
import { KafkaTransport } from '../kafka/kafka-transport.ts';
import { userTopics, type PhysicalPlan } from '../plan/physical-plan.ts';
import { Engine } from '../runtime/engine.ts';
import type { EngineSettings } from '../runtime/settings.ts';
import { MemoryBackend } from '../state/memory/backend.ts';
import { PATIENCE_MS, VirtualClock } from './virtual-clock.ts';

const SETTINGS: EngineSettings = {
  maxRowsPerTrigger: 50_000,
  sessionTimeoutMs: 10_000,
  transactionTimeoutMs: 10_000,
  compression: 'none',
  replicationFactor: 1,
  transactionsPerSecond: 1_000_000,
  fetchBufferBytes: 64 << 20,
  address: '',
};

export interface StageOptions {
  readonly plan: PhysicalPlan;
  /** Of every topic of the user. */
  readonly partitions: number;
  readonly startTimeMs: number;
  readonly listener: EngineListener;
  readonly externalSinks: ReadonlyMap<string, ExternalSink>;
}

/**
 * One topology with a broker, a state and a clock of its own, all in this process: the engine as it is in production, but that time goes on
 * only as far as something has to be waited for.
 */
export class Stage {
  readonly clock: VirtualClock;
  readonly transport: Transport;
  readonly #options: StageOptions;
  readonly #cluster: FakeCluster;
  readonly #state = new MemoryBackend();
  #engineTransport: Transport | null = null;
  #engine: Engine | null = null;
  #failure: MillraceError | null = null;

  constructor(options: StageOptions) {
    this.#options = options;
    this.clock = new VirtualClock(options.startTimeMs);
    const transit = (): Promise<void> => Promise.resolve();
    this.#cluster = new FakeCluster({ clock: this.clock, markerDelayMs: 0, transit });
    this.transport = new KafkaTransport(this.#cluster.link(), this.clock);
  }

  /** Why the topology stopped; null while it has not. */
  get failure(): MillraceError | null {
    return this.#failure;
  }

  /** Creates the topics of the user. */
  async open(): Promise<void> {
    const { plan, partitions } = this.#options;
    const { sources, sinks } = userTopics(plan);
    const topics = [...sources, ...sinks].map((name) => ({ name, partitions, replicationFactor: 1, config: KEEP_ALL }));
    await this.passing(this.transport.topics.create(topics));
  }

  /** Starts the topology, which must not run; a failure is kept. */
  async start(): Promise<void> {
    const { plan, listener, externalSinks } = this.#options;
    const { clock } = this;
    let ids = 0;
    this.#failure = null;
    this.#engineTransport = new KafkaTransport(this.#cluster.link(), clock);
    const engine = new Engine({
      plan,
      settings: SETTINGS,
      transport: this.#engineTransport,
      state: this.#state,
      formats,
      clock,
      listener: {
        onBatch: (progress) => listener.onBatch(progress),
        onEvent: (event) => {
          if (event.kind === 'error' && event.task === null && engine.state !== 'starting')
            this.#failure ??= event.error;
          listener.onEvent(event);
        },
      },
      externalSinks,
      random: () => 0.5,
      newLogId: () => `log-${clock.now()}-${ids++}`,
    });
    this.#engine = engine;
    await this.passing(
      engine.start().catch((error: unknown) => {
        this.#failure ??= error instanceof MillraceError ? error : new MillraceError('INTERNAL', String(error));
      }),
    );
  }

  /** Stops the topology, if it runs. */
  async stop(): Promise<void> {
    const engine = this.#engine;
    if (engine === null) return;
    this.#engine = null;
    await this.passing(engine.stop());
    await this.#engineTransport?.close();
  }

  async close(): Promise<void> {
    await this.stop();
    await this.#state.close();
    await this.transport.close();
    await this.#cluster.close();
  }

  /**
   * Lets time go on until the topology has done everything that follows from its input: every task has read its input to the end, has nothing
   * to close, and has told those behind it how far time has come; or until it fails. What only a longer silence would bring (an idle
   * partition, a window that the wall clock closes) is not waited for.
   */
  async untilQuiet(): Promise<void> {
    const { plan } = this.#options;
    const intervalMs = plan.trigger.kind === 'interval' ? plan.trigger.intervalMs : 0;
    const deadline = this.clock.now() + PATIENCE_MS + 10 * intervalMs * plan.subTopologies.length;
    for (;;) {
      await this.clock.settle();
      if (this.#failure !== null) return;
      if (await this.#isQuiet()) return;
      await this.clock.moveToNext(deadline);
    }
  }

  /** Resolves when a run of trigger `once` or `availableNow` is done. */
  async untilFinished(): Promise<void> {
    if (this.#failure !== null || this.#engine === null) return;
    await this.passing(this.#engine.finished().catch(() => undefined));
  }

  /** The result of something that waits for nobody but us and the clock, on which time goes on as far as it has to. Not to be nested. */
  passing<T>(work: Promise<T>): Promise<T> {
    return this.clock.passing(work);
  }

  get tasks(): Engine['tasks'] {
    return this.#engine?.tasks ?? [];
  }

  async #isQuiet(): Promise<boolean> {
    const engine = this.#engine;
    if (engine === null) return true;
    const inputs = this.#options.plan.subTopologies.flatMap(({ input }) =>
      Array.from({ length: engine.partitionsOf(input.topic) }, (_, partition) => ({ topic: input.topic, partition })),
    );
    const { tasks } = engine;
    if (tasks.length < inputs.length) return false;
    const isSettled = tasks.every(
      ({ position }) => position !== null && position.settled && position.tellsAtMs === Infinity,
    );
    if (!isSettled) return false;
    const ends = await this.passing(this.ends(inputs));
    return tasks.every(
      ({ position }) => position !== null && position.read >= (ends.get(partitionName(position)) ?? 0),
    );
  }

  /** Where the partitions end, by `partitionName`. To be awaited by `passing`. */
  async ends(partitions: readonly TopicPartition[]): Promise<Map<string, number>> {
    const offsets = await this.transport.topics.offsets(partitions);
    return new Map([...offsets].map(([name, { end }]) => [name, end]));
  }
}

/** Records may be of any time: what is old is kept, what is to come is taken. */
const KEEP_ALL = { 'retention.ms': '-1', 'message.timestamp.after.max.ms': String(Number.MAX_SAFE_INTEGER) };

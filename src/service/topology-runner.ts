import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { EngineListener, SourcePosition, TopologyState } from '../core/progress.ts';
import type { StateBackend } from '../core/state.ts';
import type { Transport } from '../core/transport.ts';
import { formats } from '../formats/formats.ts';
import { EngineMetrics } from '../metrics/engine-metrics.ts';
import type { MetricRegistry } from '../metrics/metric-registry.ts';
import { explainJson } from '../plan/explain.ts';
import type { PhysicalPlan } from '../plan/physical-plan.ts';
import { Engine } from '../runtime/engine.ts';
import type { EngineSettings } from '../runtime/settings.ts';
import { consoleSinks } from './console-sinks.ts';
import { EngineLog } from './engine-log.ts';
import type { RunningTopology, StoreAnswer, StoreDescription } from './http/running-topology.ts';
import type { Logger } from './log.ts';
import { TopologyStatus } from './progress/topology-status.ts';
import { queryStore } from './store-query.ts';
import type { WorkerThreads } from './worker-thread/worker-threads.ts';

export interface TopologyRunnerOptions {
  readonly plan: PhysicalPlan;
  readonly transport: Transport;
  readonly state: StateBackend;
  readonly settings: EngineSettings;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricRegistry;
  /** Where console sinks print. */
  readonly print: (text: string) => void;
  /** Threads for the tasks; null = they run in this one. */
  readonly threads: WorkerThreads | null;
}

/** Three quarters of the minute that the chart gives a pod to end. */
const DRAIN_MS = 45_000;

/** One topology of this process with everything that watches it. */
export class TopologyRunner implements RunningTopology {
  readonly plan: PhysicalPlan;
  readonly engine: Engine;
  readonly stores: readonly StoreDescription[];
  readonly #transport: Transport;
  readonly #state: StateBackend;
  readonly #status: TopologyStatus;
  readonly #clock: Clock;
  readonly #threads: WorkerThreads | null;

  constructor({ plan, transport, state, settings, clock, log, metrics, print, threads }: TopologyRunnerOptions) {
    this.plan = plan;
    this.#threads = threads;
    this.#transport = transport;
    this.#state = state;
    this.#clock = clock;
    const positions = (): SourcePosition[] => this.engine.inputPositions();
    this.#status = new TopologyStatus({ name: plan.name, clock, positions });
    this.stores = plan.subTopologies
      .flatMap((sub) => sub.stores)
      .map(({ name, keySchema }) => ({ name, keyColumns: keySchema }));
    const { fingerprint } = plan;
    const engineMetrics = new EngineMetrics(metrics, { topology: plan.name, fingerprint, positions });
    this.engine = new Engine({
      plan,
      settings,
      transport,
      state,
      formats,
      clock,
      listener: everyone([this.#status, engineMetrics, new EngineLog(log, plan.name)]),
      externalSinks: consoleSinks(plan, print),
      random: Math.random,
      newLogId: randomUUID,
      ...(threads === null ? {} : { workers: threads }),
    });
  }

  get name(): string {
    return this.plan.name;
  }

  state(): TopologyState {
    return this.engine.state;
  }

  graph(): unknown {
    return explainJson(this.plan);
  }

  progress(limit: number): ReturnType<TopologyStatus['progress']> {
    return this.#status.progress(limit);
  }

  tasks(): ReturnType<TopologyStatus['tasks']> {
    return this.#status.tasks();
  }

  errors(): ReturnType<TopologyStatus['errors']> {
    return this.#status.errors();
  }

  throughput(): ReturnType<TopologyStatus['throughput']> {
    return this.#status.throughput();
  }

  totals(): ReturnType<TopologyStatus['totals']> {
    return this.#status.totals();
  }

  readStore(store: string, key: string): Promise<StoreAnswer> {
    // State in memory is where its task is.
    const state = this.#state.kind === 'memory' ? this.engine : this.#state;
    return queryStore(this.plan, this.engine, state, store, key);
  }

  /** Drains; what does not end in time, because the brokers are away, is left to its successors to sort out. */
  async stop(): Promise<void> {
    const patience = new AbortController();
    try {
      await Promise.race([this.engine.stop(), this.#clock.sleep(DRAIN_MS, patience.signal)]);
    } finally {
      // The process ends when no timer is left.
      patience.abort();
    }
    await this.#threads?.terminate();
    await this.#state.close();
    await this.#transport.close();
  }
}

const everyone = (listeners: readonly EngineListener[]): EngineListener => ({
  onBatch(progress) {
    for (const listener of listeners) listener.onBatch(progress);
  },
  onEvent(event) {
    for (const listener of listeners) listener.onEvent(event);
  },
});

import type { Clock } from '../../../src/core/clock.ts';
import type { MillraceError } from '../../../src/core/errors.ts';
import type { BatchProgress, EngineEvent } from '../../../src/core/progress.ts';
import { formats } from '../../../src/formats/formats.ts';
import type { FakeCluster } from '../../../src/kafka/fake-broker/fake-cluster.ts';
import { KafkaTransport } from '../../../src/kafka/kafka-transport.ts';
import { runsToAnEnd, type PhysicalPlan } from '../../../src/plan/physical-plan.ts';
import { Engine } from '../../../src/runtime/engine.ts';
import { MemoryBackend } from '../../../src/state/memory/backend.ts';
import { SETTINGS } from '../../support/engine-harness.ts';
import { FaultyLink, type Faults } from './faulty-link.ts';

export interface SimulatedProcessOptions {
  readonly cluster: FakeCluster;
  readonly clock: Clock;
  readonly random: () => number;
  readonly faults: Faults;
  readonly plan: PhysicalPlan;
  /** By how much its clock is wrong. */
  readonly skewMs: number;
  readonly maxRowsPerTrigger: number;
}

/** A process that runs a topology, with its own view of the brokers and of the time. */
export class SimulatedProcess {
  readonly #link: FaultyLink;
  readonly #engine: Engine;
  readonly #batches: BatchProgress[] = [];
  readonly #events: EngineEvent[] = [];
  readonly #endsByItself: boolean;

  constructor({ cluster, clock, random, faults, plan, skewMs, maxRowsPerTrigger }: SimulatedProcessOptions) {
    const local: Clock = { now: () => clock.now() + skewMs, sleep: (ms, signal) => clock.sleep(ms, signal) };
    this.#link = new FaultyLink(cluster.link(), clock, random, faults);
    this.#engine = new Engine({
      plan,
      settings: { ...SETTINGS, maxRowsPerTrigger },
      transport: new KafkaTransport(this.#link, local),
      state: new MemoryBackend(),
      formats,
      clock: local,
      listener: { onBatch: (batch) => this.#batches.push(batch), onEvent: (event) => this.#events.push(event) },
      externalSinks: new Map(),
      random,
      newLogId: () => `log ${random()}`,
    });
    this.#endsByItself = runsToAnEnd(plan.trigger);
  }

  /** Stops by itself where the trigger is one of runs to an end. */
  async start(): Promise<void> {
    await this.#engine.start();
    if (!this.#endsByItself) return;
    this.#engine.finished().then(
      () => this.#engine.stop(),
      () => undefined,
    );
  }

  stop(): Promise<void> {
    return this.#engine.stop();
  }

  get isOver(): boolean {
    return this.#engine.state === 'stopped';
  }

  /** Why the topology failed; null while it has not. */
  get failure(): MillraceError | null {
    if (this.#engine.state !== 'failed') return null;
    return this.#events.findLast((event) => event.kind === 'error')?.error ?? null;
  }

  get lateRows(): number {
    return this.#batches.flatMap(({ views }) => views).reduce((sum, view) => sum + view.lateRows, 0);
  }

  /** Batches that did not commit, and tasks that had to begin again. */
  get setbacks(): number {
    return this.#events.filter(({ kind }) => kind === 'error' || kind === 'aborted').length;
  }

  freeze(): void {
    this.#link.freeze();
  }

  thaw(): void {
    this.#link.thaw();
  }

  kill(): void {
    this.#link.kill();
  }
}

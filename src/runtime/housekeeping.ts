import type { Clock } from '../core/clock.ts';
import type { Transport } from '../core/transport.ts';
import type { PhysicalPlan } from '../plan/physical-plan.ts';
import { mirrorPositions } from './group-offsets.ts';
import type { TaskReport } from './worker.ts';

const MIRROR_INTERVAL_MS = 1_000;
const PURGE_INTERVAL_MS = 10_000;

/** What is done beside the batches of a topology, for others' sake: none of it is needed for a result to be right. */
export class Housekeeping {
  readonly #plan: PhysicalPlan;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #tasks: () => readonly TaskReport[];

  /** @param tasks the tasks of this process, as of the call */
  constructor(plan: PhysicalPlan, transport: Transport, clock: Clock, tasks: () => readonly TaskReport[]) {
    this.#plan = plan;
    this.#transport = transport;
    this.#clock = clock;
    this.#tasks = tasks;
  }

  /** Keeps house until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let purgedAt = this.#clock.now();
    while (!signal.aborted) {
      await this.#clock.sleep(MIRROR_INTERVAL_MS, signal);
      if (signal.aborted) return;
      await this.mirror();
      if (this.#clock.now() - purgedAt >= PURGE_INTERVAL_MS) {
        purgedAt = this.#clock.now();
        await this.#purge();
      }
    }
  }

  /** Publishes how far the tasks have come. */
  async mirror(tasks = this.#tasks()): Promise<void> {
    const positions = tasks.flatMap(({ position }) => (position === null ? [] : [position]));
    await mirrorPositions(this.#plan, this.#transport, positions, this.#clock.now());
  }

  /** Deletes from repartition topics what their tasks have committed. */
  async #purge(): Promise<void> {
    const internal = new Set(
      this.#plan.subTopologies.flatMap(({ input }) => (input.kind === 'repartition' ? [input.topic] : [])),
    );
    const before = this.#tasks().flatMap(({ position }) => {
      if (position === null || position.committed === 0 || !internal.has(position.topic)) return [];
      const { topic, partition, committed } = position;
      return [{ topic, partition, offset: committed }];
    });
    if (before.length === 0) return;
    await this.#transport.topics.deleteRecords(before).catch(() => undefined);
  }
}

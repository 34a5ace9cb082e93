import type { Clock } from '../core/clock.ts';
import type { Formats } from '../core/format.ts';
import type { EngineListener } from '../core/progress.ts';
import type { ExternalSink } from '../core/sink.ts';
import type { StateBackend } from '../core/state.ts';
import type { Fetcher, Transport } from '../core/transport.ts';
import type { PhysicalPlan } from '../plan/physical-plan.ts';
import type { EngineSettings } from './settings.ts';

/** What all tasks of a topology in this process share. */
export interface TaskContext {
  readonly plan: PhysicalPlan;
  readonly planEpoch: number;
  readonly settings: EngineSettings;
  readonly transport: Transport;
  readonly fetcher: Fetcher;
  readonly state: StateBackend;
  readonly formats: Formats;
  readonly clock: Clock;
  readonly listener: EngineListener;
  /** Number of partitions of every topic that the plan names. */
  readonly partitions: ReadonlyMap<string, number>;
  /** The largest record that a topic takes, bytes, where one that is larger is left out. */
  readonly recordLimits: ReadonlyMap<string, number>;
  /** Sinks outside Kafka, by name. */
  readonly externalSinks: ReadonlyMap<string, ExternalSink>;
  /** A number in [0, 1), for jitter; seeded in tests. */
  readonly random: () => number;
  /** A fresh identity for a new changelog. */
  readonly newLogId: () => string;
  /** Where `availableNow` stops: end offsets by `partitionName`; null = never. */
  readonly targets: ReadonlyMap<string, number> | null;
}

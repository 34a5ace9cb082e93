import type { BatchProgress, EngineEvent } from '../../core/progress.ts';
import type { StateReading } from '../../core/state.ts';
import type { TaskId } from '../../core/task.ts';
import type { EngineSettings } from '../../runtime/settings.ts';
import type { Prepared, TaskReport } from '../../runtime/worker.ts';
import type { TopologySpec } from '../../topology/spec.ts';
import type { Config } from '../config/config.ts';
import type { ServiceAddresses } from '../remote-services.ts';
import type { SentError } from './sent-error.ts';

/**
 * What passes between the main thread and a worker's. Everything here is plain data, copied on its way.
 */

/** All that a thread needs to run tasks as the main thread would. Nothing of it is read from disk again: the files may have changed. */
export interface ThreadSetting {
  /** The thread makes the plan of it anew, since a plan holds functions. */
  readonly spec: TopologySpec;
  /** Of the main thread's plan. */
  readonly fingerprint: string;
  readonly config: Config;
  readonly addresses: ServiceAddresses;
  readonly settings: EngineSettings;
  readonly prepared: Prepared;
}

export type ToThread =
  /** `number` counts assignments. */
  | { readonly kind: 'assign'; readonly number: number; readonly tasks: readonly TaskId[] }
  | { readonly kind: 'confirmed'; readonly id: number; readonly isOurs: boolean }
  | {
      readonly kind: 'read';
      readonly id: number;
      readonly task: TaskId;
      readonly store: string;
      readonly key: string;
    }
  | { readonly kind: 'close' };

export type FromThread =
  /** Sent when tasks change and once a second besides, as a sign of life. `assignment` is the number of the last one that shows in it. */
  | { readonly kind: 'status'; readonly assignment: number; readonly tasks: readonly TaskReport[] }
  | { readonly kind: 'begun'; readonly task: TaskId }
  | { readonly kind: 'batch'; readonly progress: BatchProgress }
  | { readonly kind: 'event'; readonly event: SentEvent }
  | { readonly kind: 'confirm'; readonly id: number; readonly task: TaskId }
  | { readonly kind: 'reading'; readonly id: number; readonly reading: StateReading | null }
  /** For standard output, which is the main thread's. */
  | { readonly kind: 'print'; readonly text: string }
  | { readonly kind: 'failure'; readonly error: SentError }
  /** The last message. */
  | { readonly kind: 'closed' };

/** An event whose error, if it has one, can be copied. */
export type SentEvent = EngineEvent extends infer E
  ? E extends { readonly error: unknown }
    ? Omit<E, 'error'> & { readonly error: SentError }
    : E
  : never;

import type { Violation } from '../workload/evidence.ts';
import type { Scenario } from './scenario.ts';
import type { Step } from './step.ts';

/** What a run came to. */
export interface Outcome {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly schedule: readonly Step[];
  readonly violations: readonly Violation[];
  /** Records fed, batches committed, copies of state rebuilt, batches and tasks that had to begin again. */
  readonly records: number;
  readonly commits: number;
  readonly rebuilds: number;
  readonly setbacks: number;
  /** How often each fault took place, by its name. */
  readonly faults: ReadonlyMap<string, number>;
  /** Virtual time that went by. */
  readonly virtualMs: number;
  /** Of everything that was ever committed: the same for the same run. */
  readonly digest: string;
}

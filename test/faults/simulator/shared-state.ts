import type { Clock } from '../../../src/core/clock.ts';
import type { StateBackend } from '../../../src/core/state.ts';
import { MemoryBackend } from '../../../src/state/memory/backend.ts';
import type { Life } from './life.ts';
import type { Line } from './line.ts';
import type { Random } from './random.ts';
import type { Step } from './step.ts';

export type RedisContents = ReadonlyMap<string, ReadonlyMap<string, Buffer>>;

/** Where the processes of a simulation keep their state. */
export interface SharedState {
  open(line: Line, life: Life, clock: Clock, random: Random): StateBackend;
  /** What is in Redis; null where there is none. */
  contents(): RedisContents | null;
  /** Keys were deleted one by one, so that nobody need know of those that are left, or of those that are gone. */
  readonly keysDeleted: boolean;
  /** Whether anything went wrong by it. */
  befall(step: RedisStep): boolean;
  /** Redis works from now on. */
  heal(): void;
}

export type RedisStep = Extract<Step, { do: 'redis' }>;

/** Each process has its own, which ends with it. */
export const memoryState: SharedState = {
  open: () => new MemoryBackend(),
  contents: () => null,
  keysDeleted: false,
  befall: () => false,
  heal: () => undefined,
};

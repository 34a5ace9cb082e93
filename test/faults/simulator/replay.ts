import type { ScenarioChoice } from './scenario.ts';
import type { Step } from './step.ts';

/** A run in full: one to be done again, as a failure prints it, or one that was written by hand. */
export interface Replay extends ScenarioChoice {
  readonly seed: number;
  readonly schedule: readonly Step[];
}

/** The schedule, a step a line, ready to be replayed. */
export function replayText(replay: Replay): string {
  const steps = replay.schedule.map((step) => `    ${JSON.stringify(step)}`).join(',\n');
  const { schedule: _, ...rest } = replay;
  return `${JSON.stringify(rest).slice(0, -1)},"schedule":[\n${steps}\n]}`;
}

import { simulateSeed, type SeedOptions } from '../simulator/simulate.ts';
import type { Violation } from '../workload/evidence.ts';
import { mutationNamed } from './mutations.ts';

/** What a trial tells, a line of JSON each: a run begins, a violation ends the trial, or nothing was found. */
export type TrialLine =
  | { readonly kind: 'seed'; readonly seed: number }
  | ({ readonly kind: 'violation'; readonly seed: number } & Violation)
  | { readonly kind: 'over' };

const tell = (line: TrialLine): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

/** Runs the seed; whether everything holds. */
async function holds(seed: number, options: SeedOptions | undefined): Promise<boolean> {
  tell({ kind: 'seed', seed });
  const { violations } = await simulateSeed(seed, options);
  if (violations.length > 0) tell({ kind: 'violation', seed, ...violations[0] });
  return violations.length === 0;
}

// The program of `hunt`: name of the mutation, then first and last seed, or nothing: its history. Runs them until an invariant is broken.
const [name, from, to] = process.argv.slice(2);
const { choice, history } = mutationNamed(name);
if (from === undefined) {
  if (history === undefined) throw new Error(`${name} has no history`);
  await holds(history.seed, history);
} else for (let seed = Number(from); seed <= Number(to) && (await holds(seed, choice)); seed++);
tell({ kind: 'over' });

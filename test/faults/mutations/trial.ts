import { simulateSeed } from '../simulator/simulate.ts';
import type { Violation } from '../workload/evidence.ts';
import { mutationNamed } from './mutations.ts';

/** What a trial tells, a line of JSON each: a seed begins, a violation ends the trial, or nothing was found. */
export type TrialLine =
  | { readonly kind: 'seed'; readonly seed: number }
  | ({ readonly kind: 'violation'; readonly seed: number } & Violation)
  | { readonly kind: 'over' };

const tell = (line: TrialLine): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

// The program of `hunt`: name of the mutation, first and last seed. Simulates them as the mutation chooses, until an invariant is broken.
const [name, from, to] = process.argv.slice(2);
const { choice } = mutationNamed(name);
for (let seed = Number(from); seed <= Number(to); seed++) {
  tell({ kind: 'seed', seed });
  const { violations } = await simulateSeed(seed, choice);
  if (violations.length === 0) continue;
  tell({ kind: 'violation', seed, ...violations[0] });
  break;
}
tell({ kind: 'over' });

import { BATCHES } from './catalogue/batches.ts';
import { COVERED_TWICE } from './catalogue/covered-twice.ts';
import { EVENT_TIMES } from './catalogue/event-time.ts';
import { READING } from './catalogue/reading.ts';
import { STATE } from './catalogue/state.ts';
import { TAKING_OVER } from './catalogue/taking-over.ts';
import { TRANSACTIONS } from './catalogue/transactions.ts';
import { withoutGuards, withoutOneGuard, type Choice, type Mutation } from './mutation.ts';

/** Bugs that share a choice, where they have none of their own. */
const within = (choice: Choice, mutations: readonly Mutation[]): Mutation[] =>
  mutations.map((mutation) => ({ choice, ...mutation }));

/** Every bug that the campaign has to find. */
export const MUTATIONS: readonly Mutation[] = [
  ...within({ parts: ['copies', 'totals'], faults: ['network', 'processes', 'brokers'] }, TRANSACTIONS),
  ...within({ parts: ['copies', 'words'], faults: ['network', 'processes', 'brokers'] }, READING),
  ...within({ parts: ['totals', 'windows'] }, BATCHES),
  ...within({ parts: ['totals', 'windows'] }, TAKING_OVER),
  ...within({ parts: ['totals', 'windows'], faults: ['network', 'processes', 'redis'] }, STATE),
  ...within({ parts: ['tens'], faults: ['network', 'processes', 'brokers'] }, EVENT_TIMES),
  ...COVERED_TWICE.map(withoutGuards),
];

/** Bugs that no seed that was tried finds, and what it would take. The list is to become empty: `run.ts --record` says when it may. */
export const NOT_FOUND_YET: ReadonlyMap<string, string> = new Map<string, string>();

/** Changes that cannot be seen from outside, since another guard covers for the one that they take away. */
export const EQUIVALENTS: readonly Mutation[] = COVERED_TWICE.flatMap(withoutOneGuard);

/**
 * A mutation, or an equivalent, by its name.
 * @throws Error when there is none
 */
export function mutationNamed(name: string): Mutation {
  const found = [...MUTATIONS, ...EQUIVALENTS].find((mutation) => mutation.name === name);
  if (found === undefined) throw new Error(`there is no mutation ${JSON.stringify(name)}`);
  return found;
}

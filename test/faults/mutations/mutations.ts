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

const NOBODY_IS_LATE =
  'the load has no rows that are late, nor any that would be if a window closed early where inputs are idle';

/** Bugs that no seed that was tried finds, and what it would take. The list is to become empty: `run.ts --record` says when it may. */
export const NOT_FOUND_YET: ReadonlyMap<string, string> = new Map([
  ['stale-owner-renews', 'an owner in doubt that sleeps through the whole tenure of another one, and through its end'],
  ['group-offset-ahead', 'a look at the group’s offsets between a batch that was taken and its commit'],
  ['read-before-fence', 'a former owner that commits between two requests of its successor'],
  ['old-tombstones-not-noticed', 'a copy that is older than tombstones are kept'],
  ['idleness-not-taken-back', NOBODY_IS_LATE],
  ['unheard-tasks-left-out', NOBODY_IS_LATE],
  ['idle-behind-a-repartition', NOBODY_IS_LATE],
  ['idle-with-open-windows', NOBODY_IS_LATE],
  ['failing-leader-is-idle', NOBODY_IS_LATE],
  ['late-rows-accepted', NOBODY_IS_LATE],
]);

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

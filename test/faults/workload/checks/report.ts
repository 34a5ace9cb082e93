import type { Invariant, Violation } from '../evidence.ts';

/** Says that an invariant does not hold: where it shows, what was expected and what was found. */
export type Report = (invariant: Invariant, where: string, what: string) => void;

/** Violations that one check may report: what else it finds says nothing new. */
const LIMIT = 20;

/** Reports of one check, into a common list. */
export function reportInto(violations: Violation[]): Report {
  let reported = 0;
  return (invariant, where, what) => {
    if (reported++ < LIMIT) violations.push({ invariant, where, what });
  };
}

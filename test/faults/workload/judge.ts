import { checkAtomicity } from './checks/atomicity.ts';
import { openCase, type Allowances, type Check } from './checks/case.ts';
import { checkChains } from './checks/chain.ts';
import { checkCopies } from './checks/copies.ts';
import { checkIntake } from './checks/intake.ts';
import { checkLate } from './checks/late.ts';
import { checkMarkers } from './checks/markers.ts';
import { checkRedis } from './checks/redis.ts';
import { checkRepartitions } from './checks/repartition.ts';
import { reportInto } from './checks/report.ts';
import { checkRest } from './checks/rest.ts';
import { checkState } from './checks/state.ts';
import { checkTens } from './checks/tens.ts';
import { checkUpdates } from './checks/updates.ts';
import { checkWindows } from './checks/windows.ts';
import type { Evidence, Violation } from './evidence.ts';
import type { Load } from './load.ts';
import type { TopologyOptions } from './topology.ts';

const CHECKS: readonly Check[] = [
  checkCopies,
  checkAtomicity,
  checkUpdates,
  checkWindows,
  checkTens,
  checkRepartitions,
  checkMarkers,
  checkChains,
  checkState,
  checkIntake,
  checkRedis,
  checkRest,
  checkLate,
];

/**
 * Holds the evidence of a topology at rest against what the load asks for. No violation: every invariant that can be seen from the end holds.
 * Each check reports twenty violations at most.
 * @throws RangeError when a topic of the topology is missing in the evidence
 */
export function judge(
  evidence: Evidence,
  load: Load,
  topology: TopologyOptions,
  allowances: Partial<Allowances> = {},
): Violation[] {
  const violations: Violation[] = [];
  const whole = { compacted: false, keysDeleted: false, ...allowances };
  const seen = openCase(evidence, load, topology, whole, reportInto(violations));
  for (const check of CHECKS) check(seen, reportInto(violations));
  return violations;
}

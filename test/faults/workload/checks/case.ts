import type { PhysicalPlan } from '../../../../src/plan/physical-plan.ts';
import { planOf } from '../../../support/plan-of.ts';
import type { Evidence } from '../evidence.ts';
import type { Load } from '../load.ts';
import { topologyYaml, type TopologyOptions } from '../topology.ts';
import { readLate, type LateEvents } from './late.ts';
import type { Report } from './report.ts';
import { readSources, type Sources } from './sources.ts';
import { readTaskLogs, type TaskLog } from './task-logs.ts';

/** Looks at one side of the case. */
export type Check = (seen: Case, report: Report) => void;

/** What faults may have taken from the evidence, so that its absence says nothing. */
export interface Allowances {
  /** Changelogs were compacted: of what lies before the last commit record that is left of the beginning, only the last of each key is there. */
  readonly compacted: boolean;
  /** Keys were deleted from Redis by hand, which nobody need have noticed who had no business with them since. */
  readonly keysDeleted: boolean;
}

/** Everything that a check may look at. */
export interface Case {
  readonly evidence: Evidence;
  readonly load: Load;
  readonly topology: TopologyOptions;
  readonly plan: PhysicalPlan;
  readonly sources: Sources;
  readonly late: LateEvents;
  readonly logs: readonly TaskLog[];
  readonly allowances: Allowances;
}

/** Takes the evidence apart; what makes no sense is reported. */
export function openCase(
  evidence: Evidence,
  load: Load,
  topology: TopologyOptions,
  allowances: Allowances,
  report: Report,
): Case {
  const plan = planOf(topologyYaml(topology));
  const sources = readSources(evidence, load, topology.parts, report);
  const late = readLate(evidence, topology);
  return { evidence, load, topology, plan, sources, late, logs: readTaskLogs(evidence, plan, report), allowances };
}

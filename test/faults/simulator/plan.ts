import type { PhysicalPlan } from '../../../src/plan/physical-plan.ts';
import { planOf } from '../../support/plan-of.ts';

const plans = new Map<string, PhysicalPlan>();

/** The plan of a topology given as text, made once: many seeds run the same one. */
export function knownPlanOf(yaml: string): PhysicalPlan {
  const plan = plans.get(yaml) ?? planOf(yaml);
  plans.set(yaml, plan);
  return plan;
}

import { Diagnostics } from '../../../src/core/diagnostic.ts';
import { planTopology } from '../../../src/plan/plan.ts';
import type { PhysicalPlan } from '../../../src/plan/physical-plan.ts';
import { loadTopology } from '../../../src/topology/load-topology.ts';

const plans = new Map<string, PhysicalPlan>();

/** The plan of a topology given as text. @throws Error with every complaint when it has errors */
export function planOf(yaml: string): PhysicalPlan {
  const known = plans.get(yaml);
  if (known !== undefined) return known;
  const diagnostics = new Diagnostics();
  const spec = loadTopology(yaml, 'simulated.yaml', diagnostics, () => undefined);
  const plan = spec === null ? null : planTopology(spec, diagnostics);
  if (plan === null) throw new Error(diagnostics.all.map(({ code, message }) => `${code}: ${message}`).join('\n'));
  plans.set(yaml, plan);
  return plan;
}

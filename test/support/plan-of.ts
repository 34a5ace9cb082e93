import { Diagnostics } from '../../src/core/diagnostic.ts';
import { planTopology } from '../../src/plan/plan.ts';
import type { PhysicalPlan } from '../../src/plan/physical-plan.ts';
import { loadTopology } from '../../src/topology/load-topology.ts';

/** The plan of a topology given as text; throws with every complaint when it has errors. */
export function planOf(yaml: string): PhysicalPlan {
  const diagnostics = new Diagnostics();
  const spec = loadTopology(yaml, 'test.yaml', diagnostics, () => undefined);
  const plan = spec === null ? null : planTopology(spec, diagnostics);
  if (plan === null) throw new Error(diagnostics.all.map((d) => `${d.code}: ${d.message}; ${d.remedy}`).join('\n'));
  return plan;
}

import type { Transport } from '../core/transport.ts';
import { userTopics, type PhysicalPlan } from '../plan/physical-plan.ts';

/** Creates the source and sink topics that are missing, as `dev` and `topics apply` do; returns the names of those created. */
export async function createUserTopics(
  plan: PhysicalPlan,
  transport: Transport,
  partitions: number,
  replicationFactor: number,
): Promise<string[]> {
  const { sources, sinks } = userTopics(plan);
  const wanted = [...sources, ...sinks];
  const existing = await transport.topics.describe(wanted);
  const missing = wanted.filter((topic) => !existing.has(topic));
  await transport.topics.create(missing.map((name) => ({ name, partitions, replicationFactor, config: {} })));
  return missing;
}

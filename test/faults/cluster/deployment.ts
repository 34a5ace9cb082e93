import type { TopicSpec, Transport } from '../../../src/core/transport.ts';
import type { PhysicalPlan } from '../../../src/plan/physical-plan.ts';
import { planOf } from '../../support/plan-of.ts';
import { outputTopics, sourceTopics, topologyYaml, type TopologyOptions } from '../workload/topology.ts';

/** The topology that a cluster runs. */
export interface Deployment {
  readonly options: TopologyOptions;
  /** Of every source, hence of every topic but the ledger. */
  readonly partitions: number;
  readonly yaml: string;
  readonly plan: PhysicalPlan;
}

export function deploymentOf(options: TopologyOptions, partitions: number): Deployment {
  const yaml = topologyYaml(options);
  return { options, partitions, yaml, plan: planOf(yaml) };
}

/** Where the feeder notes which of its batches are in. */
export const ledgerTopic = ({ options }: Deployment): string => `${options.name}-ledger`;

/** A topic that a changed topology of the same name writes to; it is there from the beginning. */
export const auditTopic = ({ options }: Deployment): string => `${options.name}-audit`;

/** What the sinks write. */
export const outputsOf = ({ options }: Deployment): string[] =>
  outputTopics(options.name, options.parts, options.lateRows);

/** Creates the topics that the topology does not create itself. */
export async function openTopics(transport: Transport, deployment: Deployment): Promise<void> {
  const { options, partitions } = deployment;
  const names = [...sourceTopics(options.name, options.parts), ...outputsOf(deployment), auditTopic(deployment)];
  await transport.topics.create([
    ...names.map((name) => topicSpec(name, partitions)),
    topicSpec(ledgerTopic(deployment), 1),
  ]);
}

/** Event times of the load are long past: retention would take the records before they are judged. */
const topicSpec = (name: string, partitions: number): TopicSpec => {
  return { name, partitions, replicationFactor: -1, config: { 'retention.ms': '-1' } };
};

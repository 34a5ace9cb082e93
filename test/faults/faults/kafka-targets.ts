import type { KafkaNode } from '../cluster/kafka-node.ts';
import type { Injection } from './injection.ts';

/** The node that leads a partition, by chance, of some changelog. */
export function leaderOfSomeChangelog(injection: Injection): Promise<KafkaNode> {
  const { deployment, kafka } = injection.cluster;
  const partition = Math.floor(injection.between(0, deployment.partitions));
  return kafka.leaderOf(injection.oneOf(deployment.plan.subTopologies).changelogTopic, partition);
}

/** Of a task, by chance. */
export function someTransactionalId(injection: Injection): string {
  const { plan, partitions } = injection.cluster.deployment;
  const partition = Math.floor(injection.between(0, partitions));
  return `${plan.name}.${injection.oneOf(plan.subTopologies).id}.${partition}`;
}

/** Resolves when nothing lacks a copy. */
export async function untilInSync(injection: Injection): Promise<void> {
  await injection.cluster.kafka.untilInSync(injection.signal);
  injection.note('all copies are in sync');
}

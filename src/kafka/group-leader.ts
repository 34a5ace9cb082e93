import { MillraceError } from '../core/errors.ts';
import { type TaskId, taskName, type TopicPartition } from '../core/task.ts';
import type { TaskFamily } from '../core/transport.ts';
import { assign, type Candidate, type FamilySize } from './assignor.ts';
import { encodeAssignment, type SharedAssignment, type Subscription } from './group-protocol.ts';

export interface SubscribedMember {
  readonly memberId: string;
  readonly subscription: Subscription;
}

/**
 * The sub-topologies of all members: while a new plan is rolled out they differ. Where two know one by different inputs, the leader's own
 * word holds.
 */
export function allFamilies(own: readonly TaskFamily[], members: readonly SubscribedMember[]): TaskFamily[] {
  const families = new Map(own.map((family) => [family.subTopology, family]));
  for (const { subscription } of members) {
    for (const family of subscription.families) {
      if (!families.has(family.subTopology)) families.set(family.subTopology, family);
    }
  }
  return [...families.values()];
}

/**
 * How many tasks each sub-topology has: as many as each of its inputs has partitions.
 * @throws TOPIC_MISSING, PARTITIONS_CHANGED when the inputs of one differ
 */
export function familySizes(
  families: readonly TaskFamily[],
  partitionCounts: ReadonlyMap<string, number>,
): FamilySize[] {
  return families.map(({ subTopology, inputTopics }) => {
    const counts = inputTopics.map((topic) => {
      const count = partitionCounts.get(topic);
      if (count !== undefined) return count;
      const message = `the topic ${topic}, an input of ${subTopology}, does not exist`;
      throw new MillraceError('TOPIC_MISSING', message, { details: { topic, subTopology } });
    });
    const odd = counts.findIndex((count) => count !== counts[0]);
    if (odd >= 0) {
      const message =
        `the inputs of ${subTopology} must have the same number of partitions, ` +
        `but ${inputTopics[0]} has ${counts[0]} and ${inputTopics[odd]} has ${counts[odd]}`;
      throw new MillraceError('PARTITIONS_CHANGED', message, { details: { subTopology, topic: inputTopics[odd] } });
    }
    return { subTopology, tasks: counts[0] ?? 0 };
  });
}

/** The leader's part of a rebalance: what each member is told. */
export function lead(
  families: readonly TaskFamily[],
  sizes: readonly FamilySize[],
  members: readonly SubscribedMember[],
): { memberId: string; assignment: Buffer }[] {
  const candidates = members.map(({ memberId, subscription }): Candidate => {
    const subTopologies = subscription.families.map(({ subTopology }) => subTopology);
    return { memberId, subTopologies, owned: subscription.owned, generation: subscription.generation };
  });
  const tasks = assign(sizes, candidates);
  const owners = new Map<string, number>();
  for (const [index, { memberId }] of members.entries()) {
    for (const task of tasks.get(memberId) ?? []) owners.set(taskName(task), index);
  }
  const shared: SharedAssignment = {
    addresses: members.map(({ subscription }) => subscription.address),
    owners: Object.fromEntries(sizes.map((size) => [size.subTopology, indexesOf(size, owners)])),
  };
  return members.map(({ memberId }, index) => ({
    memberId,
    assignment: encodeAssignment(inputsOf(tasks.get(memberId) ?? [], families), index, shared),
  }));
}

const indexesOf = ({ subTopology, tasks }: FamilySize, owners: ReadonlyMap<string, number>): number[] =>
  Array.from({ length: tasks }, (_, partition) => owners.get(taskName({ subTopology, partition })) ?? -1);

function inputsOf(tasks: readonly TaskId[], families: readonly TaskFamily[]): TopicPartition[] {
  const inputs = new Map(families.map(({ subTopology, inputTopics }) => [subTopology, inputTopics]));
  return tasks.flatMap(({ subTopology, partition }) =>
    (inputs.get(subTopology) ?? []).map((topic) => ({ topic, partition })),
  );
}

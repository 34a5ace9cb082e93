import { MillraceError } from '../../core/errors.ts';
import type { TopicPartition } from '../../core/task.ts';
import { partitionName } from '../../core/task.ts';
import type { Transport } from '../../core/transport.ts';
import type { PhysicalPlan, SubTopology } from '../../plan/physical-plan.ts';

/** Where sources are to begin: at what there is, behind it, or at the first record of a time (ms since the epoch) or later. */
export type StartAt = 'earliest' | 'latest' | number;

/** The task of a source and the offset at which it is to begin. */
export interface StartPosition {
  readonly subTopology: SubTopology;
  readonly partition: number;
  readonly offset: number;
}

/**
 * Offsets for all partitions of the plan's sources, as of now: `latest` is behind what may be read at this moment.
 * @throws TOPIC_MISSING
 */
export async function startPositions(
  plan: PhysicalPlan,
  at: StartAt,
  { topics }: Pick<Transport, 'topics'>,
): Promise<StartPosition[]> {
  const sources = plan.subTopologies.filter(({ input }) => input.kind === 'source');
  const known = await topics.describe(sources.map(({ input }) => input.topic));
  const tasks = sources.flatMap((subTopology) => {
    const { topic } = subTopology.input;
    const found = known.get(topic);
    if (found === undefined) throw new MillraceError('TOPIC_MISSING', `the topic ${topic} does not exist`);
    return Array.from({ length: found.partitions }, (_, partition) => ({ subTopology, topic, partition }));
  });
  const offsets = await offsetsAt(tasks, at, topics);
  return tasks.map(({ subTopology, topic, partition }) => {
    const offset = offsets.get(partitionName({ topic, partition }));
    if (offset !== undefined) return { subTopology, partition, offset };
    throw new MillraceError('TOPIC_MISSING', `the partition ${partition} of topic ${topic} does not exist`);
  });
}

async function offsetsAt(
  partitions: readonly TopicPartition[],
  at: StartAt,
  topics: Transport['topics'],
): Promise<Map<string, number>> {
  if (typeof at === 'number') return topics.offsetsAt(partitions, at);
  const bounds = await topics.offsets(partitions);
  return new Map(Array.from(bounds, ([name, { first, lastStable }]) => [name, at === 'earliest' ? first : lastStable]));
}

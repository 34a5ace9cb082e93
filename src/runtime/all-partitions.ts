import type { TopicPartition } from '../core/task.ts';

/** Every partition of a topic of the plan. */
export const allPartitions = (topic: string, partitions: ReadonlyMap<string, number>): TopicPartition[] =>
  Array.from({ length: partitions.get(topic) ?? 0 }, (_, partition) => ({ topic, partition }));

/** A task: one partition of one sub-topology, the unit of assignment, of state and of transactions. */
export interface TaskId {
  readonly subTopology: string;
  readonly partition: number;
}

/** The task's name in logs, metrics and maps: `counts/3`. */
export const taskName = (task: TaskId): string => `${task.subTopology}/${task.partition}`;

/** Whether the task is one of these. */
export const includesTask = (tasks: readonly TaskId[], task: TaskId): boolean =>
  tasks.some((other) => taskName(other) === taskName(task));

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** The partition's name in logs, messages and maps: `orders-3`, as Kafka writes it. */
export const partitionName = (tp: TopicPartition): string => `${tp.topic}-${tp.partition}`;

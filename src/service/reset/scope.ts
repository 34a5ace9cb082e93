import type { StateBackend } from '../../core/state.ts';
import type { TaskId, TopicPartition } from '../../core/task.ts';
import { partitionName } from '../../core/task.ts';
import type { GroupMemberInfo, TopicDescription, Transport } from '../../core/transport.ts';
import type { PhysicalPlan } from '../../plan/physical-plan.ts';
import { changelogTopic, planTopic, repartitionTopic } from '../../plan/topics.ts';
import { internalTopics } from '../../runtime/internal-topics.ts';
import { readPlanTopic, type RecordedPlan, type UnfinishedReset } from '../../runtime/plan-topic.ts';

/** What a reset of a topology would remove, and who is in its way. */
export interface ResetScope {
  readonly topology: string;
  /** A reset was begun before and did not get to its end: what it left is in here. */
  readonly isUnfinished: boolean;
  /** Members of the group: while there are any, nothing is reset. */
  readonly members: readonly GroupMemberInfo[];
  /** Of the plan, and of sub-topologies that were in the plan that ran last and are not in this one. */
  readonly tasks: readonly TaskId[];
  /** Internal topics that exist; without the plan topic, which goes last. */
  readonly topics: readonly InternalTopic[];
  /** Number of partitions for which the group has an offset. */
  readonly offsets: number;
  /** Number of keys of the tasks in Redis; null when no task, then or now, keeps state. */
  readonly stateKeys: number | null;
}

export interface InternalTopic {
  readonly name: string;
  readonly partitions: number;
  /** Offsets from the first to the end, which markers of transactions and records that were compacted away count in. */
  readonly records: number;
}

/** Looks; changes nothing. */
export async function findScope(plan: PhysicalPlan, transport: Transport, state: StateBackend): Promise<ResetScope> {
  const { recorded, reset } = await readRecorded(plan, transport);
  const inputs = inputsOf(plan, recorded);
  const candidates = internalNames(plan, recorded, reset);
  const known = await transport.topics.describe([...new Set([...candidates, ...inputs.values()].flat())]);
  const tasks = tasksOf(plan, reset, inputs, known);
  const withState =
    plan.subTopologies.some(({ stores }) => stores.length > 0) ||
    (recorded?.subTopologies.some(({ stores }) => Object.keys(stores).length > 0) ?? false);
  const inputPartitions = partitionsOf([...inputs.values()].flat(), known);
  return {
    topology: plan.name,
    isUnfinished: reset !== null,
    members: await transport.groupMembers(plan.name),
    tasks,
    topics: await measured(candidates, known, transport),
    offsets: (await transport.groupOffsets(plan.name, inputPartitions)).length,
    stateKeys: withState ? await state.keys(tasks) : null,
  };
}

async function readRecorded(
  { name }: PhysicalPlan,
  transport: Transport,
): Promise<{ recorded: RecordedPlan | null; reset: UnfinishedReset | null }> {
  const topic = planTopic(name);
  if (!(await transport.topics.describe([topic])).has(topic)) return { recorded: null, reset: null };
  const { plan: recorded, reset } = await readPlanTopic(transport, name);
  return { recorded, reset };
}

/** By sub-topology, the topics that it reads or was reading. */
function inputsOf(plan: PhysicalPlan, recorded: RecordedPlan | null): Map<string, string[]> {
  const inputs = new Map(plan.subTopologies.map(({ id, input }) => [id, [input.topic]]));
  for (const { id, input } of recorded?.subTopologies ?? []) inputs.set(id, [...(inputs.get(id) ?? []), input]);
  return inputs;
}

function internalNames(plan: PhysicalPlan, recorded: RecordedPlan | null, reset: UnfinishedReset | null): string[] {
  const own = plan.subTopologies.flatMap(({ input, changelogTopic: changelog }) =>
    input.kind === 'repartition' ? [input.topic, changelog] : [changelog],
  );
  const former = (recorded?.subTopologies ?? []).flatMap(({ id, input }) => {
    const changelog = changelogTopic(plan.name, id);
    return input === repartitionTopic(plan.name, id) ? [input, changelog] : [changelog];
  });
  return [...new Set([...own, ...former, ...(reset?.topics ?? [])])];
}

/** As many tasks of each sub-topology as anything says that there were or will be: one too many does no harm. */
function tasksOf(
  plan: PhysicalPlan,
  reset: UnfinishedReset | null,
  inputs: ReadonlyMap<string, readonly string[]>,
  known: ReadonlyMap<string, TopicDescription>,
): TaskId[] {
  const counts = new Map(Array.from(known, ([topic, { partitions }]) => [topic, partitions]));
  const planned = new Map(internalTopics(plan, counts, -1).map(({ name, partitions }) => [name, partitions]));
  const ids = new Set([...inputs.keys(), ...Object.keys(reset?.tasks ?? {})]);
  return [...ids].flatMap((subTopology) => {
    const log = changelogTopic(plan.name, subTopology);
    const said = [counts.get(log), planned.get(log), reset?.tasks[subTopology]];
    const read = (inputs.get(subTopology) ?? []).map((topic) => counts.get(topic));
    const count = Math.max(...[...said, ...read].map((n) => n ?? 0));
    return Array.from({ length: count }, (_, partition) => ({ subTopology, partition }));
  });
}

async function measured(
  names: readonly string[],
  known: ReadonlyMap<string, TopicDescription>,
  transport: Transport,
): Promise<InternalTopic[]> {
  const existing = names.filter((name) => known.has(name));
  const bounds = await transport.topics.offsets(partitionsOf(existing, known));
  return existing.map((name) => {
    const partitions = partitionsOf([name], known);
    const records = partitions.reduce((sum, tp) => {
      const { first, end } = bounds.get(partitionName(tp)) ?? { first: 0, end: 0 };
      return sum + end - first;
    }, 0);
    return { name, partitions: partitions.length, records };
  });
}

const partitionsOf = (topics: readonly string[], known: ReadonlyMap<string, TopicDescription>): TopicPartition[] =>
  [...new Set(topics)].flatMap((topic) =>
    Array.from({ length: known.get(topic)?.partitions ?? 0 }, (_, partition) => ({ topic, partition })),
  );

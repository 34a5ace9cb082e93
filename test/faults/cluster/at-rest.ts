import { setTimeout as sleep } from 'node:timers/promises';
import { partitionName, type TopicPartition } from '../../../src/core/task.ts';
import type { MirroredOffset, Transport } from '../../../src/core/transport.ts';
import type { PhysicalPlan } from '../../../src/plan/physical-plan.ts';
import { isSettledSince } from '../../../src/runtime/group-offsets.ts';

const POLL_MS = 500;

/** The inputs of all tasks: partitions of sources and of repartition topics. */
export const inputsOf = (plan: PhysicalPlan, partitions: number): TopicPartition[] =>
  partitionsOf(
    plan.subTopologies.map(({ input }) => input.topic),
    partitions,
  );

/** One partition for each task. */
export const changelogsOf = (plan: PhysicalPlan, partitions: number): TopicPartition[] =>
  partitionsOf(
    plan.subTopologies.map(({ changelogTopic }) => changelogTopic),
    partitions,
  );

/** Partitions of the topics, each topic once. All topics of the campaign have the same number. */
export const partitionsOf = (topics: readonly string[], partitions: number): TopicPartition[] =>
  [...new Set(topics)].flatMap((topic) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition })));

/**
 * Resolves when nothing moves any more: every input is read and committed to its end, nothing is left to close or to tell (the group's
 * offsets say so), no transaction is open in `others`, and all of that twice with the same ends. Feeding must have stopped.
 * @param others further partitions that the topology writes
 * @throws when the signal aborts, saying what had not come to rest
 */
export async function untilAtRest(
  transport: Transport,
  plan: PhysicalPlan,
  inputs: readonly TopicPartition[],
  others: readonly TopicPartition[],
  signal: AbortSignal,
): Promise<void> {
  let earlier: Offsets | null = null;
  let restless: readonly string[] = ['nothing was looked at yet'];
  let before = '';
  while (!signal.aborted) {
    try {
      earlier ??= await offsetsOf(transport, plan, inputs);
      const found = await look(transport, plan, inputs, others, earlier);
      if (found.restless.length === 0 && found.ends === before) return;
      before = found.restless.length === 0 ? found.ends : '';
      restless = found.restless.length === 0 ? ['its ends moved'] : found.restless;
    } catch (error) {
      restless = [`the brokers cannot say: ${(error as Error).message}`];
    }
    await sleep(POLL_MS);
  }
  throw new Error(`${plan.name} does not come to rest: ${restless.slice(0, 20).join('; ')}`);
}

/** The group's offsets, by partition. */
type Offsets = ReadonlyMap<string, MirroredOffset>;

const offsetsOf = async (
  transport: Transport,
  plan: PhysicalPlan,
  inputs: readonly TopicPartition[],
): Promise<Offsets> =>
  new Map((await transport.groupOffsets(plan.name, inputs)).map((offset) => [partitionName(offset), offset]));

/** What is not at rest now: inputs that are not read to their end, transactions that are open; and all ends, to tell whether they move. */
export async function look(
  transport: Transport,
  plan: PhysicalPlan,
  inputs: readonly TopicPartition[],
  others: readonly TopicPartition[],
  earlier: Offsets,
): Promise<{ readonly restless: string[]; readonly ends: string }> {
  const all = [...inputs, ...others];
  const reached = await offsetsOf(transport, plan, inputs);
  const offsets = await transport.topics.offsets(all);
  const restless: string[] = [];
  for (const [name, { lastStable, end }] of offsets) {
    if (lastStable < end) restless.push(`${name} has an open transaction at ${lastStable} of ${end}`);
  }
  for (const name of inputs.map(partitionName)) {
    const end = offsets.get(name)?.end ?? -1;
    const group = reached.get(name);
    if (group?.offset !== end) restless.push(`${name} is read to ${group?.offset ?? 'nowhere'} of ${end}`);
    else if (!isSettledSince(earlier.get(name)?.metadata, group.metadata)) {
      restless.push(`${name} is not settled: ${group.metadata}`);
    }
  }
  return { restless, ends: [...offsets].map(([name, { end }]) => `${name}:${end}`).join(' ') };
}

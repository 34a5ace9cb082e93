import { partitionName, type TopicPartition } from '../core/task.ts';
import { allPartitions } from './all-partitions.ts';
import { recoveryOf } from '../core/errors.ts';
import type { MirroredOffset, Transport } from '../core/transport.ts';
import type { PhysicalPlan } from '../plan/physical-plan.ts';
import { transactionalId } from '../plan/topics.ts';
import { isSettledSince } from './group-offsets.ts';
import type { TaskContext } from './task-context.ts';

const POLL_MS = 20;

/** Where the plan's sources end now, as far as anybody may read; by `partitionName`. */
export async function sourceEnds(
  plan: PhysicalPlan,
  transport: Transport,
  partitions: ReadonlyMap<string, number>,
): Promise<Map<string, number>> {
  const sources = plan.subTopologies.filter((sub) => sub.input.kind === 'source');
  const inputs = sources.flatMap((sub) => allPartitions(sub.input.topic, partitions));
  const bounds = await transport.topics.offsets(inputs);
  return new Map([...bounds].map(([name, { lastStable }]) => [name, lastStable]));
}

/**
 * Resolves when everything up to `targets` is processed and committed, whichever members of the group did it, and can be read; or when the
 * signal aborts. One sub-topology after the other, upstream first: once all tasks of a stage are done, all that it writes for the next is
 * written.
 * @param mirror publishes the positions of this process's tasks, by which members see each other's progress
 * @param before metadata of the group's offsets as they were when the run began (`ownOffsets`): they say nothing of it
 */
export async function untilDrained(
  { plan, transport, clock, partitions }: Omit<TaskContext, 'fetcher'>,
  targets: ReadonlyMap<string, number>,
  mirror: () => Promise<void>,
  before: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<void> {
  for (const { input } of plan.subTopologies) {
    const inputs = allPartitions(input.topic, partitions);
    let ends = input.kind === 'source' ? targets : null;
    while (!signal.aborted) {
      ends ??= await unlessUnavailable(writtenEnds(transport, inputs));
      await mirror();
      const positions = await unlessUnavailable(transport.groupOffsets(plan.name, inputs));
      if (ends !== null && positions !== null && areDone(inputs, positions, ends, before)) break;
      await clock.sleep(POLL_MS, signal);
    }
  }
  // Whoever is started behind this run reads what it wrote: a commit is decided before its markers are in the log.
  for (const id of transactionalIds(plan, partitions)) {
    while (!signal.aborted && (await unlessUnavailable(transport.isEnding(id))) !== false) {
      await clock.sleep(POLL_MS, signal);
    }
  }
}

/** Of all tasks of the plan. */
const transactionalIds = (plan: PhysicalPlan, partitions: ReadonlyMap<string, number>): string[] =>
  plan.subTopologies.flatMap(({ id, input }) =>
    allPartitions(input.topic, partitions).map(({ partition }) => transactionalId(plan.name, id, partition)),
  );

function areDone(
  inputs: readonly TopicPartition[],
  positions: readonly MirroredOffset[],
  ends: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, string>,
): boolean {
  const isDone = (at: MirroredOffset): boolean => {
    const name = partitionName(at);
    return at.offset >= (ends.get(name) ?? 0) && isSettledSince(before.get(name), at.metadata);
  };
  return new Set(positions.filter(isDone).map(partitionName)).size === inputs.length;
}

/** Null where no broker answered for long, or this process stood still meanwhile: the run is not over, and the tasks go on asking, too. */
async function unlessUnavailable<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (recoveryOf(error) === 'retriable') return null;
    throw error;
  }
}

/**
 * The ends of a repartition topic, of which every row has been written. Not the last stable offsets: a commit is decided before its markers
 * are in the log.
 */
const writtenEnds = async (transport: Transport, inputs: readonly TopicPartition[]): Promise<Map<string, number>> =>
  new Map([...(await transport.topics.offsets(inputs))].map(([name, { end }]) => [name, end]));

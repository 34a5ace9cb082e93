import { MillraceError } from '../core/errors.ts';
import { partitionName } from '../core/task.ts';
import type { Transport } from '../core/transport.ts';
import type { PhysicalPlan } from '../plan/physical-plan.ts';
import { allPartitions } from './all-partitions.ts';
import type { TaskPosition } from './batch-loop.ts';

/** Marks the group's offsets as written by us; any other value means that somebody reset the group. */
export const OFFSET_TAG = 'millrace';

/**
 * An offset's metadata: the tag, whether the task has nothing left to do without input, and when it was written (ms, by the writer's clock),
 * so that no two are alike.
 */
const metadataOf = ({ settled }: TaskPosition, nowMs: number): string =>
  `${OFFSET_TAG} ${settled ? 'settled' : 'busy'} ${Math.floor(nowMs)}`;

const isOurs = (metadata: string): boolean => metadata === OFFSET_TAG || metadata.startsWith(`${OFFSET_TAG} `);

/**
 * Whether the task had nothing left to do, in an offset that was written after another one was read: owners write theirs anew all the
 * time, so that what still says the same may be of a run before. No clocks are compared, for they are those of several machines.
 * @param earlier the metadata read; undefined when there was none
 */
export function isSettledSince(earlier: string | undefined, metadata: string): boolean {
  const [tag, state] = metadata.split(' ');
  return tag === OFFSET_TAG && state === 'settled' && metadata !== earlier;
}

/** The group's offsets are a mirror for lag tools; the truth is in the changelogs, so a failure to write it harms nothing. */
export async function mirrorPositions(
  plan: PhysicalPlan,
  transport: Transport,
  positions: readonly TaskPosition[],
  nowMs: number,
): Promise<void> {
  if (positions.length === 0) return;
  const offsets = positions.map((position) => {
    const { topic, partition, consumed } = position;
    return { topic, partition, offset: consumed, metadata: metadataOf(position, nowMs) };
  });
  await transport.mirrorOffsets(plan.name, offsets).catch(() => undefined);
}

/**
 * The metadata of the group's offsets, by `partitionName`. Makes sure that nobody reset the group in the belief that it would have an effect.
 * @throws OFFSETS_RESET_BY_OPERATOR
 */
export async function ownOffsets(
  plan: PhysicalPlan,
  transport: Transport,
  partitions: ReadonlyMap<string, number>,
): Promise<Map<string, string>> {
  const inputs = plan.subTopologies.flatMap((sub) => allPartitions(sub.input.topic, partitions));
  const published = await transport.groupOffsets(plan.name, inputs);
  for (const { topic, partition, offset, metadata } of published) {
    if (isOurs(metadata)) continue;
    throw new MillraceError(
      'OFFSETS_RESET_BY_OPERATOR',
      `the offset ${offset} of group ${plan.name} on ${topic}-${partition} was not written by Millrace; offsets of record are in the ` +
        'changelogs. To go on from those, delete the group; to start elsewhere, reset the topology',
      { details: { topic, partition, offset } },
    );
  }
  return new Map(published.map((at) => [partitionName(at), at.metadata]));
}

import { MillraceError } from '../core/errors.ts';
import type { Transport } from '../core/transport.ts';
import type { PhysicalPlan } from '../plan/physical-plan.ts';
import { allPartitions } from './all-partitions.ts';
import type { TaskPosition } from './batch-loop.ts';

/** Marks the group's offsets as written by us; any other value means that somebody reset the group. */
export const OFFSET_TAG = 'millrace';

/**
 * An offset's metadata: the tag, whether the task has nothing left to do without input, and when it was written (ms), so that members of
 * a run to an end tell this run's offsets from those of the one before.
 */
const metadataOf = ({ settled }: TaskPosition, nowMs: number): string =>
  `${OFFSET_TAG} ${settled ? 'settled' : 'busy'} ${Math.floor(nowMs)}`;

const isOurs = (metadata: string): boolean => metadata === OFFSET_TAG || metadata.startsWith(`${OFFSET_TAG} `);

/** Whether the task had nothing left to do, in an offset written after `sinceMs`: in that very millisecond the run before may have ended. */
export function isSettledSince(metadata: string, sinceMs: number): boolean {
  const [tag, state, writtenMs] = metadata.split(' ');
  return tag === OFFSET_TAG && state === 'settled' && Number(writtenMs) > sinceMs;
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
 * Makes sure that nobody reset the group in the belief that it would have an effect.
 * @throws OFFSETS_RESET_BY_OPERATOR
 */
export async function refuseForeignOffsets(
  plan: PhysicalPlan,
  transport: Transport,
  partitions: ReadonlyMap<string, number>,
): Promise<void> {
  const inputs = plan.subTopologies.flatMap((sub) => allPartitions(sub.input.topic, partitions));
  for (const { topic, partition, offset, metadata } of await transport.groupOffsets(plan.name, inputs)) {
    if (isOurs(metadata)) continue;
    throw new MillraceError(
      'OFFSETS_RESET_BY_OPERATOR',
      `the offset ${offset} of group ${plan.name} on ${topic}-${partition} was not written by Millrace; offsets of record are in the ` +
        'changelogs. To go on from those, delete the group; to start elsewhere, reset the topology',
      { details: { topic, partition, offset } },
    );
  }
}

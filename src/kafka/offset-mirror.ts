import { MillraceError } from '../core/errors.ts';
import type { TopicPartition } from '../core/task.ts';
import type { MirroredOffset } from '../core/transport.ts';
import { brokerError } from './broker-error.ts';
import type { Cluster } from './cluster.ts';
import { askCoordinator } from './coordinator-request.ts';
import { ErrorCode, isNotAuthorized, isRetriable, isStaleCoordinator } from './error-codes.ts';
import { Patience } from './patience.ts';

/** A mirror is written anew every second or so: it is not worth more patience than that. */
const MIRROR_PATIENCE_MS = 1_000;
const READ_PATIENCE_MS = 30_000;

/** Who commits: the coordinator takes offsets of a group that has members only from one of them. Null for a group without members. */
export type Committer = { readonly generation: number; readonly memberId: string } | null;

/**
 * Writes the group's offsets, outside any transaction, for tools to look at. What the coordinator refuses just now (a rebalance, a move, a
 * generation that is over) is left for the next time.
 * @throws NOT_AUTHORIZED
 */
export async function mirrorOffsets(
  cluster: Cluster,
  groupId: string,
  committer: Committer,
  positions: readonly MirroredOffset[],
  signal: AbortSignal,
): Promise<void> {
  if (positions.length === 0) return;
  const topics = byTopic(positions, ({ partition, offset, metadata }) => ({ partition, offset, metadata }));
  const { generation, memberId } = committer ?? { generation: -1, memberId: '' };
  const request = { groupId, generation, memberId, topics };
  const patience = new Patience(cluster.clock, MIRROR_PATIENCE_MS, signal);
  await askCoordinator(cluster, 'group', groupId, 'OffsetCommit', request, patience, (reply) => {
    if (reply === null) return 'elsewhere';
    for (const { topic, partitions } of reply.topics) {
      for (const { errorCode } of partitions) {
        if (isStaleCoordinator(errorCode)) return 'elsewhere';
        if (isNotAuthorized(errorCode)) throw brokerError(errorCode, `commit offsets of ${topic} for group ${groupId}`);
      }
    }
    return 'done';
  });
}

/**
 * The group's offsets; partitions that have none are left out.
 * @throws NOT_AUTHORIZED, BROKER_ERROR, BROKER_UNAVAILABLE when no coordinator answers for long
 */
export async function groupOffsets(
  cluster: Cluster,
  groupId: string,
  wanted: readonly TopicPartition[],
  signal: AbortSignal,
): Promise<MirroredOffset[]> {
  if (wanted.length === 0) return [];
  const request = { groupId, topics: byTopic(wanted, ({ partition }) => partition) };
  const patience = new Patience(cluster.clock, READ_PATIENCE_MS, signal);
  const reply = await askCoordinator(cluster, 'group', groupId, 'OffsetFetch', request, patience, (reply) => {
    if (reply === null) return 'elsewhere';
    const codes = [reply.errorCode, ...reply.topics.flatMap((t) => t.partitions.map((p) => p.errorCode))].filter(
      isFailure,
    );
    if (codes.some(isStaleCoordinator)) return 'elsewhere';
    const failed = codes.find((code) => !isRetriable(code));
    if (failed !== undefined) throw brokerError(failed, `read the offsets of group ${groupId}`);
    return codes.length > 0 ? 'again' : 'done';
  });
  if (reply === null) {
    throw new MillraceError(
      'BROKER_UNAVAILABLE',
      `the offsets of group ${groupId} could not be read: no coordinator answered`,
    );
  }
  return reply.topics.flatMap(({ topic, partitions }) =>
    partitions
      .filter(({ offset }) => offset >= 0)
      .map(({ partition, offset, metadata }) => ({ topic, partition, offset, metadata })),
  );
}

/** A partition that does not exist has no offset; that is all there is to say of it here. */
const isFailure = (errorCode: number): boolean =>
  errorCode !== ErrorCode.NONE && errorCode !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;

function byTopic<T extends TopicPartition, P>(
  items: readonly T[],
  partitionOf: (item: T) => P,
): { topic: string; partitions: P[] }[] {
  const topics = new Map<string, P[]>();
  for (const item of items) {
    const partitions = topics.get(item.topic);
    if (partitions === undefined) topics.set(item.topic, [partitionOf(item)]);
    else partitions.push(partitionOf(item));
  }
  return Array.from(topics, ([topic, partitions]) => ({ topic, partitions }));
}

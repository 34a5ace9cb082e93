import type { GroupMemberInfo } from '../core/transport.ts';
import { brokerError } from './broker-error.ts';
import type { Cluster } from './cluster.ts';
import { answerOfCoordinator } from './coordinator-request.ts';
import { ErrorCode } from './error-codes.ts';
import { decodeSubscription } from './group-protocol.ts';

/**
 * The members of the group, of whatever program; none when there is no such group.
 * @throws NOT_AUTHORIZED, BROKER_ERROR, BROKER_UNAVAILABLE when no coordinator answers for long
 */
export async function groupMembers(cluster: Cluster, groupId: string, signal: AbortSignal): Promise<GroupMemberInfo[]> {
  const { errorCode, members } = await answerOfCoordinator(
    cluster,
    'group',
    groupId,
    'DescribeGroups',
    { groupId },
    signal,
  );
  if (errorCode === ErrorCode.GROUP_ID_NOT_FOUND) return [];
  if (errorCode !== ErrorCode.NONE) throw brokerError(errorCode, `describe group ${groupId}`);
  return members.map(({ memberId, clientHost, metadata }) => ({
    memberId,
    host: clientHost.replace(/^\//, ''),
    address: decodeSubscription(metadata)?.address ?? '',
  }));
}

/**
 * Deletes the group and its offsets; one that is not there is as good as deleted.
 * @returns false when it has members; nothing was deleted then
 * @throws as `groupMembers`
 */
export async function deleteGroup(cluster: Cluster, groupId: string, signal: AbortSignal): Promise<boolean> {
  const { errorCode } = await answerOfCoordinator(cluster, 'group', groupId, 'DeleteGroups', { groupId }, signal);
  if (errorCode === ErrorCode.NON_EMPTY_GROUP) return false;
  if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.GROUP_ID_NOT_FOUND) return true;
  throw brokerError(errorCode, `delete group ${groupId}`);
}

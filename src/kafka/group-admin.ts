import { MillraceError } from '../core/errors.ts';
import type { GroupMemberInfo } from '../core/transport.ts';
import type { ApiName, ApiReply } from './api.ts';
import { brokerError } from './broker-error.ts';
import type { Cluster } from './cluster.ts';
import { askCoordinator } from './coordinator-request.ts';
import { ErrorCode, isRetriable, isStaleCoordinator } from './error-codes.ts';
import { decodeSubscription } from './group-protocol.ts';
import { Patience } from './patience.ts';

const PATIENCE_MS = 30_000;

/**
 * The members of the group, of whatever program; none when there is no such group.
 * @throws NOT_AUTHORIZED, BROKER_ERROR, BROKER_UNAVAILABLE when no coordinator answers for long
 */
export async function groupMembers(cluster: Cluster, groupId: string, signal: AbortSignal): Promise<GroupMemberInfo[]> {
  const { errorCode, members } = await ask(cluster, groupId, 'DescribeGroups', signal);
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
  const { errorCode } = await ask(cluster, groupId, 'DeleteGroups', signal);
  if (errorCode === ErrorCode.NON_EMPTY_GROUP) return false;
  if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.GROUP_ID_NOT_FOUND) return true;
  throw brokerError(errorCode, `delete group ${groupId}`);
}

/** The first answer of the group's coordinator that asking again would not change. */
async function ask<A extends GroupRequest>(
  cluster: Cluster,
  groupId: string,
  api: A,
  signal: AbortSignal,
): Promise<ApiReply<A>> {
  const patience = new Patience(cluster.clock, PATIENCE_MS, signal);
  const reply = await askCoordinator(cluster, 'group', groupId, api, { groupId }, patience, (answer) => {
    if (answer === null || isStaleCoordinator(answer.errorCode)) return 'elsewhere';
    return isRetriable(answer.errorCode) ? 'again' : 'done';
  });
  if (reply !== null) return reply;
  throw new MillraceError('BROKER_UNAVAILABLE', `no coordinator answered for group ${groupId}`, {
    details: { groupId },
  });
}

type GroupRequest = Extract<ApiName, 'DescribeGroups' | 'DeleteGroups'>;

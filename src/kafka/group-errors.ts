import { MillraceError } from '../core/errors.ts';
import { brokerError } from './broker-error.ts';
import { ErrorCode, errorName } from './error-codes.ts';

/**
 * What a group member does about an answer of its coordinator.
 *
 * | action    | meaning                                                                            |
 * | --------- | ---------------------------------------------------------------------------------- |
 * | done      | granted                                                                            |
 * | again     | ask the same node again, after a pause                                             |
 * | elsewhere | forget the coordinator, ask whoever it is now, after a pause                       |
 * | rejoin    | join (again) under the same member id; tasks go on meanwhile                       |
 * | takeId    | join again under the id that the answer brings                                     |
 * | lost      | the session expired: tasks may have other owners; join as a new member             |
 * | fail      | no further try can succeed                                                         |
 */
export type GroupAction = 'done' | 'again' | 'elsewhere' | 'rejoin' | 'takeId' | 'lost' | 'fail';

export const GROUP_ACTIONS: Readonly<Record<number, GroupAction>> = {
  [ErrorCode.NONE]: 'done',
  [ErrorCode.COORDINATOR_LOAD_IN_PROGRESS]: 'again',
  [ErrorCode.REQUEST_TIMED_OUT]: 'again',
  [ErrorCode.UNKNOWN_SERVER_ERROR]: 'again',
  [ErrorCode.THROTTLING_QUOTA_EXCEEDED]: 'again',
  [ErrorCode.COORDINATOR_NOT_AVAILABLE]: 'elsewhere',
  [ErrorCode.NOT_COORDINATOR]: 'elsewhere',
  [ErrorCode.REBALANCE_IN_PROGRESS]: 'rejoin',
  [ErrorCode.ILLEGAL_GENERATION]: 'rejoin',
  [ErrorCode.MEMBER_ID_REQUIRED]: 'takeId',
  [ErrorCode.UNKNOWN_MEMBER_ID]: 'lost',
};

export const groupActionOf = (errorCode: number): GroupAction => GROUP_ACTIONS[errorCode] ?? 'fail';

const MISCONFIGURED: Readonly<Record<number, string>> = {
  [ErrorCode.INVALID_SESSION_TIMEOUT]:
    'the session timeout lies outside what the broker allows (group.min.session.timeout.ms to group.max.session.timeout.ms)',
  [ErrorCode.INCONSISTENT_GROUP_PROTOCOL]: 'the group has members of another application; choose another group id',
  [ErrorCode.INVALID_GROUP_ID]: 'the broker refuses the group id',
  [ErrorCode.GROUP_MAX_SIZE_REACHED]: 'the group is full (group.max.size of the broker)',
};

/** The error for an answer that ends the membership. */
export function groupError(errorCode: number, groupId: string): MillraceError {
  const reason = MISCONFIGURED[errorCode];
  if (reason === undefined) return brokerError(errorCode, `be a member of group ${groupId}`);
  const details = { groupId, errorCode, errorName: errorName(errorCode) };
  return new MillraceError('CONFIG_INVALID', `group ${groupId}: ${reason}`, { details });
}

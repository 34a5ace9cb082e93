import type { ApiReply, ApiRequest } from '../api.ts';
import { ErrorCode } from '../error-codes.ts';
import { Group, notJoined, notSynced } from './group.ts';
import { GroupOffsets } from './group-offsets.ts';
import type { Timers } from './timers.ts';
import type { Topics } from './topics.ts';

const MIN_SESSION_TIMEOUT_MS = 6_000;
const MAX_SESSION_TIMEOUT_MS = 1_800_000;

/** The consumer groups of a cluster: membership by the classic protocol, and committed offsets. */
export class GroupCoordinator {
  readonly #topics: Topics;
  readonly #timers: Timers;
  readonly #groups = new Map<string, { readonly membership: Group; readonly offsets: GroupOffsets }>();

  constructor(topics: Topics, timers: Timers) {
    this.#topics = topics;
    this.#timers = timers;
  }

  join(request: ApiRequest<'JoinGroup'>): ApiReply<'JoinGroup'> | Promise<ApiReply<'JoinGroup'>> {
    const { groupId, memberId, sessionTimeoutMs } = request;
    if (groupId === '') return notJoined(ErrorCode.INVALID_GROUP_ID, memberId);
    if (sessionTimeoutMs < MIN_SESSION_TIMEOUT_MS || sessionTimeoutMs > MAX_SESSION_TIMEOUT_MS) {
      return notJoined(ErrorCode.INVALID_SESSION_TIMEOUT, memberId);
    }
    if (memberId !== '' && !this.#groups.has(groupId)) return notJoined(ErrorCode.UNKNOWN_MEMBER_ID, memberId);
    return this.#group(groupId).membership.join(request);
  }

  sync(request: ApiRequest<'SyncGroup'>): ApiReply<'SyncGroup'> | Promise<ApiReply<'SyncGroup'>> {
    return this.#groups.get(request.groupId)?.membership.sync(request) ?? notSynced(ErrorCode.UNKNOWN_MEMBER_ID);
  }

  heartbeat({ groupId, memberId, generation }: ApiRequest<'Heartbeat'>): ApiReply<'Heartbeat'> {
    const membership = this.#groups.get(groupId)?.membership;
    return { errorCode: membership?.heartbeat(memberId, generation) ?? ErrorCode.UNKNOWN_MEMBER_ID };
  }

  leave({ groupId, memberId }: ApiRequest<'LeaveGroup'>): ApiReply<'LeaveGroup'> {
    return { errorCode: this.#groups.get(groupId)?.membership.leave(memberId) ?? ErrorCode.UNKNOWN_MEMBER_ID };
  }

  describe({ groupId }: ApiRequest<'DescribeGroups'>): ApiReply<'DescribeGroups'> {
    const membership = this.#groups.get(groupId)?.membership;
    return { errorCode: ErrorCode.NONE, ...(membership?.describe() ?? { state: 'Dead', members: [] }) };
  }

  delete({ groupId }: ApiRequest<'DeleteGroups'>): ApiReply<'DeleteGroups'> {
    const membership = this.#groups.get(groupId)?.membership;
    if (membership === undefined) return { errorCode: ErrorCode.GROUP_ID_NOT_FOUND };
    if (membership.describe().state !== 'Empty') return { errorCode: ErrorCode.NON_EMPTY_GROUP };
    this.#groups.delete(groupId);
    return { errorCode: ErrorCode.NONE };
  }

  commit({ groupId, memberId, generation, topics }: ApiRequest<'OffsetCommit'>): ApiReply<'OffsetCommit'> {
    if (generation >= 0 && !this.#groups.has(groupId)) {
      return new GroupOffsets(this.#topics).commit(topics, ErrorCode.ILLEGAL_GENERATION);
    }
    const { membership, offsets } = this.#group(groupId);
    return offsets.commit(topics, membership.checkCommit(memberId, generation));
  }

  fetch({ groupId, topics }: ApiRequest<'OffsetFetch'>): ApiReply<'OffsetFetch'> {
    return (this.#groups.get(groupId)?.offsets ?? new GroupOffsets(this.#topics)).fetch(topics);
  }

  /** The group has another coordinator now. */
  moved(groupId: string): void {
    this.#groups.get(groupId)?.membership.moved();
  }

  get groupIds(): string[] {
    return [...this.#groups.keys()];
  }

  #group(groupId: string): { readonly membership: Group; readonly offsets: GroupOffsets } {
    let group = this.#groups.get(groupId);
    if (group === undefined) {
      group = { membership: new Group(groupId, this.#timers), offsets: new GroupOffsets(this.#topics) };
      this.#groups.set(groupId, group);
    }
    return group;
  }
}

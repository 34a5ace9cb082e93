import type { ApiReply, ApiRequest } from '../api.ts';
import { ErrorCode } from '../error-codes.ts';
import type { Deadline, Timers } from './timers.ts';

type JoinRequest = ApiRequest<'JoinGroup'>;
type JoinReply = ApiReply<'JoinGroup'>;
type SyncReply = ApiReply<'SyncGroup'>;
type Protocols = JoinRequest['protocols'];

const NOTHING = Buffer.alloc(0);

/**
 *                       join                      all members joined, or the rebalance timeout
 *     Empty ──────────────────────▶ PreparingRebalance ──────────────────────▶ CompletingRebalance
 *       ▲                            │   ▲        ▲                               │         │
 *       └────────────────────────────┘   │        └──── a member joins or leaves ─┘         │ the leader's sync
 *          nobody joined                 │                                                  ▼
 *                                        └────────── a member joins, leaves or expires ── Stable
 */
const NEXT = {
  Empty: ['PreparingRebalance'],
  PreparingRebalance: ['Empty', 'CompletingRebalance'],
  CompletingRebalance: ['PreparingRebalance', 'Stable'],
  Stable: ['PreparingRebalance'],
} as const satisfies Record<string, readonly string[]>;
type State = keyof typeof NEXT;

interface Member {
  readonly id: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocols: Protocols;
  assignment: Buffer;
  /** Answers the member's JoinGroup, while it waits for the others. */
  joining: ((reply: JoinReply) => void) | null;
  /** Answers the member's SyncGroup, while it waits for the leader. */
  syncing: ((reply: SyncReply) => void) | null;
  readonly session: Deadline;
}

/** What a coordinator writes down of a group, and all that the next one finds: the last generation that was complete. */
interface StoredGroup {
  readonly state: 'Empty' | 'Stable';
  readonly generation: number;
  readonly protocol: string;
  readonly leaderId: string;
  readonly members: readonly Omit<Member, 'joining' | 'syncing' | 'session'>[];
}

/** One consumer group of the classic protocol: its members, generations and rebalances. */
export class Group {
  readonly #timers: Timers;
  readonly #members = new Map<string, Member>();
  /** Member ids that were given out and not yet joined with. */
  readonly #pending = new Map<string, Deadline>();
  readonly #groupId: string;
  /** Ends the wait for members that do not join; then for those that do not sync. */
  readonly #patience: Deadline;
  #state: State = 'Empty';
  #generation = 0;
  #protocolType: string | null = null;
  #protocol = '';
  #leaderId = '';
  #memberIds = 0;
  #stored: StoredGroup = { state: 'Empty', generation: 0, protocol: '', leaderId: '', members: [] };

  constructor(groupId: string, timers: Timers) {
    this.#groupId = groupId;
    this.#timers = timers;
    this.#patience = timers.deadline(() => this.#onPatienceEnd());
  }

  join(request: JoinRequest): JoinReply | Promise<JoinReply> {
    const { memberId } = request;
    if (!this.#supports(request)) return notJoined(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, memberId);
    if (memberId === '') return notJoined(ErrorCode.MEMBER_ID_REQUIRED, this.#giveId(request.sessionTimeoutMs));
    if (this.#forgetPending(memberId)) return this.#joinAndRebalance(this.#add(memberId, request), request);
    const member = this.#members.get(memberId);
    if (member === undefined) return notJoined(ErrorCode.UNKNOWN_MEMBER_ID, memberId);
    const known = sameProtocols(member.protocols, request.protocols);
    const isLeader = memberId === this.#leaderId;
    // A member that asks again with what is known lost an answer; only a leader asks for a rebalance that way.
    if (known && this.#state === 'CompletingRebalance') return this.#joined(member);
    if (known && this.#state === 'Stable' && !isLeader) return this.#joined(member);
    return this.#joinAndRebalance(member, request);
  }

  sync(request: ApiRequest<'SyncGroup'>): SyncReply | Promise<SyncReply> {
    const errorCode = this.#checkMember(request.memberId, request.generation);
    if (errorCode !== ErrorCode.NONE) return notSynced(errorCode);
    const member = this.#members.get(request.memberId)!;
    if (this.#state === 'PreparingRebalance') return notSynced(ErrorCode.REBALANCE_IN_PROGRESS);
    if (this.#state === 'Stable') {
      this.#touch(member);
      return { errorCode: ErrorCode.NONE, assignment: member.assignment };
    }
    member.session.clear();
    const reply = new Promise<SyncReply>((resolve) => (member.syncing = resolve));
    if (member.id === this.#leaderId) this.#assign(request.assignments);
    return reply;
  }

  heartbeat(memberId: string, generation: number): number {
    const errorCode = this.#checkMember(memberId, generation);
    if (errorCode !== ErrorCode.NONE) return errorCode;
    this.#touch(this.#members.get(memberId)!);
    return this.#state === 'PreparingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
  }

  leave(memberId: string): number {
    if (this.#forgetPending(memberId)) {
      this.#completeJoinIfAll();
      return ErrorCode.NONE;
    }
    const member = this.#members.get(memberId);
    if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    this.#remove(member);
    return ErrorCode.NONE;
  }

  describe(): Omit<ApiReply<'DescribeGroups'>, 'errorCode'> {
    const settled = this.#state === 'Stable';
    const members = [...this.#members.values()].map((member) => ({
      memberId: member.id,
      clientId: 'fake',
      clientHost: '/127.0.0.1',
      metadata: settled ? this.#described(member).metadata : NOTHING,
    }));
    return { state: this.#state, members };
  }

  /** Whether these may commit offsets: members of this generation, or anybody (-1) while the group is empty. */
  checkCommit(memberId: string, generation: number): number {
    if (generation < 0 && this.#state === 'Empty') return ErrorCode.NONE;
    if (generation < 0 && memberId === '') return ErrorCode.UNKNOWN_MEMBER_ID;
    const errorCode = this.#checkMember(memberId, generation);
    if (errorCode !== ErrorCode.NONE) return errorCode;
    if (this.#state === 'CompletingRebalance') return ErrorCode.REBALANCE_IN_PROGRESS;
    this.#touch(this.#members.get(memberId)!);
    return ErrorCode.NONE;
  }

  /**
   * Another node coordinates the group from now on: it knows the last generation that was complete. Who waited for an answer is told to
   * look for it.
   */
  moved(): void {
    for (const memberId of [...this.#pending.keys()]) this.#forgetPending(memberId);
    for (const member of this.#members.values()) {
      member.session.clear();
      member.joining?.(notJoined(ErrorCode.NOT_COORDINATOR, member.id));
      member.syncing?.(notSynced(ErrorCode.NOT_COORDINATOR));
    }
    this.#members.clear();
    this.#patience.clear();
    const { state, generation, protocol, leaderId, members } = this.#stored;
    this.#state = state;
    this.#generation = generation;
    this.#protocol = protocol;
    this.#leaderId = leaderId;
    for (const member of members) this.#touch(this.#enter(member));
  }

  #store(state: StoredGroup['state']): void {
    const members = [...this.#members.values()].map((member) => ({
      id: member.id,
      sessionTimeoutMs: member.sessionTimeoutMs,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      protocols: member.protocols,
      assignment: member.assignment,
    }));
    this.#stored = {
      state,
      generation: this.#generation,
      protocol: this.#protocol,
      leaderId: this.#leaderId,
      members,
    };
  }

  #supports({ protocolType, protocols }: JoinRequest): boolean {
    if (protocolType === '' || protocols.length === 0) return false;
    if (this.#members.size === 0) return true;
    return protocolType === this.#protocolType && protocols.some(({ name }) => this.#isCommon(name));
  }

  #isCommon(protocol: string): boolean {
    return [...this.#members.values()].every(({ protocols }) => protocols.some(({ name }) => name === protocol));
  }

  #giveId(sessionTimeoutMs: number): string {
    const id = `${this.#groupId}-member-${++this.#memberIds}`;
    const expiry = this.#timers.deadline(() => {
      this.#pending.delete(id);
      this.#completeJoinIfAll();
    });
    expiry.setIn(sessionTimeoutMs);
    this.#pending.set(id, expiry);
    return id;
  }

  #forgetPending(memberId: string): boolean {
    this.#pending.get(memberId)?.clear();
    return this.#pending.delete(memberId);
  }

  #add(id: string, request: JoinRequest): Member {
    if (this.#members.size === 0) this.#leaderId = id;
    this.#protocolType = request.protocolType;
    const { sessionTimeoutMs, rebalanceTimeoutMs, protocols } = request;
    return this.#enter({ id, sessionTimeoutMs, rebalanceTimeoutMs, protocols, assignment: NOTHING });
  }

  #enter(known: StoredGroup['members'][number]): Member {
    const session = this.#timers.deadline(() => this.#remove(member));
    const member: Member = { ...known, joining: null, syncing: null, session };
    this.#members.set(member.id, member);
    return member;
  }

  #remove(member: Member): void {
    member.session.clear();
    this.#members.delete(member.id);
    member.joining?.(notJoined(ErrorCode.UNKNOWN_MEMBER_ID, member.id));
    member.syncing?.(notSynced(ErrorCode.UNKNOWN_MEMBER_ID));
    if (this.#state === 'PreparingRebalance') this.#completeJoinIfAll();
    else this.#rebalance();
  }

  #joinAndRebalance(member: Member, request: JoinRequest): Promise<JoinReply> {
    member.protocols = request.protocols;
    member.sessionTimeoutMs = request.sessionTimeoutMs;
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    member.session.clear();
    member.joining?.(notJoined(ErrorCode.UNKNOWN_MEMBER_ID, member.id));
    const reply = new Promise<JoinReply>((resolve) => (member.joining = resolve));
    if (this.#state === 'PreparingRebalance') this.#completeJoinIfAll();
    else this.#rebalance();
    return reply;
  }

  /** Asks every member to join again: the next heartbeat of each tells it. */
  #rebalance(): void {
    for (const member of this.#members.values()) {
      this.#answerSync(member, notSynced(ErrorCode.REBALANCE_IN_PROGRESS));
    }
    this.#become('PreparingRebalance');
    this.#patience.setIn(this.#rebalanceTimeoutMs);
    this.#completeJoinIfAll();
  }

  get #rebalanceTimeoutMs(): number {
    return Math.max(0, ...[...this.#members.values()].map(({ rebalanceTimeoutMs }) => rebalanceTimeoutMs));
  }

  #completeJoinIfAll(): void {
    if (this.#state !== 'PreparingRebalance' || this.#pending.size > 0) return;
    for (const member of this.#members.values()) if (member.joining === null) return;
    this.#completeJoin();
  }

  #onPatienceEnd(): void {
    if (this.#state === 'PreparingRebalance') return this.#completeJoin();
    if (this.#state !== 'CompletingRebalance') return;
    const late = [...this.#members.values()].filter((member) => member.syncing === null);
    for (const member of late) this.#remove(member);
  }

  /** Begins the next generation with those that joined; the others are out. */
  #completeJoin(): void {
    this.#patience.clear();
    for (const member of [...this.#members.values()]) {
      if (member.joining !== null) continue;
      member.session.clear();
      this.#members.delete(member.id);
    }
    this.#generation++;
    if (this.#members.size === 0) {
      this.#protocol = '';
      this.#leaderId = '';
      this.#become('Empty');
      return this.#store('Empty');
    }
    if (!this.#members.has(this.#leaderId)) this.#leaderId = [...this.#members.keys()][0];
    this.#protocol = this.#vote();
    this.#become('CompletingRebalance');
    this.#patience.setIn(this.#rebalanceTimeoutMs);
    for (const member of this.#members.values()) {
      const answer = member.joining;
      member.joining = null;
      member.assignment = NOTHING;
      this.#touch(member);
      answer?.(this.#joined(member));
    }
  }

  /** The protocol most members like best among those that all know. */
  #vote(): string {
    const votes = new Map<string, number>();
    for (const { protocols } of this.#members.values()) {
      const { name } = protocols.find((protocol) => this.#isCommon(protocol.name))!;
      votes.set(name, (votes.get(name) ?? 0) + 1);
    }
    return [...votes].reduce((best, each) => (each[1] > best[1] ? each : best))[0];
  }

  #joined(member: Member): JoinReply {
    const isLeader = member.id === this.#leaderId;
    return {
      errorCode: ErrorCode.NONE,
      generation: this.#generation,
      protocol: this.#protocol,
      leaderId: this.#leaderId,
      memberId: member.id,
      members: isLeader ? [...this.#members.values()].map((each) => this.#described(each)) : [],
    };
  }

  #described({ id, protocols }: Member): { memberId: string; metadata: Buffer } {
    const protocol = protocols.find(({ name }) => name === this.#protocol)!;
    return { memberId: id, metadata: Buffer.from(protocol.metadata) };
  }

  #assign(assignments: ApiRequest<'SyncGroup'>['assignments']): void {
    this.#patience.clear();
    const byMember = new Map(assignments.map(({ memberId, assignment }) => [memberId, assignment]));
    this.#become('Stable');
    for (const member of this.#members.values()) {
      member.assignment = Buffer.from(byMember.get(member.id) ?? NOTHING);
      this.#answerSync(member, { errorCode: ErrorCode.NONE, assignment: member.assignment });
    }
    this.#store('Stable');
  }

  #answerSync(member: Member, reply: SyncReply): void {
    if (member.syncing === null) return;
    member.syncing(reply);
    member.syncing = null;
    this.#touch(member);
  }

  #checkMember(memberId: string, generation: number): number {
    if (!this.#members.has(memberId)) return ErrorCode.UNKNOWN_MEMBER_ID;
    return generation === this.#generation ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION;
  }

  /** Begins the member's session anew. Who waits for an answer of ours cannot send heartbeats: only the others' patience ends that. */
  #touch(member: Member): void {
    if (member.joining === null && member.syncing === null) member.session.setIn(member.sessionTimeoutMs);
  }

  #become(next: State): void {
    const allowed: readonly State[] = NEXT[this.#state];
    if (!allowed.includes(next)) throw new Error(`group ${this.#groupId}: ${this.#state} cannot become ${next}`);
    this.#state = next;
  }
}

/** The answer to a JoinGroup that did not get in. */
export const notJoined = (errorCode: number, memberId: string): JoinReply => ({
  errorCode,
  generation: -1,
  protocol: '',
  leaderId: '',
  memberId,
  members: [],
});

/** The answer to a SyncGroup that brings no assignment. */
export const notSynced = (errorCode: number): SyncReply => ({ errorCode, assignment: NOTHING });

const sameProtocols = (left: Protocols, right: Protocols): boolean =>
  left.length === right.length &&
  left.every(
    ({ name, metadata }, i) => name === right[i].name && Buffer.from(metadata).equals(Buffer.from(right[i].metadata)),
  );

import { asMillraceError, MillraceError } from '../core/errors.ts';
import type { GroupAssignment, GroupListener, GroupMembership, GroupOptions } from '../core/transport.ts';
import type { ApiReply, ApiRequest } from './api.ts';
import type { Cluster } from './cluster.ts';
import { askCoordinator, orNull } from './coordinator-request.ts';
import { groupActionOf, groupError } from './group-errors.ts';
import { allFamilies, familySizes, lead, type SubscribedMember } from './group-leader.ts';
import {
  decodeAssignment,
  decodeSubscription,
  encodeSubscription,
  PROTOCOL_NAME,
  PROTOCOL_TYPE,
} from './group-protocol.ts';
import { Patience } from './patience.ts';

/**
 * The life of a member:
 *
 *        ┌── rejoin, lost ──┐
 *        ↓                  │
 *     joining ──joined──→ syncing ──assigned──→ stable
 *      │   ↑                                      │
 *      │   └──────────── rejoin, lost ────────────┘
 *      │
 *      any of these ──leave──→ left        any of these ──fail──→ failed
 *
 * A rejoin keeps the member id and everything it runs: tasks go on until the next assignment says otherwise (sticky, eager). Lost means
 * that the coordinator no longer knows the member.
 */
export type MemberState = keyof typeof TRANSITIONS;

export type MemberEvent = 'joined' | 'assigned' | 'rejoin' | 'lost' | 'leave' | 'fail';

const TRANSITIONS = {
  joining: { joined: 'syncing', rejoin: 'joining', lost: 'joining', leave: 'left', fail: 'failed' },
  syncing: { assigned: 'stable', rejoin: 'joining', lost: 'joining', leave: 'left', fail: 'failed' },
  stable: { rejoin: 'joining', lost: 'joining', leave: 'left', fail: 'failed' },
  left: {},
  failed: {},
} as const;

const NO_ASSIGNMENT: GroupAssignment = { generation: -1, memberId: '', tasks: [], owners: new Map() };

/** At least this often, and four times a session: it is also how soon a member hears that others come or go. */
const HEARTBEAT_MS = 1_000;
const WATCH_PARTITIONS_MS = 30_000;
/** How long the leader waits for a topic that it cannot see: one just created may not be known to every broker yet. */
const TOPIC_PATIENCE_MS = 3_000;
const TOPIC_PAUSE_MS = 250;
const LEAVE_PATIENCE_MS = 3_000;

type GroupApi = 'JoinGroup' | 'SyncGroup' | 'Heartbeat';

/** One member of a consumer group, by the classic protocol. It starts at once and goes on until it leaves or fails. */
export class GroupMember implements GroupMembership {
  readonly groupId: string;
  readonly #cluster: Cluster;
  readonly #options: GroupOptions;
  readonly #listener: GroupListener;
  readonly #heartbeatMs: number;
  readonly #stop = new AbortController();
  #state: MemberState = 'joining';
  #memberId = '';
  #generation = -1;
  /** The members as the last JoinGroup gave them to their leader; empty when that is not us. */
  #led: SubscribedMember[] = [];
  /** Partition counts that the assignment in force was computed from; null when it was not our work. */
  #counts: ReadonlyMap<string, number> | null = null;
  #assignment = NO_ASSIGNMENT;
  #waiting: ((assignment: GroupAssignment) => void)[] = [];
  #wake = new AbortController();
  #partitionsChanged = false;

  constructor(cluster: Cluster, options: GroupOptions, listener: GroupListener) {
    this.#cluster = cluster;
    this.#options = options;
    this.#listener = listener;
    this.groupId = options.groupId;
    this.#heartbeatMs = Math.min(HEARTBEAT_MS, options.sessionTimeoutMs / 4);
    void Promise.all([this.#live(), this.#watchPartitions()]).catch((error) => this.#fail(asMillraceError(error)));
  }

  /** It left or failed; nothing will come from it any more. */
  get isOver(): boolean {
    return this.#state === 'left' || this.#state === 'failed';
  }

  /** Who we are to the coordinator in the generation that gave us our tasks; null when it gave us none. */
  get identity(): { generation: number; memberId: string } | null {
    return this.#assignment === NO_ASSIGNMENT ? null : this.#assignment;
  }

  /** After leaving or failing: no tasks. */
  confirm(): Promise<GroupAssignment> {
    if (this.isOver) return Promise.resolve(NO_ASSIGNMENT);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#wake.abort();
    });
  }

  /** Resolves also when no coordinator can be told; then the session has to end by itself. */
  async leave(): Promise<void> {
    if (this.isOver) return;
    this.#end('leave');
    await this.#sendLeave();
  }

  async #live(): Promise<void> {
    while (!this.isOver) {
      if (this.#state === 'joining') await this.#join();
      else if (this.#state === 'syncing') await this.#sync();
      else await this.#beat();
    }
  }

  async #join(): Promise<void> {
    const { groupId, sessionTimeoutMs, families, planHash, address } = this.#options;
    const { tasks: owned, generation } = this.#assignment;
    const metadata = encodeSubscription({ families, owned, generation, planHash, address });
    const reply = await this.#ask('JoinGroup', {
      groupId,
      sessionTimeoutMs,
      // Members answer a rebalance within a heartbeat, whatever they compute: only one that is as good as gone takes longer.
      rebalanceTimeoutMs: sessionTimeoutMs * 3,
      memberId: this.#memberId,
      protocolType: PROTOCOL_TYPE,
      protocols: [{ name: PROTOCOL_NAME, metadata }],
    });
    if (reply === null) return;
    if (reply.memberId !== '') this.#memberId = reply.memberId;
    // The reply may have waited for others for long; having left meanwhile, we would hold them up until the session ends.
    if (this.isOver) return this.#sendLeave();
    if (!this.#follow(reply.errorCode)) return;
    this.#generation = reply.generation;
    this.#led = reply.leaderId === reply.memberId ? subscribed(reply.members) : [];
    this.#counts = null;
    this.#partitionsChanged = false;
    this.#step('joined');
  }

  async #sync(): Promise<void> {
    const assignments = this.#led.length > 0 ? await this.#lead() : [];
    if (this.#state !== 'syncing') return;
    const { groupId } = this.#options;
    const request = { groupId, generation: this.#generation, memberId: this.#memberId, assignments };
    const reply = await this.#ask('SyncGroup', request);
    if (reply === null || this.isOver || !this.#follow(reply.errorCode)) return;
    const { tasks, owners } = decodeAssignment(reply.assignment) ?? NO_ASSIGNMENT;
    this.#assignment = { generation: this.#generation, memberId: this.#memberId, tasks, owners };
    this.#step('assigned');
    this.#listener.onAssignment(this.#assignment);
  }

  /** One heartbeat: when it is due, or at once when somebody waits for a confirmation. */
  async #beat(): Promise<void> {
    if (this.#waiting.length === 0 && !this.#partitionsChanged) {
      this.#wake = new AbortController();
      await this.#cluster.clock.sleep(this.#heartbeatMs, this.#wake.signal);
    }
    if (this.isOver) return;
    if (this.#partitionsChanged) return this.#step('rejoin');
    const asked = this.#waiting.length;
    const { groupId } = this.#options;
    const reply = await this.#ask('Heartbeat', { groupId, generation: this.#generation, memberId: this.#memberId });
    if (reply === null || this.isOver || !this.#follow(reply.errorCode)) return;
    for (const resolve of this.#waiting.splice(0, asked)) resolve(this.#assignment);
  }

  /** Asks until there is an answer that says what to do next; null when the member is over. */
  #ask<A extends GroupApi>(api: A, request: ApiRequest<A>): Promise<ApiReply<A> | null> {
    const patience = new Patience(this.#cluster.clock, Infinity, this.#stop.signal);
    return askCoordinator(this.#cluster, 'group', this.groupId, api, request, patience, (reply) => {
      const action = reply === null ? 'elsewhere' : groupActionOf(reply.errorCode);
      return action === 'again' || action === 'elsewhere' ? action : 'done';
    });
  }

  /** Steps as the answer says; true if the request was granted. */
  #follow(errorCode: number): boolean {
    switch (groupActionOf(errorCode)) {
      case 'done':
        return true;
      case 'rejoin':
      case 'takeId':
        this.#step('rejoin');
        return false;
      case 'lost': {
        const held = this.#assignment !== NO_ASSIGNMENT;
        this.#memberId = '';
        this.#assignment = NO_ASSIGNMENT;
        this.#step('lost');
        if (held) this.#listener.onLost(`the coordinator of group ${this.groupId} no longer knows this member`);
        return false;
      }
      default:
        throw groupError(errorCode, this.groupId);
    }
  }

  async #lead(): Promise<ApiRequest<'SyncGroup'>['assignments']> {
    const families = allFamilies(this.#options.families, this.#led);
    const topics = [...new Set(families.flatMap(({ inputTopics }) => inputTopics))];
    const patience = new Patience(this.#cluster.clock, TOPIC_PATIENCE_MS, this.#stop.signal);
    let counts = await orNull(this.#cluster.partitionCounts(topics));
    while ((counts === null || counts.size < topics.length) && (await patience.pause(TOPIC_PAUSE_MS))) {
      counts = await orNull(this.#cluster.partitionCounts(topics));
    }
    if (counts === null) {
      // Without a sight of the topics there is nothing to hand out. Joining again lets another lead, if the fault is ours.
      if (!this.isOver) this.#step('rejoin');
      return [];
    }
    this.#counts = counts;
    return lead(families, familySizes(families, counts), this.#led);
  }

  /** The leader alone looks; a rebalance tells the others. */
  async #watchPartitions(): Promise<void> {
    const { clock } = this.#cluster;
    const { signal } = this.#stop;
    for (;;) {
      await clock.sleep(WATCH_PARTITIONS_MS, signal);
      if (signal.aborted) return;
      const counts = this.#counts;
      if (this.#state !== 'stable' || counts === null) continue;
      const topics = [...counts.keys()];
      const now = await orNull(this.#cluster.partitionCounts(topics));
      if (now === null || counts !== this.#counts || topics.every((topic) => now.get(topic) === counts.get(topic)))
        continue;
      this.#partitionsChanged = true;
      this.#wake.abort();
    }
  }

  #step(event: MemberEvent): void {
    const next = (TRANSITIONS[this.#state] as Partial<Record<MemberEvent, MemberState>>)[event];
    if (next === undefined) {
      throw new MillraceError(
        'INTERNAL',
        `a member of group ${this.groupId} cannot ${event} while it is ${this.#state}`,
      );
    }
    this.#state = next;
  }

  #end(event: 'leave' | 'fail'): void {
    this.#step(event);
    this.#stop.abort();
    this.#wake.abort();
    this.#assignment = NO_ASSIGNMENT;
    for (const resolve of this.#waiting.splice(0)) resolve(NO_ASSIGNMENT);
  }

  async #fail(error: MillraceError): Promise<void> {
    if (this.isOver) return;
    this.#end('fail');
    await this.#sendLeave();
    this.#listener.onFailure(error);
  }

  /** Tells the coordinator, once, for as long as patience lasts. Never rejects. */
  async #sendLeave(): Promise<void> {
    const memberId = this.#memberId;
    if (memberId === '') return;
    const told = new AbortController();
    const tell = async (): Promise<void> => {
      const { groupId } = this;
      try {
        const node = await this.#cluster.coordinatorOf('group', groupId);
        await this.#cluster.link.send(node, 'LeaveGroup', { groupId, memberId });
      } catch {
        // The session ends by itself.
      }
      told.abort();
    };
    await Promise.race([tell(), this.#cluster.clock.sleep(LEAVE_PATIENCE_MS, told.signal)]);
  }
}

/** Members whose metadata we cannot read take part without being given anything. */
const subscribed = (members: ApiReply<'JoinGroup'>['members']): SubscribedMember[] =>
  members.map(({ memberId, metadata }) => ({ memberId, subscription: decodeSubscription(metadata) ?? NOTHING }));

const NOTHING = { families: [], owned: [], generation: -1, planHash: '', address: '' };

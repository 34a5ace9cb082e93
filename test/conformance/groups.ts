import type { ApiReply, ApiRequest } from '../../src/kafka/api.ts';
import type { Client } from './client.ts';
import type { Script } from './script.ts';

const SESSION_MS = 6_000;

type Join = ApiReply<'JoinGroup'>;

/** One member, as the scripts see it: its id as the group gave it, and the generation it is in. */
class Member {
  readonly #client: Client;
  readonly #groupId: string;
  readonly #metadata: string;
  id = '';
  generation = -1;

  constructor(client: Client, groupId: string, metadata: string) {
    this.#client = client;
    this.#groupId = groupId;
    this.#metadata = metadata;
  }

  async join(changes: Partial<ApiRequest<'JoinGroup'>> = {}): Promise<Join> {
    const request = {
      groupId: this.#groupId,
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: 20_000,
      memberId: this.id,
      protocolType: 'consumer',
      protocols: [{ name: 'millrace', metadata: Buffer.from(this.#metadata) }],
      ...changes,
    };
    const key = request.groupId;
    const reply = await this.#client.coordinated('group', key, 'JoinGroup', request, (each) => each.errorCode);
    if (reply.errorCode === 79 || reply.errorCode === 0) this.id = reply.memberId;
    if (reply.errorCode === 0) this.generation = reply.generation;
    return reply;
  }

  /** Joins as a new member has to: for an id first, then with it. */
  async enter(): Promise<Join> {
    await this.join();
    return this.join();
  }

  sync(assignments: Record<string, string>, generation = this.generation): Promise<ApiReply<'SyncGroup'>> {
    const list = Object.entries(assignments).map(([memberId, text]) => ({ memberId, assignment: Buffer.from(text) }));
    const request = { groupId: this.#groupId, generation, memberId: this.id, assignments: list };
    return this.#client.coordinated('group', this.#groupId, 'SyncGroup', request, (reply) => reply.errorCode);
  }

  async heartbeat(generation = this.generation, memberId = this.id): Promise<number> {
    const request = { groupId: this.#groupId, generation, memberId };
    const codeOf = (reply: ApiReply<'Heartbeat'>): number => reply.errorCode;
    return codeOf(await this.#client.coordinated('group', this.#groupId, 'Heartbeat', request, codeOf));
  }

  async leave(memberId = this.id): Promise<number> {
    const request = { groupId: this.#groupId, memberId };
    const codeOf = (reply: ApiReply<'LeaveGroup'>): number => reply.errorCode;
    return codeOf(await this.#client.coordinated('group', this.#groupId, 'LeaveGroup', request, codeOf));
  }

  async commit(
    topic: string,
    offset: number,
    { generation = this.generation, memberId = this.id, metadata = 'by us' } = {},
  ): Promise<number> {
    const partitions = [{ partition: 0, offset, metadata }];
    const request = { groupId: this.#groupId, generation, memberId, topics: [{ topic, partitions }] };
    const codeOf = (reply: ApiReply<'OffsetCommit'>): number => reply.topics[0].partitions[0].errorCode;
    return codeOf(await this.#client.coordinated('group', this.#groupId, 'OffsetCommit', request, codeOf));
  }

  async committed(topic: string): Promise<unknown> {
    const request = { groupId: this.#groupId, topics: [{ topic, partitions: [0, 9] }] };
    const codeOf = (each: ApiReply<'OffsetFetch'>): number => each.errorCode;
    const reply = await this.#client.coordinated('group', this.#groupId, 'OffsetFetch', request, codeOf);
    const partitions = [...reply.topics[0].partitions].sort((left, right) => left.partition - right.partition);
    return [reply.errorCode, partitions.map((each) => [each.partition, each.errorCode, each.offset, each.metadata])];
  }
}

/** The answer to a join, members called by their metadata. */
function describeJoin(reply: Join, members: readonly [string, Member][]): unknown {
  const nameOf = (id: string): string => members.find(([, member]) => member.id === id)?.[0] ?? (id && 'somebody');
  return {
    errorCode: reply.errorCode,
    generation: reply.generation,
    protocol: reply.protocol,
    leader: nameOf(reply.leaderId),
    members: reply.members.map(({ memberId, metadata }) => `${nameOf(memberId)}: ${metadata.toString()}`).sort(),
  };
}

const describeSync = ({ errorCode, assignment }: ApiReply<'SyncGroup'>): unknown => [errorCode, assignment.toString()];

/** Joining, syncing, heartbeats, leaving. */
export const groups: Script = async (client, note) => {
  const groupId = client.name('group');
  const a = new Member(client, groupId, 'of a');
  const b = new Member(client, groupId, 'of b');
  const names: [string, Member][] = [
    ['a', a],
    ['b', b],
  ];
  // A coordinator that still loads answers heartbeats as if all were well, so that another request comes first.
  note('leave no group', await a.leave('nobody'));
  note('heartbeat to no group', await a.heartbeat(1, 'nobody'));
  note('an unknown member joins no group', (await a.join({ memberId: 'nobody' })).errorCode);
  note('too short a session', (await a.join({ sessionTimeoutMs: 10 })).errorCode);
  note('too long a session', (await a.join({ sessionTimeoutMs: 2_000_000 })).errorCode);
  note('no group id', (await a.join({ groupId: '' })).errorCode);
  note('no protocols', (await a.join({ protocols: [] })).errorCode);

  note('the first join asks to come with an id', describeJoin(await a.join(), names));
  note('the first member', describeJoin(await a.join(), names));
  note('an unknown member', (await b.join({ memberId: 'nobody' })).errorCode);
  note('heartbeat before the sync', await a.heartbeat());
  note('sync of a wrong generation', describeSync(await a.sync({}, a.generation + 1)));
  note('the leader syncs', describeSync(await a.sync({ [a.id]: 'all' })));
  note('the leader syncs again', describeSync(await a.sync({ [a.id]: 'other' })));
  note('heartbeat', await a.heartbeat());
  note('heartbeat of an old generation', await a.heartbeat(a.generation - 1));
  note('heartbeat of a generation to come', await a.heartbeat(a.generation + 1));
  note('heartbeat of a stranger', await a.heartbeat(a.generation, 'nobody'));
  note('another protocol', (await b.join({ protocols: [{ name: 'x', metadata: Buffer.from('') }] })).errorCode);
  note('another kind of group', (await b.join({ protocolType: 'connect' })).errorCode);

  await b.join();
  note('heartbeat while an id is given out', await a.heartbeat());
  const joining = b.join();
  await client.until(
    () => a.heartbeat(),
    (code) => code === 27,
  );
  note('sync while others join', describeSync(await a.sync({})));
  const [rejoined, joined] = [await a.join(), await joining];
  note('the first member joins again', describeJoin(rejoined, names));
  note('the second member', describeJoin(joined, names));
  const waiting = b.sync({});
  note('the leader assigns', describeSync(await a.sync({ [a.id]: 'left', [b.id]: 'right' })));
  note('the second is assigned', describeSync(await waiting));
  note('a follower that lost the answer', describeJoin(await b.join(), names));
  note('nobody was disturbed', await a.heartbeat());

  note('the leader leaves', await a.leave());
  note('the leader leaves again', await a.leave());
  note('heartbeat of one who left', await a.heartbeat());
  note('the other is asked to join', await b.heartbeat());
  note('it leads now', describeJoin(await b.join(), names));
  note('it is assigned nothing', describeSync(await b.sync({})));
  note('it leaves', await b.leave());
  note('heartbeat to an empty group', await b.heartbeat());
  note('sync to an empty group', describeSync(await b.sync({})));
};

/** Committed offsets, and who may commit them. */
export const groupOffsets: Script = async (client, note) => {
  const topic = await client.createTopic('committed');
  const member = new Member(client, client.name('offsets'), '');
  note('of no group', await member.committed(topic));
  note('of a missing topic', await member.committed(client.name('missing')));
  note('a generation without a group', await member.commit(topic, 1, { generation: 5, memberId: 'nobody' }));
  note('from outside', await member.commit(topic, 5, { generation: -1, memberId: '' }));
  note('what was committed', await member.committed(topic));
  note('to a missing topic', await member.commit(client.name('missing'), 5));
  note('with too long a text', await member.commit(topic, 6, { metadata: 'x'.repeat(4097) }));
  note('with the longest text', await member.commit(topic, 7, { metadata: 'x'.repeat(4096) }));
  await member.enter();
  note('from outside, before the sync', await member.commit(topic, 8, { generation: -1, memberId: '' }));
  note('before the sync', await member.commit(topic, 8));
  await member.sync({ [member.id]: 'all' });
  note('of the generation', await member.commit(topic, 8));
  note('of an old generation', await member.commit(topic, 9, { generation: member.generation - 1 }));
  note('of a stranger', await member.commit(topic, 9, { memberId: 'nobody' }));
  note('from outside, while there are members', await member.commit(topic, 9, { generation: -1, memberId: '' }));
  const other = new Member(client, client.name('offsets'), '');
  await other.join();
  const joining = other.join();
  await client.until(
    () => member.heartbeat(),
    (code) => code === 27,
  );
  note('while others join', await member.commit(topic, 10));
  note('a commit back', await member.commit(topic, 3));
  note('what was committed last', await member.committed(topic));
  await member.leave();
  await joining;
  await other.leave();
  note('from outside, once empty', await member.commit(topic, 11, { generation: -1, memberId: '' }));
  note('what is left', await member.committed(topic));
};

/** A member that falls silent is put out when its session ends. */
export const sessionTimeout: Script = async (client, note) => {
  const groupId = client.name('silent');
  const silent = new Member(client, groupId, '');
  const alive = new Member(client, groupId, '');
  await silent.enter();
  await silent.sync({});
  await alive.join();
  const joining = alive.join();
  const joined = await joining;
  note('the other gets in alone', [joined.errorCode, joined.generation, joined.members.length]);
  note('the silent one is unknown', await silent.heartbeat());
};

/** Groups as somebody outside sees them, and how they are deleted. */
export const groupAdmin: Script = async (client, note) => {
  const topic = await client.createTopic('administered');
  const groupId = client.name('administered');
  const member = new Member(client, groupId, 'm');
  const describe = async (): Promise<readonly unknown[]> => {
    const codeOf = (reply: ApiReply<'DescribeGroups'>): number => reply.errorCode;
    const reply = await client.coordinated('group', groupId, 'DescribeGroups', { groupId }, codeOf);
    const members = reply.members.map(({ memberId, clientHost, metadata }) => [
      memberId === member.id,
      clientHost,
      metadata.toString(),
    ]);
    return [reply.errorCode, reply.state, members];
  };
  const remove = async (): Promise<number> => {
    const codeOf = (reply: ApiReply<'DeleteGroups'>): number => reply.errorCode;
    return codeOf(await client.coordinated('group', groupId, 'DeleteGroups', { groupId }, codeOf));
  };
  note('no group', await describe());
  note('no group is deleted', await remove());
  await member.commit(topic, 5, { generation: -1, memberId: '' });
  note('a group of offsets only', await describe());
  note('its offsets go with it', [await remove(), await member.committed(topic)]);
  await member.enter();
  // A description shows what the coordinator has written, which may be a moment behind what it has answered.
  const described = (as: string): Promise<unknown> => client.until(describe, ([, state]) => state === as);
  note('a member that was not assigned yet', await described('CompletingRebalance'));
  await member.sync({ [member.id]: 'all' });
  await member.commit(topic, 6);
  note('a member', await described('Stable'));
  note('a group with a member stays', [await remove(), await member.committed(topic)]);
  await member.leave();
  note('the member left', await described('Empty'));
  note('now it goes', [await remove(), await describe(), await member.committed(topic)]);
};

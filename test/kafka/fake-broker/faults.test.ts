import { describe, expect, test } from 'vitest';
import { ANY_NODE, type ApiName, type ApiRequest, type BrokerLink } from '../../../src/kafka/api.ts';
import { disconnected, timedOut } from '../../../src/kafka/fake-broker/fake-link.ts';
import { describeFetch, type Client, type Producer } from '../../conformance/client.ts';
import { startCluster } from './start-cluster.ts';

const NOT_LEADER = 6;
const NOT_COORDINATOR = 16;
const CONCURRENT_TRANSACTIONS = 51;

async function createReplicated(client: Client, replicas: number): Promise<string> {
  const topics = [{ topic: 'replicated', partitions: 1, replicationFactor: replicas, config: [] }];
  await client.link.send(ANY_NODE, 'CreateTopics', { timeoutMs: 0, topics });
  return 'replicated';
}

async function beginAndProduce(client: Client, topic: string, id: string): Promise<Producer> {
  const producer = await client.init(id);
  await client.addPartitions(producer, { [topic]: [0] });
  await client.produce(topic, client.batch(1, { producer, sequence: 0, transactional: true }), id);
  return producer;
}

describe('nodes', () => {
  test('a stopped node breaks what is under way and answers nothing until it is back, with its data', async () => {
    const { cluster, client, link } = startCluster();
    const topic = await client.createTopic('t');
    await client.produce(topic, client.batch(3));
    const waiting = client.fetch(topic, 3, { maxWaitMs: 60_000 });
    await client.offsets(topic);
    cluster.kill(1);
    await expect(waiting).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    await expect(link.send(1, 'ApiVersions', {})).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    await expect(link.send(ANY_NODE, 'ApiVersions', {})).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    cluster.restart(1);
    expect(await client.offsets(topic)).toEqual([0, 3, 3]);
  });

  test('another replica leads when the leader stops; without one the partition has no leader', async () => {
    const { cluster, client, link } = startCluster({ nodes: 3 });
    const topic = await createReplicated(client, 2);
    await client.produce(topic, client.batch(1));
    const first = await client.leaderOf(topic);
    cluster.kill(first);
    const second = await client.leaderOf(topic);
    expect(second).not.toBe(first);
    expect(await client.produce(topic, client.batch(1))).toEqual([0, 1]);
    cluster.kill(second);
    const { topics } = await link.send(ANY_NODE, 'Metadata', { topics: [topic] });
    expect(topics[0].partitions[0]).toMatchObject({ errorCode: 5, leader: -1, inSyncReplicas: [] });
    cluster.restart(second);
    expect(await client.offsets(topic)).toEqual([0, 2, 2]);
  });

  test('too few replicas in sync refuse a produce', async () => {
    const { cluster, link } = startCluster({ nodes: 2 });
    const config = [{ name: 'min.insync.replicas', value: '2' }];
    const topics = [{ topic: 'safe', partitions: 1, replicationFactor: 2, config }];
    await link.send(ANY_NODE, 'CreateTopics', { timeoutMs: 0, topics });
    cluster.kill(2);
    const request = {
      transactionalId: null,
      timeoutMs: 0,
      topics: [{ topic: 'safe', partitions: [{ partition: 0, batch: Buffer.alloc(61) }] }],
    };
    const reply = await link.send(1, 'Produce', request);
    expect(reply.topics[0].partitions[0].errorCode).toBe(19);
  });

  test('a leader that moves ends the long polls at the old one', async () => {
    const { cluster, client, link } = startCluster({ nodes: 2 });
    const topic = await createReplicated(client, 2);
    const partitions = [{ partition: 0, offset: 0, maxBytes: 1_000 }];
    const request = { maxWaitMs: 60_000, minBytes: 1, maxBytes: 1_000, topics: [{ topic, partitions }] };
    const waiting = link.send(1, 'Fetch', request);
    cluster.moveLeader(topic, 0, 2);
    expect((await waiting).topics[0].partitions[0].errorCode).toBe(NOT_LEADER);
    expect(await client.leaderOf(topic)).toBe(2);
    expect(() => cluster.moveLeader(topic, 0, 3)).toThrow(RangeError);
  });

  test('producer state moves with the leader: a resend is still a duplicate', async () => {
    const { cluster, client } = startCluster({ nodes: 2 });
    const topic = await createReplicated(client, 2);
    const producer = await client.init('id');
    const batch = client.batch(2, { producer, sequence: 0 });
    expect(await client.produce(topic, batch)).toEqual([0, 0]);
    cluster.moveLeader(topic, 0, 2);
    expect(await client.produce(topic, batch)).toEqual([0, 0]);
    expect(await client.offsets(topic)).toEqual([0, 2, 2]);
  });

  test('a closed link sends nothing and hears nothing', async () => {
    const { cluster, client } = startCluster();
    const topic = await client.createTopic('t');
    const other = cluster.link();
    const partitions = [{ partition: 0, offset: 0, maxBytes: 1_000 }];
    const request = { maxWaitMs: 60_000, minBytes: 1, maxBytes: 1_000, topics: [{ topic, partitions }] };
    const waiting = other.send(1, 'Fetch', request);
    await other.close();
    await expect(waiting).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    await expect(other.send(1, 'ApiVersions', {})).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    expect(await client.offsets(topic)).toEqual([0, 0, 0]);
  });
});

describe('transactions', () => {
  test('between EndTxn and its markers everybody hears CONCURRENT_TRANSACTIONS', async () => {
    const { client, clock } = startCluster({ markerDelayMs: 50 });
    const topic = await client.createTopic('t');
    const producer = await beginAndProduce(client, topic, 'id');
    expect(await client.endTxnOnce(producer, true)).toBe(0);
    expect(await client.addPartitionsOnce(producer, { [topic]: [0] })).toEqual([CONCURRENT_TRANSACTIONS]);
    expect(await client.endTxnOnce(producer, true)).toBe(CONCURRENT_TRANSACTIONS);
    expect((await client.initOnce('id')).errorCode).toBe(CONCURRENT_TRANSACTIONS);
    expect(await client.offsets(topic)).toEqual([0, 0, 1]);
    await clock.sleep(50);
    expect(await client.addPartitionsOnce(producer, { [topic]: [0] })).toEqual([0]);
    expect(await client.offsets(topic)).toEqual([0, 2, 2]);
  });

  test('a marker waits for a partition without a leader, and with it all that comes after', async () => {
    const { cluster, client, clock } = startCluster({ nodes: 2 });
    const topic = await client.createTopic('t');
    const leader = await client.leaderOf(topic);
    const producer = await beginAndProduce(client, topic, 'id');
    cluster.moveCoordinator('transaction', 'id', leader === 1 ? 2 : 1);
    expect(await client.endTxnOnce(producer, true)).toBe(0);
    cluster.kill(leader);
    await clock.sleep(1_000);
    expect((await client.initOnce('id')).errorCode).toBe(CONCURRENT_TRANSACTIONS);
    cluster.restart(leader);
    expect((await client.init('id')).epoch).toBe(1);
    expect(await client.offsets(topic)).toEqual([0, 2, 2]);
  });

  test('a coordinator that moved is another node, with the same transactions', async () => {
    const { cluster, client, link } = startCluster({ nodes: 2 });
    const topic = await client.createTopic('t');
    const producer = await beginAndProduce(client, topic, 'id');
    cluster.moveCoordinator('transaction', 'id', 2);
    expect(await link.send(1, 'EndTxn', { ...producer, commit: true })).toEqual({ errorCode: NOT_COORDINATOR });
    expect(await client.endTxnOnce(producer, true)).toBe(0);
  });

  test('an id that expired is unknown, and begins anew with another producer id', async () => {
    const { cluster, client } = startCluster();
    const producer = await client.init('id');
    cluster.expireTransactionalId('id');
    expect(await client.endTxnOnce(producer, true)).toBe(49);
    const next = await client.init('id');
    expect(next.epoch).toBe(0);
    expect(next.producerId).not.toBe(producer.producerId);
  });

  test('epochs that are used up give way to another producer id', async () => {
    const { client } = startCluster();
    const first = await client.init('id');
    let last = first;
    for (let i = 1; i <= 32_766; i++) last = await client.init('id');
    expect(last).toEqual({ ...first, epoch: 32_766 });
    const next = await client.init('id');
    expect(next).toMatchObject({ epoch: 0 });
    expect(next.producerId).not.toBe(first.producerId);
  });
});

describe('groups', () => {
  const SESSION_MS = 6_000;
  const joinAs = (memberId: string): ApiRequest<'JoinGroup'> => ({
    groupId: 'group',
    sessionTimeoutMs: SESSION_MS,
    rebalanceTimeoutMs: 60_000,
    memberId,
    protocolType: 'consumer',
    protocols: [{ name: 'millrace', metadata: Buffer.alloc(0) }],
  });

  async function startGroup(link: BrokerLink): Promise<{ memberId: string; generation: number }> {
    const { memberId } = await link.send(1, 'JoinGroup', joinAs(''));
    const { generation } = await link.send(1, 'JoinGroup', joinAs(memberId));
    const assignments = [{ memberId, assignment: Buffer.from('mine') }];
    await link.send(1, 'SyncGroup', { groupId: 'group', generation, memberId, assignments });
    return { memberId, generation };
  }

  test('the next coordinator knows the members of the last complete generation, and nobody else', async () => {
    const { cluster, link } = startCluster({ nodes: 2 });
    cluster.moveCoordinator('group', 'group', 1);
    const member = await startGroup(link);
    const { memberId: stranger } = await link.send(1, 'JoinGroup', joinAs(''));
    const joining = link.send(1, 'JoinGroup', joinAs(stranger));
    cluster.moveCoordinator('group', 'group', 2);
    expect((await joining).errorCode).toBe(NOT_COORDINATOR);
    const heartbeat = { groupId: 'group', ...member };
    expect(await link.send(1, 'Heartbeat', heartbeat)).toEqual({ errorCode: NOT_COORDINATOR });
    expect(await link.send(2, 'Heartbeat', heartbeat)).toEqual({ errorCode: 0 });
    const sync = await link.send(2, 'SyncGroup', { ...heartbeat, assignments: [] });
    expect(sync.assignment.toString()).toBe('mine');
    expect((await link.send(2, 'JoinGroup', joinAs(stranger))).errorCode).toBe(25);
  });

  test('heartbeats keep a session alive for as long as they come', async () => {
    const { link, clock } = startCluster();
    const member = await startGroup(link);
    for (let i = 0; i < 5; i++) {
      await clock.sleep(SESSION_MS - 1_000);
      expect(await link.send(1, 'Heartbeat', { groupId: 'group', ...member })).toEqual({ errorCode: 0 });
    }
    await clock.sleep(SESSION_MS + 1);
    expect(await link.send(1, 'Heartbeat', { groupId: 'group', ...member })).toEqual({ errorCode: 25 });
  });

  test('a leader that never assigns is put out, and the others are asked to join again', async () => {
    const { link, clock } = startCluster();
    const { memberId: leader } = await link.send(1, 'JoinGroup', joinAs(''));
    await link.send(1, 'JoinGroup', joinAs(leader));
    const { memberId: other } = await link.send(1, 'JoinGroup', joinAs(''));
    const joining = link.send(1, 'JoinGroup', joinAs(other));
    const { generation } = await link.send(1, 'JoinGroup', joinAs(leader));
    await joining;
    const syncing = link.send(1, 'SyncGroup', { groupId: 'group', generation, memberId: other, assignments: [] });
    const began = clock.now();
    expect((await syncing).errorCode).toBe(27);
    expect(clock.now() - began).toBe(SESSION_MS);
    expect(await link.send(1, 'JoinGroup', joinAs(other))).toMatchObject({ errorCode: 0, leaderId: other });
  });
});

test('a closed cluster leaves no timer behind', async () => {
  const { cluster, client, clock } = startCluster();
  const topic = await client.createTopic('t');
  await beginAndProduce(client, topic, 'id');
  await client.link.send(1, 'JoinGroup', {
    groupId: 'group',
    sessionTimeoutMs: 6_000,
    rebalanceTimeoutMs: 6_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'millrace', metadata: Buffer.alloc(0) }],
  });
  expect(clock.sleepers).toBeGreaterThan(0);
  await cluster.close();
  expect(clock.sleepers).toBe(0);
});

describe('interceptors', () => {
  const only = (wanted: ApiName, api: ApiName): boolean => api === wanted;

  test('a cut reply: the broker acted, the client does not know', async () => {
    const { cluster, client } = startCluster();
    const topic = await client.createTopic('t');
    const remove = cluster.intercept(async (node, api, _request, proceed) => {
      const reply = await proceed();
      if (only('Produce', api)) throw timedOut(node, api);
      return reply;
    });
    await expect(client.produce(topic, client.batch(1))).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT' });
    remove();
    expect(await client.produce(topic, client.batch(1))).toEqual([0, 1]);
  });

  test('a dropped request: the broker never saw it', async () => {
    const { cluster, client } = startCluster();
    const topic = await client.createTopic('t');
    const remove = cluster.intercept((node, api, _request, proceed) =>
      only('Produce', api) ? Promise.reject(disconnected(node, api)) : proceed(),
    );
    await expect(client.produce(topic, client.batch(1))).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    remove();
    expect(await client.offsets(topic)).toEqual([0, 0, 0]);
  });

  test('a request that arrives twice: idempotence writes it once', async () => {
    const { cluster, client } = startCluster();
    const topic = await client.createTopic('t');
    const producer = await client.init('id');
    cluster.intercept(async (_node, api, _request, proceed) => {
      if (only('Produce', api)) await proceed();
      return proceed();
    });
    expect(await client.produce(topic, client.batch(2, { producer, sequence: 0 }))).toEqual([0, 0]);
    expect(await client.offsets(topic)).toEqual([0, 2, 2]);
  });

  test('a request that is late: others overtake it', async () => {
    const { cluster, client, clock } = startCluster();
    const topic = await client.createTopic('t');
    const remove = cluster.intercept(async (_node, api, _request, proceed) => {
      if (only('Produce', api)) await clock.sleep(1_000);
      return proceed();
    });
    const late = client.produce(topic, client.batch(1));
    await clock.sleep(100);
    remove();
    expect(await client.produce(topic, client.batch(1))).toEqual([0, 0]);
    expect(await late).toEqual([0, 1]);
  });

  test('a late produce of an aborted transaction opens none', async () => {
    const { client, clock } = startCluster();
    const topic = await client.createTopic('t');
    const producer = await beginAndProduce(client, topic, 'id');
    const late = client.batch(1, { producer, sequence: 1, transactional: true });
    await client.endTxn(producer, false);
    await clock.sleep(10);
    expect(await client.produce(topic, late, 'id')).toEqual([48, -1]);
    expect(describeFetch(await client.fetch(topic, 0), [producer])).toMatchObject({ offsets: [0, 2, 2] });
  });
});

test('the same calls give the same answers', async () => {
  const run = async (): Promise<string[]> => {
    const { cluster, client } = startCluster({ nodes: 3 });
    const log: string[] = [];
    cluster.intercept(async (node, api, request, proceed) => {
      const reply = await proceed();
      log.push(JSON.stringify({ node, api, request, reply }));
      return reply;
    });
    const topic = await client.createTopic('t');
    await beginAndProduce(client, topic, 'first');
    await beginAndProduce(client, topic, 'second');
    await client.init('first');
    await client.fetch(topic, 0, { maxWaitMs: 1_000 });
    return log;
  };
  const first = await run();
  expect(first.length).toBeGreaterThan(10);
  expect(await run()).toEqual(first);
});

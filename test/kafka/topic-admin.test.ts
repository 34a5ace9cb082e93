import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MillraceError } from '../../src/core/errors.ts';
import { ANY_NODE } from '../../src/kafka/api.ts';
import { Cluster } from '../../src/kafka/cluster.ts';
import { ErrorCode } from '../../src/kafka/error-codes.ts';
import { FakeCluster } from '../../src/kafka/fake-broker/fake-cluster.ts';
import { RecordBatchBuilder } from '../../src/kafka/record-batch/encode.ts';
import { KafkaTopicAdmin } from '../../src/kafka/topic-admin.ts';
import { fetched, LeapingClock, metadata, ScriptedLink } from './scripted-link.ts';
import { AutoClock } from './support/auto-clock.ts';

const topic = (name: string, partitions = 1, config: Record<string, string> = {}) => ({
  name,
  partitions,
  replicationFactor: -1,
  config,
});

describe('topic administration', () => {
  let fake: FakeCluster;
  let cluster: Cluster;
  let admin: KafkaTopicAdmin;

  beforeEach(() => {
    const clock = new AutoClock();
    fake = new FakeCluster({ clock, nodes: 2 });
    cluster = new Cluster(fake.link(), clock);
    admin = new KafkaTopicAdmin(cluster);
  });
  afterEach(() => fake.close());

  const produce = async (name: string, partition: number, timestamps: readonly number[]) => {
    const builder = new RecordBatchBuilder({
      producerId: -1,
      epoch: -1,
      baseSequence: -1,
      transactional: false,
      compression: 'none',
    });
    for (const timestamp of timestamps) builder.append(timestamp, 'k', 'v', null);
    const partitions = [{ partition, batch: await builder.build() }];
    const request = { transactionalId: null, timeoutMs: 1000, topics: [{ topic: name, partitions }] };
    const reply = await cluster.link.send(await cluster.leaderOf(name, partition), 'Produce', request);
    expect(reply.topics[0].partitions[0].errorCode).toBe(0);
  };

  test('creates topics with their settings, and leaves those alone that exist', async () => {
    await admin.create([topic('a', 3, { 'cleanup.policy': 'compact' })]);
    await admin.create([topic('a', 5), topic('b', 2)]);
    expect(await admin.describe(['a', 'b', 'c'])).toMatchObject(
      new Map([
        ['a', { name: 'a', partitions: 3 }],
        ['b', { name: 'b', partitions: 2 }],
      ]),
    );
    expect((await admin.config('a')).get('cleanup.policy')).toBe('compact');
  });

  test('tells first offset, last stable offset and end of partitions on several leaders', async () => {
    await admin.create([topic('a', 2)]);
    await produce('a', 0, [1000, 2000, 3000]);
    await produce('a', 1, [1000]);
    await admin.deleteRecords([{ topic: 'a', partition: 0, offset: 2 }]);
    const partitions = [0, 1].map((partition) => ({ topic: 'a', partition }));
    expect(await admin.offsets(partitions)).toEqual(
      new Map([
        ['a-0', { first: 2, lastStable: 3, end: 3 }],
        ['a-1', { first: 0, lastStable: 1, end: 1 }],
      ]),
    );
  });

  test('finds the first offset at or after a time, and the end where there is none', async () => {
    await admin.create([topic('a', 2)]);
    await produce('a', 0, [1000, 2000, 3000]);
    const partitions = [0, 1].map((partition) => ({ topic: 'a', partition }));
    expect(await admin.offsetsAt(partitions, 1500)).toEqual(
      new Map([
        ['a-0', 1],
        ['a-1', 0],
      ]),
    );
    expect((await admin.offsetsAt(partitions, 3001)).get('a-0')).toBe(3);
  });

  test('follows a partition whose leader moved', async () => {
    await admin.create([{ ...topic('a'), replicationFactor: 2 }]);
    const before = await cluster.leaderOf('a', 0);
    fake.moveLeader('a', 0, before === 1 ? 2 : 1);
    await expect(admin.offsets([{ topic: 'a', partition: 0 }])).resolves.toHaveProperty('size', 1);
  });

  test('deletes topics, also those that are gone already', async () => {
    await admin.create([topic('a')]);
    await admin.delete(['a', 'never']);
    expect(await admin.describe(['a'])).toEqual(new Map());
  });

  test('names the topic that is missing', async () => {
    await expect(admin.config('nope')).rejects.toMatchObject({ code: 'TOPIC_MISSING', details: { topic: 'nope' } });
    await expect(admin.offsets([{ topic: 'nope', partition: 0 }])).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
  });
});

describe('when brokers refuse or stumble', () => {
  const admin = (script: ConstructorParameters<typeof ScriptedLink>[0]) => {
    const link = new ScriptedLink({ Metadata: () => metadata({ a: [1] }), ...script });
    return { link, admin: new KafkaTopicAdmin(new Cluster(link, new LeapingClock())) };
  };
  const created = (errorCode: number, errorMessage: string | null = null) => ({
    topics: [{ topic: 'a', errorCode, errorMessage }],
  });

  test("a topic that cannot be created is an error with the broker's words", async () => {
    const { admin: refused } = admin({ CreateTopics: () => created(ErrorCode.INVALID_CONFIG, 'unknown setting x') });
    await expect(refused.create([topic('a')])).rejects.toThrowError(
      /create topic a: .*INVALID_CONFIG.*unknown setting x/,
    );
  });

  test('nothing is asked any more when the link is closed', async () => {
    const link = new ScriptedLink({
      Metadata: () => {
        void cluster.close();
        throw new MillraceError('BROKER_UNAVAILABLE', 'cut');
      },
    });
    const cluster = new Cluster(link, new LeapingClock());
    await expect(new KafkaTopicAdmin(cluster).create([topic('a')])).rejects.toThrowError(
      /link to the brokers was closed/,
    );
    expect(link.sent('Metadata')).toHaveLength(1);
  });

  test('creation is tried again when the controller moves or the connection breaks', async () => {
    let tries = 0;
    const { admin: patient } = admin({
      CreateTopics: () => {
        tries++;
        if (tries === 1) throw new MillraceError('REQUEST_TIMED_OUT', 'cut');
        return created(tries === 2 ? ErrorCode.NOT_CONTROLLER : ErrorCode.NONE);
      },
    });
    await patient.create([topic('a')]);
    expect(tries).toBe(3);
  });

  test('creation resolves only when every partition has a leader', async () => {
    let asked = 0;
    const { admin: patient } = admin({
      Metadata: ({ topics }) => metadata(topics?.length === 0 ? {} : { a: ++asked < 3 ? [1, -1] : [1, 2] }),
      CreateTopics: () => created(ErrorCode.NONE),
    });
    await patient.create([topic('a', 2)]);
    expect(asked).toBe(3);
  });

  test('patience ends with the error', async () => {
    const { admin: patient } = admin({ CreateTopics: () => created(ErrorCode.REQUEST_TIMED_OUT) });
    await expect(patient.create([topic('a')])).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
  });

  test('settings are asked of any broker', async () => {
    const entries = [
      { name: 'retention.ms', value: '-1' },
      { name: 'secret', value: null },
    ];
    const { link, admin: any } = admin({ DescribeConfigs: () => ({ errorCode: 0, errorMessage: null, entries }) });
    expect(await any.config('a')).toEqual(new Map([['retention.ms', '-1']]));
    expect(link.sent('DescribeConfigs')[0].node).toBe(ANY_NODE);
  });

  test('only the partitions that were not answered for are asked for again', async () => {
    const asked: string[] = [];
    let rounds = 0;
    const { admin: patient } = admin({
      Metadata: () => metadata({ a: [1, 1] }),
      ListOffsets: ({ topics, isolation }) => {
        if (isolation === 'read_uncommitted' && topics[0].partitions[0].timestamp === -1) rounds++;
        const partitions = topics[0].partitions.map(({ partition, timestamp }) => {
          const stale = isolation === 'read_committed' && partition === 1 && !asked.includes('stale');
          if (stale) asked.push('stale');
          asked.push(`${isolation} ${timestamp} ${partition}`);
          return {
            partition,
            errorCode: stale ? ErrorCode.NOT_LEADER_OR_FOLLOWER : 0,
            timestamp: -1,
            offset: fetched(partition).highWatermark,
          };
        });
        return { topics: [{ topic: 'a', partitions }] };
      },
    });
    const partitions = [0, 1].map((partition) => ({ topic: 'a', partition }));
    expect((await patient.offsets(partitions)).size).toBe(2);
    expect(rounds).toBe(1);
    expect(asked.filter((name) => name === 'read_committed -1 0')).toHaveLength(1);
    expect(asked.filter((name) => name === 'read_committed -1 1')).toHaveLength(2);
  });
});

import { describe, expect, test } from 'vitest';
import { Cluster } from '../../src/kafka/cluster.ts';
import { ErrorCode } from '../../src/kafka/error-codes.ts';
import { SPOKEN_APIS } from '../../src/kafka/protocol/api-versions.ts';
import { LeapingClock, metadata, ScriptedLink } from './scripted-link.ts';

const cluster = (script: ConstructorParameters<typeof ScriptedLink>[0]) => {
  const link = new ScriptedLink(script);
  return { link, cluster: new Cluster(link, new LeapingClock()) };
};

describe('the leader of a partition', () => {
  test('is asked for once by all who ask at the same time, and then remembered', async () => {
    const { link, cluster: known } = cluster({ Metadata: () => metadata({ a: [1, 2], b: [2] }) });
    const leaders = await Promise.all([known.leaderOf('a', 0), known.leaderOf('a', 1), known.leaderOf('b', 0)]);
    expect(leaders).toEqual([1, 2, 2]);
    expect(await known.leaderOf('a', 1)).toBe(2);
    expect(link.sent('Metadata').map(({ request }) => request.topics)).toEqual([['a', 'b']]);
  });

  test('is asked for again after it was forgotten', async () => {
    let leader = 1;
    const { cluster: known } = cluster({ Metadata: () => metadata({ a: [leader, 2] }) });
    expect(await known.leaderOf('a', 0)).toBe(1);
    leader = 2;
    expect(await known.leaderOf('a', 0)).toBe(1);
    known.forgetLeader('a', 0);
    expect(await known.leaderOf('a', 0)).toBe(2);
  });

  test('is waited for while an election is under way', async () => {
    let asked = 0;
    const { cluster: known } = cluster({ Metadata: () => metadata({ a: [++asked < 4 ? -1 : 2] }) });
    expect(await known.leaderOf('a', 0)).toBe(2);
  });

  test('of a topic that is just being made is waited for', async () => {
    let asked = 0;
    const missing = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    const { cluster: known } = cluster({ Metadata: () => metadata({ a: ++asked < 4 ? missing : [1] }) });
    expect(await known.leaderOf('a', 0)).toBe(1);
  });

  test('of a topic or partition that stays away is an error that names it', async () => {
    const missing = cluster({ Metadata: () => metadata({ a: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }) }).cluster;
    await expect(missing.leaderOf('a', 0)).rejects.toMatchObject({ code: 'TOPIC_MISSING', details: { topic: 'a' } });
    const short = cluster({ Metadata: () => metadata({ a: [1, 1] }) }).cluster;
    await expect(short.leaderOf('a', 2)).rejects.toThrowError('the topic a has 2 partitions, there is no partition 2');
  });

  test('that is never elected is an error that may pass', async () => {
    const { cluster: headless } = cluster({ Metadata: () => metadata({ a: [-1] }) });
    await expect(headless.leaderOf('a', 0)).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
  });

  test('that we may not know is an error at once', async () => {
    const { link, cluster: closed } = cluster({
      Metadata: () => metadata({ a: ErrorCode.TOPIC_AUTHORIZATION_FAILED }),
    });
    await expect(closed.leaderOf('a', 0)).rejects.toMatchObject({ code: 'NOT_AUTHORIZED' });
    expect(link.sent('Metadata')).toHaveLength(1);
  });

  test('can be asked for again after a request that failed', async () => {
    let asked = 0;
    const { cluster: known } = cluster({
      Metadata: () => (++asked === 1 ? Promise.reject(new Error('cut')) : metadata({ a: [1] })),
    });
    await expect(known.leaderOf('a', 0)).rejects.toThrowError('cut');
    expect(await known.leaderOf('a', 0)).toBe(1);
  });
});

describe('partition counts', () => {
  test('are those of now, and topics that do not exist are left out', async () => {
    let partitions = [1, 1];
    const { cluster: known } = cluster({
      Metadata: () => metadata({ a: partitions, gone: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }),
    });
    expect(await known.partitionCounts(['a', 'gone'])).toEqual(new Map([['a', 2]]));
    partitions = [1, 1, 1];
    expect(await known.partitionCounts(['a', 'gone'])).toEqual(new Map([['a', 3]]));
  });

  test('of no topics are asked of nobody', async () => {
    const { link, cluster: known } = cluster({});
    expect(await known.partitionCounts([])).toEqual(new Map());
    expect(link.sent('Metadata')).toEqual([]);
  });
});

describe('a coordinator', () => {
  test('is found once and kept until it is forgotten', async () => {
    let nodeId = 1;
    const { link, cluster: known } = cluster({ FindCoordinator: () => ({ errorCode: 0, nodeId }) });
    expect(await Promise.all([known.coordinatorOf('group', 'g'), known.coordinatorOf('group', 'g')])).toEqual([1, 1]);
    nodeId = 2;
    expect(await known.coordinatorOf('group', 'g')).toBe(1);
    known.forgetCoordinator('transaction', 'g');
    expect(await known.coordinatorOf('group', 'g')).toBe(1);
    known.forgetCoordinator('group', 'g');
    expect(await known.coordinatorOf('group', 'g')).toBe(2);
    expect(link.sent('FindCoordinator')).toHaveLength(2);
  });

  test('is waited for, and not remembered when it was not found', async () => {
    let asked = 0;
    const unavailable = { errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, nodeId: -1 };
    const { cluster: known } = cluster({
      FindCoordinator: () => (++asked < 60 ? unavailable : { errorCode: 0, nodeId: 2 }),
    });
    await expect(known.coordinatorOf('group', 'g')).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    asked = 58;
    expect(await known.coordinatorOf('group', 'g')).toBe(2);
  });

  test('that we may not ask for is an error at once', async () => {
    const { link, cluster: closed } = cluster({
      FindCoordinator: () => ({ errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED, nodeId: -1 }),
    });
    await expect(closed.coordinatorOf('group', 'g')).rejects.toMatchObject({ code: 'NOT_AUTHORIZED' });
    expect(link.sent('FindCoordinator')).toHaveLength(1);
  });
});

describe('the check at start', () => {
  const offering = (change: Partial<Record<keyof typeof SPOKEN_APIS, { min?: number; max: number }>>) =>
    Object.entries(SPOKEN_APIS).map(([api, { key }]) => {
      const range = change[api as keyof typeof SPOKEN_APIS];
      return { apiKey: key, minVersion: range?.min ?? 0, maxVersion: range?.max ?? 99 };
    });
  const started = (apis: ReturnType<typeof offering>) =>
    cluster({ Metadata: () => metadata({}), ApiVersions: () => ({ errorCode: 0, apis }) }).cluster.start();

  test('accepts what Kafka 3.7 offers', async () => {
    await expect(started(offering({ Produce: { max: 10 }, Fetch: { max: 16 } }))).resolves.toBeUndefined();
  });

  test('refuses what only 3.6 offers', async () => {
    const promise = started(offering({ Produce: { max: 9 }, Fetch: { max: 15 } }));
    await expect(promise).rejects.toMatchObject({
      code: 'BROKER_TOO_OLD',
      message: expect.stringMatching(/broker-1:9092.*older than Kafka 3.7/),
    });
  });

  test('refuses a broker that has dropped a version we speak, naming it', async () => {
    const promise = started(offering({ EndTxn: { min: 2, max: 9 } }));
    await expect(promise).rejects.toMatchObject({
      code: 'BROKER_ERROR',
      message: expect.stringMatching('no longer offers EndTxn v1'),
    });
  });

  test('finds the one old broker among new ones, and passes over one that is away', async () => {
    const { MillraceError } = await import('../../src/core/errors.ts');
    const mixed = cluster({
      Metadata: () => metadata({}),
      ApiVersions: (_, node) => {
        if (node === 1) throw new MillraceError('BROKER_UNAVAILABLE', 'away');
        return { errorCode: 0, apis: offering({ Fetch: { max: 15 } }) };
      },
    });
    await expect(mixed.cluster.start()).rejects.toMatchObject({ details: { broker: 'broker-2:9092' } });
  });
});

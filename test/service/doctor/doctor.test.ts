import { describe, expect, test } from 'vitest';
import { Diagnostics } from '../../../src/core/diagnostic.ts';
import { MillraceError } from '../../../src/core/errors.ts';
import { systemClock } from '../../../src/core/system-clock.ts';
import { FakeCluster, type Interceptor } from '../../../src/kafka/fake-broker/fake-cluster.ts';
import type { ApiName } from '../../../src/kafka/api.ts';
import { ErrorCode } from '../../../src/kafka/error-codes.ts';
import { KafkaTransport } from '../../../src/kafka/kafka-transport.ts';
import { announceReset } from '../../../src/runtime/plan-topic.ts';
import type { Config } from '../../../src/service/config/config.ts';
import type { Override } from '../../../src/service/config/layers.ts';
import { loadConfig } from '../../../src/service/config/load-config.ts';
import { diagnose, type DoctorOptions } from '../../../src/service/doctor/doctor.ts';
import type { Finding } from '../../../src/service/doctor/finding.ts';
import { MemoryBackend } from '../../../src/state/memory/backend.ts';
import type { RedisInspection } from '../../../src/state/redis/inspection.ts';
import { createTopic, makeEngine, planOf, SETTINGS, untilReadable } from '../../support/engine-harness.ts';

const PLAN = planOf(`
apiVersion: millrace/v1
name: words
sources:
  lines: { topic: lines, value: { format: text } }
views:
  counts: { from: lines, groupBy: value, aggregate: [ count(*) as n ] }
sinks:
  out: { from: counts, topic: out, key: value, outputMode: update }
trigger: availableNow
`);

const HEALTHY: RedisInspection = {
  version: '7.2.4',
  role: 'master',
  maxMemoryPolicy: 'noeviction',
  maxMemory: 0,
  usedMemory: 1e6,
  systemMemory: 1e9,
  evictedKeys: 0,
  isLoading: false,
  roundTripMs: 0.2,
  writeRefusal: null,
};

function configOf(overrides: readonly Override[] = []): Config {
  const inputs = { topologies: [], directory: 'nowhere', profile: null, env: {}, overrides };
  const loaded = loadConfig(inputs, new Diagnostics(), new Map());
  if (loaded === null) throw new Error('the configuration of the test has errors');
  return loaded.config;
}

interface Patient {
  readonly cluster: FakeCluster;
  readonly transport: KafkaTransport;
}

async function patient(topics: Record<string, number> = { lines: 3, out: 1 }): Promise<Patient> {
  const cluster = new FakeCluster({ clock: systemClock });
  const transport = new KafkaTransport(cluster.link(), systemClock);
  for (const [name, partitions] of Object.entries(topics)) await createTopic(transport, name, partitions);
  return { cluster, transport };
}

async function examine({ cluster }: Patient, changes: Partial<DoctorOptions> = {}): Promise<Finding[]> {
  const findings: Finding[] = [];
  const options = {
    plans: [PLAN],
    config: configOf(),
    clock: systemClock,
    nodeVersion: 'v24.1.0',
    connectKafka: () => Promise.resolve(new KafkaTransport(cluster.link(), systemClock)),
    inspectRedis: () => Promise.resolve(HEALTHY),
    scratch: 'x1',
    ...changes,
  };
  for await (const finding of diagnose(options)) findings.push(finding);
  return findings;
}

const amiss = (findings: readonly Finding[]): Finding[] =>
  findings.filter(({ verdict }) => verdict === 'failed' || verdict === 'warning');

/** Requests of the API that name the topic, where one is given, get this answer. */
const answering =
  (api: ApiName, answer: object, topic?: string): Interceptor =>
  (_, asked, request, proceed) => {
    const named =
      'topics' in request ? request.topics?.map((each) => (typeof each === 'string' ? each : each.topic)) : [];
    if (asked !== api || (topic !== undefined && named?.includes(topic) !== true)) return proceed();
    return Promise.resolve(answer as Awaited<ReturnType<typeof proceed>>);
  };

const refusedIn = (topic: string): object => ({
  topics: [{ topic, partitions: [{ partition: 0, errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED }] }],
});

test('before its first start a sound topology has nothing amiss, and nothing is left behind', async () => {
  const bed = await patient();
  const findings = await examine(bed);
  expect(amiss(findings)).toEqual([]);
  expect(findings.map(({ subject, check, verdict }) => `${subject}: ${check} ${verdict}`)).toEqual([
    'process: node ok',
    'kafka: brokers ok',
    'words: source topic ok',
    'words: sink topic ok',
    'words: sink keys ok',
    'words: internal topics ok',
    'words: plan ok',
    'words: group ok',
    'words: transactions ok',
    'words: clocks ok',
    'redis: server ok',
    'redis: eviction ok',
    'redis: memory ok',
    'redis: writing ok',
    'redis: round trip ok',
    'schema registry: server skipped',
  ]);
  const { topics } = await bed.cluster.link().send(-1, 'Metadata', { topics: null });
  expect(topics.map(({ topic }) => topic)).toEqual(['lines', 'out']);
  const bounds = await bed.transport.topics.offsets([{ topic: 'out', partition: 0 }]);
  expect(bounds.get('out-0')).toEqual({ first: 0, lastStable: 0, end: 0 });
});

test('of a topology that has run it says which plan is recorded, and of one that runs how many members there are', async () => {
  const bed = await patient();
  const { engine } = makeEngine(PLAN, bed.transport, new MemoryBackend());
  await engine.start();
  await engine.finished();
  await untilReadable(bed.transport, 'words.plan');
  const findings = await examine(bed);
  await engine.stop();
  expect(amiss(findings)).toEqual([]);
  expect(findings.map(({ message }) => message)).toEqual(
    expect.arrayContaining([
      'all 4 are there, with the settings they need',
      'it is the one that ran last (epoch 1)',
      'words has 1 member',
    ]),
  );
});

test('brokers that do not answer leave the other checks to be made', async () => {
  const bed = await patient();
  const findings = await examine(bed, {
    connectKafka: () => Promise.reject(new MillraceError('BROKER_UNAVAILABLE', 'connect to redis://u:secret@h failed')),
  });
  expect(amiss(findings)).toEqual([
    {
      subject: 'kafka',
      check: 'brokers',
      verdict: 'failed',
      message: 'connect to redis://***@h failed',
      remedy: 'check kafka.brokers and that the brokers are reachable',
    },
  ]);
  expect(findings).toContainEqual(expect.objectContaining({ subject: 'redis', verdict: 'ok' }));
});

describe('what is amiss in a topology is told with its remedy', () => {
  test('topics that are missing', async () => {
    const findings = amiss(await examine(await patient({ lines: 1 })));
    expect(findings).toMatchObject([{ check: 'sink topic', verdict: 'failed', message: 'out does not exist' }]);
    expect(findings[0].remedy).toContain('millrace topics apply');
  });

  test('an internal topic with other settings', async () => {
    const bed = await patient({ lines: 1, out: 1, 'words.counts.changelog': 1 });
    expect(amiss(await examine(bed))).toMatchObject([
      {
        check: 'internal topics',
        message: expect.stringContaining('words.counts.changelog must have cleanup.policy=compact') as string,
      },
    ]);
  });

  test('more replicas than there are brokers', async () => {
    const config = configOf([{ path: 'replicationFactor', value: '3', option: '--set' }]);
    const findings = amiss(await examine(await patient(), { config }));
    expect(findings.map(({ check }) => check)).toEqual(['internal topics', 'transactions']);
    for (const { message } of findings) expect(message).toContain('INVALID_REPLICATION_FACTOR');
  });

  test('a reset that was interrupted', async () => {
    const bed = await patient();
    await createTopic(bed.transport, 'words.plan', 1, {
      'cleanup.policy': 'compact',
      'message.timestamp.type': 'LogAppendTime',
      'retention.ms': '-1',
    });
    await announceReset(
      'words',
      { tasks: {}, topics: [] },
      { transport: bed.transport, settings: SETTINGS, clock: systemClock },
    );
    expect(amiss(await examine(bed))).toMatchObject([
      { check: 'plan', verdict: 'failed', remedy: expect.stringContaining('millrace reset') as string },
    ]);
  });

  test('offsets that somebody set', async () => {
    const bed = await patient();
    await bed.transport.mirrorOffsets('words', [{ topic: 'lines', partition: 0, offset: 0, metadata: '' }]);
    expect(amiss(await examine(bed))).toMatchObject([
      { check: 'group', remedy: expect.stringContaining('reset') as string },
    ]);
  });

  test.each([
    [
      'to join the group',
      'Heartbeat',
      { errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED },
      'group',
      'join group words',
      undefined,
    ],
    ['to read a source', 'Fetch', { errorCode: 0, ...refusedIn('lines') }, 'source topic', 'read topic lines', 'lines'],
    ['to write to a sink', 'Produce', refusedIn('out'), 'sink topic', 'write topic out', 'out'],
  ] as const)('no right %s', async (_, api, answer, check, what, topic) => {
    const bed = await patient();
    bed.cluster.intercept(answering(api, answer, topic));
    const findings = amiss(await examine(bed));
    expect(findings.map((finding) => finding.check)).toEqual([check]);
    expect(findings[0].message).toContain(what);
    expect(findings[0].remedy).toContain('ACLs');
  });

  test('no right to create a topic costs only the transaction that would be tried in it', async () => {
    const bed = await patient();
    const { engine } = makeEngine(PLAN, bed.transport, new MemoryBackend());
    await engine.start();
    await engine.finished();
    await engine.stop();
    const topics = [{ topic: 'words.doctor.x1', errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, errorMessage: null }];
    bed.cluster.intercept(answering('CreateTopics', { topics }));
    const findings = await examine(bed);
    expect(amiss(findings)).toEqual([]);
    expect(findings.find(({ check }) => check === 'transactions')?.message).toContain('without the right to create');
  });
});

test("a clock that is not the brokers' is told", async () => {
  const ahead = { now: () => systemClock.now() + 60_000, sleep: systemClock.sleep.bind(systemClock) };
  const findings = amiss(await examine(await patient(), { clock: ahead }));
  expect(findings).toMatchObject([{ check: 'clocks', verdict: 'warning' }]);
  expect(findings[0].message).toMatch(/^the broker's clock is (59|60)\.\d s behind ours$/);
});

test('a Node.js that is too old', async () => {
  expect(amiss(await examine(await patient(), { nodeVersion: 'v22.9.0' }))).toMatchObject([
    { check: 'node', verdict: 'failed' },
  ]);
});

describe('Redis', () => {
  test.each<[string, Partial<RedisInspection>, string, string]>([
    [
      'that evicts',
      { maxMemoryPolicy: 'allkeys-lru', maxMemory: 2e9 },
      'failed',
      'CONFIG SET maxmemory-policy noeviction',
    ],
    ['that would evict', { maxMemoryPolicy: 'allkeys-lru' }, 'warning', 'CONFIG SET maxmemory-policy noeviction'],
    ['that has evicted', { evictedKeys: 7 }, 'warning', 'see that the policy stays'],
    ['that is nearly full', { maxMemory: 1_100_000 }, 'warning', 'more memory'],
    ['that is full', { maxMemory: 1_000_000 }, 'failed', 'more memory'],
    ['on a machine that is nearly full', { systemMemory: 1_100_000 }, 'warning', 'more memory'],
    ['that is a replica', { role: 'slave' }, 'failed', 'primary'],
    ['that refuses scripts', { writeRefusal: 'redis eval: NOPERM' }, 'failed', 'EVAL'],
    ['that is slow', { roundTripMs: 12 }, 'warning', 'nearer'],
    ['that is old', { version: '5.0.14' }, 'failed', 'Redis 6'],
    ['that is loading', { isLoading: true }, 'warning', 'wait'],
  ])('%s', async (_, change, verdict, remedy) => {
    const inspectRedis = (): Promise<RedisInspection> => Promise.resolve({ ...HEALTHY, ...change });
    const findings = amiss(await examine(await patient(), { inspectRedis }));
    expect(findings).toMatchObject([{ subject: 'redis', verdict }]);
    expect(findings[0].remedy).toContain(remedy);
  });

  test('is not asked where state is in memory', async () => {
    const config = configOf([{ path: 'state.backend', value: 'memory', option: '--set' }]);
    const inspectRedis = (): Promise<RedisInspection> => Promise.reject(new Error('asked'));
    expect(amiss(await examine(await patient(), { config, inspectRedis }))).toEqual([]);
  });
});

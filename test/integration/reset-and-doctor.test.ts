import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/core/system-clock.ts';
import { ANY_NODE } from '../../src/kafka/api.ts';
import { KafkajsLink } from '../../src/kafka/kafkajs-link.ts';
import { KafkaTransport } from '../../src/kafka/kafka-transport.ts';
import type { Finding } from '../../src/service/doctor/finding.ts';
import type { LocalService } from '../../src/service/local-services/local-service.ts';
import { startRedis } from '../../src/service/local-services/redis.ts';
import type { ResetScope } from '../../src/service/reset/scope.ts';
import { createTopic, produce } from '../support/engine-harness.ts';
import { eventually } from '../support/eventually.ts';
import { MillraceProcess } from '../support/millrace-process.ts';
import { readCommitted, type JavaRecord } from '../support/read-committed.ts';
import { uniqueName } from '../support/unique-name.ts';
import { describeWithServices } from '../support/with-services.ts';

const wordCount = (name: string, trigger: string): string => `
apiVersion: millrace/v1
name: ${name}
sources:
  lines: { topic: ${name}-in, value: { format: text } }
views:
  words: { from: lines, select: [ "explode(split(value, ' ')) as word" ] }
  counts: { from: words, groupBy: word, aggregate: [ count(*) as n ] }
sinks:
  counts: { from: counts, topic: ${name}-out, key: word, outputMode: update, value: { format: text, select: [ n ] } }
trigger: ${trigger}
`;

describeWithServices('reset and doctor on real Kafka and Redis', ['kafka', 'redis'], ({ kafka, redis }) => {
  let name: string;
  let folder: string;
  let transport: KafkaTransport;
  let link: KafkajsLink;
  const processes: MillraceProcess[] = [];

  beforeEach(async () => {
    name = uniqueName('words');
    folder = await mkdtemp(join(tmpdir(), 'millrace-test-'));
    link = new KafkajsLink({ brokers: [kafka], clientId: 'test' });
    transport = new KafkaTransport(link, systemClock);
    await createTopic(transport, `${name}-in`, 3);
    await createTopic(transport, `${name}-out`, 1);
    await produce(
      transport,
      `${name}-in`,
      ['a b a', 'b c', 'c c'].map((value) => ({ key: null, value })),
    );
  });

  afterEach(async () => {
    await Promise.all(processes.splice(0).map((process) => process.end('SIGKILL')));
    await transport.close();
    await rm(folder, { recursive: true });
  });

  async function start(
    command: readonly string[],
    { trigger = 'availableNow', redisUrl = redis }: { trigger?: string; redisUrl?: string } = {},
  ): Promise<MillraceProcess> {
    const file = join(folder, 'topology.yaml');
    await writeFile(file, wordCount(name, trigger));
    const settings = [`kafka.brokers=${kafka}`, `redis.url=${redisUrl}`, 'http.port=0'];
    const [verb, ...options] = command;
    const started = new MillraceProcess([verb, file, ...options, ...settings.flatMap((s) => ['--set', s])]);
    processes.push(started);
    return started;
  }

  async function finish(...command: string[]): Promise<MillraceProcess> {
    const process = await start(command);
    expect(await process.untilExit(), process.stderr).toBe(0);
    return process;
  }

  const lastCounts = (records: readonly JavaRecord[]): Record<string, string | null> =>
    Object.fromEntries(records.map(({ key, value }) => [key, value]));

  /** What belongs to the topology on Kafka and in Redis. */
  async function remains(): Promise<string[]> {
    const { topics } = await link.send(ANY_NODE, 'Metadata', { topics: null });
    const client = new Redis(redis);
    const keys = await client.keys(`*${name}:*`);
    client.disconnect();
    return [...topics.map(({ topic }) => topic).filter((topic) => topic.startsWith(`${name}.`)), ...keys];
  }

  test('after a reset the same output comes again; what went was shown before', async () => {
    await finish('run');
    const first = await readCommitted(kafka, `${name}-out`);
    expect(lastCounts(first)).toEqual({ a: '2', b: '2', c: '3' });

    const [scope] = JSON.parse((await finish('reset', '--dry-run', '--json')).stdout) as ResetScope[];
    expect(scope).toMatchObject({ topology: name, members: [], isUnfinished: false, offsets: 6 });
    expect(scope.topics).toHaveLength(3);
    expect(scope.stateKeys).toBeGreaterThan(0);
    expect(await remains()).toHaveLength(4 + (scope.stateKeys ?? 0));

    await finish('reset', '--yes');
    expect(await remains()).toEqual([]);
    await finish('run');
    const second = (await readCommitted(kafka, `${name}-out`)).slice(first.length);
    expect(lastCounts(second)).toEqual({ a: '2', b: '2', c: '3' });
  });

  test('a reset to latest leaves what there was out', async () => {
    await finish('run');
    const first = await readCommitted(kafka, `${name}-out`);
    await finish('reset', '--to', 'latest', '--yes');
    await produce(transport, `${name}-in`, [{ key: null, value: 'c d' }]);
    await finish('run');
    const second = (await readCommitted(kafka, `${name}-out`)).slice(first.length);
    expect(lastCounts(second)).toEqual({ c: '1', d: '1' });
  });

  test('a topology that runs is not reset, and the process is named; nor is anything without --yes', async () => {
    const running = await start(['run'], { trigger: 'default' });
    await eventually(async () => expect(await transport.groupMembers(name)).toHaveLength(1), { timeout: 60_000 });
    const refused = await start(['reset', '--yes'], { trigger: 'default' });
    expect(await refused.untilExit()).toBe(3);
    expect(refused.stderr).toContain(`topology ${name} is running: millrace-`);
    await running.end('SIGTERM');
    const unconfirmed = await start(['reset'], { trigger: 'default' });
    expect(await unconfirmed.untilExit()).toBe(2);
    expect(unconfirmed.stderr).toContain('--yes');
    expect(unconfirmed.stdout).toContain(`${name}.counts.changelog`);
    expect(await remains()).not.toEqual([]);
  });

  test('doctor finds nothing amiss, before the first run, after it, and while the topology runs', async () => {
    for (const situation of ['before', 'after', 'while']) {
      if (situation === 'after') await finish('run');
      if (situation === 'while') {
        await start(['run'], { trigger: 'default' });
        await eventually(async () => expect(await transport.groupMembers(name)).toHaveLength(1), { timeout: 60_000 });
      }
      const { stdout, stderr } = await finish('doctor');
      expect(stdout, situation).not.toMatch(/[✗!]/);
      expect(stderr, situation).toContain('no failures, no warnings');
    }
    const { topics } = await link.send(ANY_NODE, 'Metadata', { topics: null });
    expect(topics.map(({ topic }) => topic).filter((topic) => topic.includes('doctor'))).toEqual([]);
  });

  test('doctor tells of a Redis that evicts, and how to set it right', async () => {
    let server: LocalService | null = null;
    try {
      server = await startRedis({ dataDir: join(folder, 'redis'), port: 0 });
      const client = new Redis(server.address);
      await client.config('SET', 'maxmemory', '200mb');
      await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
      client.disconnect();
      const doctor = await start(['doctor', '--json'], { redisUrl: server.address });
      expect(await doctor.untilExit()).toBe(1);
      const findings = JSON.parse(doctor.stdout) as Finding[];
      expect(findings.filter(({ verdict }) => verdict === 'failed')).toEqual([
        {
          subject: 'redis',
          check: 'eviction',
          verdict: 'failed',
          message: 'maxmemory-policy is allkeys-lru: state may go',
          remedy: 'set it to noeviction: CONFIG SET maxmemory-policy noeviction, and in redis.conf',
        },
      ]);
    } finally {
      await server?.stop();
    }
  });
});

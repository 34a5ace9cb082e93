import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../src/core/system-clock.ts';
import { KafkajsLink } from '../../src/kafka/kafkajs-link.ts';
import { KafkaTransport } from '../../src/kafka/kafka-transport.ts';
import { createTopic, produce } from '../support/engine-harness.ts';
import { eventually } from '../support/eventually.ts';
import { MillraceProcess } from '../support/millrace-process.ts';
import { readCommitted } from '../support/read-committed.ts';
import { testTempDir } from '../support/temp-dir.ts';
import { uniqueName } from '../support/unique-name.ts';
import { describeWithServices } from '../support/with-services.ts';

const articleViews = (name: string, trigger: string): string => `
apiVersion: millrace/v1
name: ${name}
sources:
  article-views:
    topic: ${name}-in
    value: { format: json, schema: "articleId string, userId string, ts timestamp" }
    partitionedBy: [ articleId ]
views:
  views:
    from: article-views
    groupBy: articleId
    aggregate:
      - count(*) as views
      - max(ts) as latestView
sinks:
  counts: { from: views, topic: ${name}-out, key: articleId, outputMode: update }
trigger: ${trigger}
`;

const wordCount = (name: string): string => `
apiVersion: millrace/v1
name: ${name}
sources:
  lines: { topic: ${name}-in, value: { format: text } }
views:
  words:
    from: lines
    select:
      - explode(split(value, ' ')) as word
  counts:
    from: words
    groupBy: word
    aggregate:
      - count(*) as n
sinks:
  counts: { from: counts, topic: ${name}-out, key: word, outputMode: update, value: { format: text, select: [ n ] } }
`;

const processes: MillraceProcess[] = [];
afterEach(async () => {
  await Promise.all(processes.splice(0).map((process) => process.end('SIGKILL')));
});

describeWithServices('topologies on real Kafka and Redis', ['kafka', 'redis'], ({ kafka, redis }) => {
  const connect = (): KafkaTransport =>
    new KafkaTransport(new KafkajsLink({ brokers: [kafka], clientId: 'test' }), systemClock);

  function start(yaml: string, ...more: readonly string[]): MillraceProcess {
    const file = join(testTempDir(), 'topology.yaml');
    writeFileSync(file, yaml);
    const settings = [`kafka.brokers=${kafka}`, `redis.url=${redis}`, ...more];
    const started = new MillraceProcess(['run', file, '--port', '0', ...settings.flatMap((s) => ['--set', s])]);
    processes.push(started);
    return started;
  }

  const lastByKey = async (topic: string): Promise<Record<string, unknown>> =>
    Object.fromEntries(
      (await readCommitted(kafka, topic)).map(({ key, value }) => [key, JSON.parse(value ?? 'null') as unknown]),
    );

  const view = (articleId: string, minute: number): { key: string; value: string } => ({
    key: articleId,
    value: JSON.stringify({ articleId, userId: 'u1', ts: `2026-01-01T12:0${minute}:00Z` }),
  });

  test('article views are counted, published, and go on from their state in the next run', async () => {
    const name = uniqueName('article-views');
    const transport = connect();
    await createTopic(transport, `${name}-in`, 3);
    await createTopic(transport, `${name}-out`, 2, { 'cleanup.policy': 'compact' });
    await produce(transport, `${name}-in`, [view('a1', 1), view('a2', 2), view('a1', 3)]);
    const first = start(articleViews(name, 'availableNow'));
    expect(await first.untilExit(), first.stderr).toBe(0);
    expect(await lastByKey(`${name}-out`)).toEqual({
      a1: { articleId: 'a1', views: 2, latestView: '2026-01-01T12:03:00.000Z' },
      a2: { articleId: 'a2', views: 1, latestView: '2026-01-01T12:02:00.000Z' },
    });

    await produce(transport, `${name}-in`, [view('a1', 0)]);
    const second = start(articleViews(name, 'availableNow'));
    expect(await second.untilExit(), second.stderr).toBe(0);
    const records = await readCommitted(kafka, `${name}-out`);
    expect(records).toHaveLength(3);
    expect(await lastByKey(`${name}-out`)).toMatchObject({ a1: { views: 3, latestView: '2026-01-01T12:03:00.000Z' } });
    await transport.close();
  });

  test('a running topology answers for its state over HTTP, with what it has published', async () => {
    const name = uniqueName('article-views');
    const transport = connect();
    await createTopic(transport, `${name}-in`, 3);
    await createTopic(transport, `${name}-out`, 1);
    await produce(transport, `${name}-in`, [view('a1', 1), view('a1', 4)]);
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    start(articleViews(name, 'default'), `http.port=${port}`);
    const url = `http://127.0.0.1:${port}/api/v1/topologies/${name}/stores/views`;
    await eventually(
      async () => {
        const found = await fetch(`${url}?key=a1`);
        expect(found.status).toBe(200);
        expect(await found.json()).toMatchObject({ key: 'a1', value: { articleId: 'a1', views: 2 } });
      },
      { timeout: 60_000 },
    );
    expect((await fetch(`${url}?key=nobody`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toContain(`millrace_source_records_total{topology="${name}",source="article-views"} 2`);
    await transport.close();
  });

  test('processes that join and leave under load count every word exactly once', async () => {
    const name = uniqueName('words');
    const transport = connect();
    await createTopic(transport, `${name}-in`, 4);
    await createTopic(transport, `${name}-out`, 2);
    const expected: Record<string, number> = {};
    let fed = 0;
    const feed = async (): Promise<void> => {
      const lines = Array.from({ length: 500 }, (_, i) => `w${(fed + i) % 97} w${(fed + i) % 31} all`);
      fed += lines.length;
      for (const word of lines.flatMap((line) => line.split(' '))) expected[word] = (expected[word] ?? 0) + 1;
      await produce(
        transport,
        `${name}-in`,
        lines.map((value) => ({ key: null, value })),
      );
    };
    const consumed = async (): Promise<void> => {
      for (const topic of [`${name}-in`, `${name}.counts.repartition`]) {
        const partitions = Array.from({ length: 4 }, (_, partition) => ({ topic, partition }));
        const ends = await transport.topics.offsets(partitions);
        const reached = await transport.groupOffsets(name, partitions);
        expect(reached).toHaveLength(4);
        for (const { partition, offset } of reached) expect(offset).toBe(ends.get(`${topic}-${partition}`)?.end);
      }
    };

    await feed();
    const first = start(wordCount(name));
    await eventually(consumed, { timeout: 60_000 });
    const second = start(wordCount(name));
    for (let i = 0; i < 10; i++) await feed();
    await eventually(consumed, { timeout: 60_000 });
    await first.end('SIGTERM');
    expect(first.exitCode, first.stderr).toBe(0);
    for (let i = 0; i < 5; i++) await feed();
    await eventually(consumed, { timeout: 60_000 });
    await second.end('SIGTERM');
    expect(second.exitCode, second.stderr).toBe(0);

    expect(await lastByKey(`${name}-out`)).toEqual(expected);
    await transport.close();
  });
});

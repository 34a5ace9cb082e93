import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Diagnostics } from '../../src/core/diagnostic.ts';
import type { BatchProgress, EngineEvent } from '../../src/core/progress.ts';
import { systemClock } from '../../src/core/system-clock.ts';
import { taskName } from '../../src/core/task.ts';
import { formats } from '../../src/formats/formats.ts';
import { KafkajsLink } from '../../src/kafka/kafkajs-link.ts';
import { KafkaTransport } from '../../src/kafka/kafka-transport.ts';
import { planTopology } from '../../src/plan/plan.ts';
import { Engine } from '../../src/runtime/engine.ts';
import { loadConfig } from '../../src/service/config/load-config.ts';
import { openState } from '../../src/service/remote-services.ts';
import type { ThreadWorker } from '../../src/service/worker-thread/thread-worker.ts';
import { WorkerThreads } from '../../src/service/worker-thread/worker-threads.ts';
import { loadTopology } from '../../src/topology/load-topology.ts';
import { createTopic, produce, SETTINGS } from '../support/engine-harness.ts';
import { eventually } from '../support/eventually.ts';
import { MillraceProcess } from '../support/millrace-process.ts';
import { readCommitted } from '../support/read-committed.ts';
import { testTempDir } from '../support/temp-dir.ts';
import { uniqueName } from '../support/unique-name.ts';
import { describeWithServices } from '../support/with-services.ts';

const PARTITIONS = 4;

/** Counts per user, in place; and the work of each record, which grows with the square of its `n`. */
const topologyOf = (name: string, more = ''): string => `
apiVersion: millrace/v1
name: ${name}
sources:
  jobs:
    topic: ${name}-in
    value: { format: json, schema: "user string, n bigint" }
    partitionedBy: [ user ]
views:
  steps:
    from: jobs
    select:
      - user
      - aggregate(sequence(1, n), 0, (a, x) -> a + aggregate(sequence(1, n), 0, (b, y) -> b + 1)) as steps
  totals:
    from: steps
    groupBy: user
    aggregate:
      - count(*) as jobs
      - sum(steps) as steps
sinks:
  totals: { from: totals, topic: ${name}-out, key: user, outputMode: update }
${more}`;

interface Total {
  readonly jobs: number;
  readonly steps: number;
}

interface Job {
  readonly user: string;
  readonly n: number;
}

const record = (job: Job): { key: string; value: string } => ({ key: job.user, value: JSON.stringify(job) });

function totalsOf(jobs: readonly Job[]): Record<string, Total> {
  const totals: Record<string, Total> = {};
  for (const { user, n } of jobs) {
    const before = totals[user] ?? { jobs: 0, steps: 0 };
    totals[user] = { jobs: before.jobs + 1, steps: before.steps + n * n };
  }
  return totals;
}

const atEnd: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of atEnd.splice(0).toReversed()) await end();
});

describeWithServices('workers', ['kafka', 'redis'], ({ kafka, redis }) => {
  function connect(): KafkaTransport {
    const transport = new KafkaTransport(new KafkajsLink({ brokers: [kafka], clientId: 'test' }), systemClock);
    atEnd.push(() => transport.close());
    return transport;
  }

  /** Every record is there once: the counts of a user go up by what is new, and end where they should. */
  async function expectTotals(name: string, jobs: readonly Job[]): Promise<void> {
    const last: Record<string, Total> = {};
    for (const { key, value } of await readCommitted(kafka, `${name}-out`)) {
      const { user, ...total } = JSON.parse(value ?? '') as Total & { user: string };
      expect(user).toBe(key);
      expect(total.jobs, `the jobs of ${user}`).toBeGreaterThan(last[user]?.jobs ?? 0);
      last[user] = total;
    }
    expect(last).toEqual(totalsOf(jobs));
  }

  /** An engine with two threads. `maxBatchTimes` are those of the threads in the order they are opened, the last for all that follow. */
  function engineOf(name: string, maxBatchTimes: readonly string[]) {
    const diagnostics = new Diagnostics();
    const spec = loadTopology(topologyOf(name), 'test.yaml', diagnostics, () => undefined);
    const plan = spec === null ? null : planTopology(spec, diagnostics);
    if (spec === null || plan === null) throw new Error(diagnostics.all.map((d) => d.message).join('\n'));
    const addresses = { brokers: [kafka], redisUrl: redis };
    const supplies = maxBatchTimes.map((maxBatchTime) => {
      const overrides = [
        { path: 'workers', value: 2, option: '--set' },
        { path: 'maxBatchTime', value: maxBatchTime, option: '--set' },
      ];
      const inputs = { topologies: [], directory: testTempDir(), profile: null, env: {}, overrides };
      const { config } = loadConfig(inputs, diagnostics, new Map())!;
      const print = (): void => undefined;
      return {
        config,
        threads: new WorkerThreads({ spec, plan, config, addresses, settings: SETTINGS, clock: systemClock, print }),
      };
    });
    const opened: ThreadWorker[] = [];
    const batches: BatchProgress[] = [];
    const events: EngineEvent[] = [];
    const engine = new Engine({
      plan,
      settings: SETTINGS,
      transport: connect(),
      state: openState(supplies[0].config, addresses, name, systemClock),
      formats,
      clock: systemClock,
      listener: { onBatch: (batch) => batches.push(batch), onEvent: (event) => events.push(event) },
      externalSinks: new Map(),
      random: Math.random,
      newLogId: randomUUID,
      workers: {
        count: 2,
        lossWindowMs: supplies[0].threads.lossWindowMs,
        open(index, prepared, listener) {
          const { threads } = supplies[Math.min(opened.length, supplies.length - 1)];
          const worker = threads.open(index, prepared, listener);
          opened.push(worker);
          return worker;
        },
      },
    });
    atEnd.push(async () => {
      await engine.stop();
      for (const { threads } of supplies) await threads.terminate();
    });
    return { engine, opened, batches, events };
  }

  const tasksOf = (worker: ThreadWorker): string[] => worker.tasks.map(({ id }) => taskName(id));

  async function untilRunning({ engine }: { readonly engine: Engine }): Promise<void> {
    await eventually(
      () => {
        expect(engine.tasks.filter(({ phase }) => phase === 'running')).toHaveLength(PARTITIONS);
        expect(engine.state).toBe('running');
      },
      { timeout: 60_000 },
    );
  }

  async function untilConsumed(transport: KafkaTransport, name: string): Promise<void> {
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: `${name}-in`, partition }));
    await eventually(
      async () => {
        const ends = await transport.topics.offsets(partitions);
        const reached = await transport.groupOffsets(name, partitions);
        expect(reached).toHaveLength(PARTITIONS);
        for (const { partition, offset } of reached) expect(offset).toBe(ends.get(`${name}-in-${partition}`)?.end);
      },
      { timeout: 60_000, interval: 200 },
    );
  }

  /** Makes the topics; `fed` is everything fed so far. */
  async function feeding(name: string) {
    const transport = connect();
    await createTopic(transport, `${name}-in`, PARTITIONS);
    await createTopic(transport, `${name}-out`, PARTITIONS);
    const fed: Job[] = [];
    const feed = async (jobs: readonly Job[]): Promise<void> => {
      fed.push(...jobs);
      await produce(transport, `${name}-in`, jobs.map(record));
    };
    return { transport, feed, fed };
  }

  const smallJobs = (count: number): Job[] =>
    Array.from({ length: count }, (_, i) => ({ user: `u${i % 40}`, n: 1 + (i % 3) }));

  test('a thread that is killed costs its tasks a moment and the others nothing, and no record', async () => {
    const name = uniqueName('workers');
    const { transport, feed, fed } = await feeding(name);
    const running = engineOf(name, ['5 minutes']);
    const { engine, opened, events } = running;
    await engine.start();
    await untilRunning(running);
    const [victim, other] = opened;
    const [lost, kept] = [tasksOf(victim), tasksOf(other)];
    expect([...lost, ...kept].toSorted()).toEqual(['jobs/0', 'jobs/1', 'jobs/2', 'jobs/3']);
    expect(lost).toHaveLength(2);

    await feed(smallJobs(500));
    const before = events.length;
    const feedingOn = (async () => {
      for (let i = 0; i < 10; i++) await feed(smallJobs(100));
    })();
    await victim.terminate();
    await feedingOn;
    await eventually(() => expect(opened).toHaveLength(3));
    await untilRunning(running);
    expect(tasksOf(opened[2]).toSorted()).toEqual(lost.toSorted());
    await untilConsumed(transport, name);
    await engine.stop();

    const since = events.slice(before);
    expect(since.flatMap((e) => (e.kind === 'error' ? [e.error.code] : []))).toEqual(['WORKER_LOST']);
    const moved = since.flatMap((e) => (e.kind === 'task' && e.state === 'claiming' ? [taskName(e.task)] : []));
    expect(moved.toSorted()).toEqual(lost.toSorted());
    await expectTotals(name, fed);
  });

  test('a thread that is stuck in a record is replaced after maxBatchTime, while the other goes on committing', async () => {
    const name = uniqueName('workers');
    const { transport, feed, fed } = await feeding(name);
    // The record takes seven seconds or more: too long for the threads that start first, and nothing for those that replace them.
    const running = engineOf(name, ['3 s', '3 s', '5 minutes']);
    const { engine, opened, batches, events } = running;
    await engine.start();
    await untilRunning(running);
    await feed(smallJobs(100));
    await untilConsumed(transport, name);

    await feed([{ user: 'stuck', n: 9_000 }]);
    const begunAt = batches.length;
    const stuckTask = `jobs/${await partitionOfUser(transport, name, 'stuck')}`;
    const stuck = opened.findIndex((worker) => tasksOf(worker).includes(stuckTask));
    const losses = (): string[] =>
      events.flatMap((e) => (e.kind === 'error' && e.error.code === 'WORKER_LOST' ? [e.error.message] : []));
    while (losses().length === 0) await feed(smallJobs(40));
    const meanwhile = new Set(batches.slice(begunAt).map((batch) => taskName(batch.task)));
    expect(losses()[0]).toBe(
      `worker ${stuck} is lost: a batch of ${stuckTask} has taken longer than maxBatchTime (3 s)`,
    );
    expect([...meanwhile].toSorted()).toEqual(tasksOf(opened[1 - stuck]).toSorted());

    await feed(smallJobs(100));
    await untilConsumed(transport, name);
    await engine.stop();
    await expectTotals(name, fed);
  });

  /** Where a user's records are: read from the topic, since it is the producer's choice. */
  async function partitionOfUser(transport: KafkaTransport, name: string, user: string): Promise<number> {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const tp = { topic: `${name}-in`, partition };
      const end = (await transport.topics.offsets([tp])).get(`${name}-in-${partition}`)?.end ?? 0;
      for await (const chunk of transport.readRange(tp, 0, end)) {
        for (let i = 0; i < chunk.count; i++) {
          if (chunk.bytes.toString('utf8', chunk.keyStart[i], chunk.keyEnd[i]) === user) return partition;
        }
      }
    }
    throw new Error(`no record of ${user}`);
  }

  function run(yaml: string, ...more: readonly string[]): MillraceProcess {
    const file = join(testTempDir(), 'topology.yaml');
    writeFileSync(file, yaml);
    const settings = [`kafka.brokers=${kafka}`, `redis.url=${redis}`, 'workers=2', ...more];
    const started = new MillraceProcess(['run', file, '--port', '0', ...settings.flatMap((s) => ['--set', s])]);
    atEnd.push(() => started.end('SIGKILL'));
    return started;
  }

  test('a process with two workers processes what is there, prints whole tables, and ends', async () => {
    const name = uniqueName('workers');
    const { feed, fed } = await feeding(name);
    await feed(smallJobs(400));
    const started = run(
      topologyOf(
        name,
        '  look: { from: totals, console: { numRows: 100 }, outputMode: update }\ntrigger: availableNow\n',
      ),
    );
    expect(await started.untilExit(), started.stderr).toBe(0);
    await expectTotals(name, fed);
    const tables = started.stdout.split(/(?=-{43}\nBatch: \d+\n-{43}\n)/);
    for (const table of tables) {
      expect(table).toMatch(
        /^-{43}\nBatch: \d+\n-{43}\n\+[-+]+\+\n\|[^\n]+\|\n\+[-+]+\+\n(\|[^\n]+\|\n)+\+[-+]+\+\n\n$/,
      );
    }
    const printed = tables.flatMap((table) => table.match(/\|\s*u\d+\|/g) ?? []);
    expect(new Set(printed).size).toBe(40);
  });

  test('state in memory is answered for by the thread that has it', async () => {
    const name = uniqueName('workers');
    const { feed } = await feeding(name);
    await feed(smallJobs(400));
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    run(topologyOf(name), `http.port=${port}`, 'state.backend=memory');
    const stores = `http://127.0.0.1:${port}/api/v1/topologies/${name}/stores/totals`;
    for (const user of ['u0', 'u1', 'u2', 'u3', 'u4']) {
      await eventually(
        async () => {
          const found = await fetch(`${stores}?key=${user}`);
          expect(found.status).toBe(200);
          expect(await found.json()).toMatchObject({ key: user, value: { jobs: 10 } });
        },
        { timeout: 60_000 },
      );
    }
    expect((await fetch(`${stores}?key=nobody`)).status).toBe(404);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toContain(`millrace_source_records_total{topology="${name}",source="jobs"} 400`);
  });
});

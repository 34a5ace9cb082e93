/** How long tasks stand still when their owner changes, and how fast state comes back; see README.md. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { systemClock } from '../src/core/system-clock.ts';
import { KafkajsLink } from '../src/kafka/kafkajs-link.ts';
import { KafkaTransport } from '../src/kafka/kafka-transport.ts';
import { startRedis } from '../src/service/local-services/redis.ts';
import { describeEnvironment } from './environment.ts';
import { firstCommits } from './recovery/first-commits.ts';
import { Instance } from './recovery/instance.ts';
import { OutputGap } from './recovery/output-gap.ts';
import { SteadyFeed } from './recovery/steady-feed.ts';
import { Stage } from './stage.ts';
import { PARTITIONS, WORKLOADS } from './workloads.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const EVENTS_PER_SECOND = 400;
const SETTLE_MS = 3_000;

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    write: { type: 'boolean', default: false },
  },
});
const users = Number(values.users);
const rounds = Number(values.rounds);

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const range = (numbers: readonly number[], digits = 0): string =>
  `${median(numbers).toFixed(digits)} (${Math.min(...numbers).toFixed(digits)}–${Math.max(...numbers).toFixed(digits)})`;
const partitionOfTask = (task: string): number => Number(task.slice(task.indexOf('/') + 1));

/** What came of it all, ms or rows a second. */
interface Figures {
  /** From an assignment to the first commit of a batch of each task that came with it. */
  readonly joined: number[];
  readonly took: number[];
  /** From the kill to the assignment of what the killed one had. */
  readonly noticed: number[];
  /** The longest time for which a reader of the output saw nothing new in some partition. */
  readonly gaps: number[];
  readonly rebuilds: { readonly records: number; readonly seconds: number }[];
}

async function measure(stage: Stage): Promise<Figures> {
  const workload = WORKLOADS.find(({ name }) => name === 'w2m')!;
  const link = new KafkajsLink({ brokers: [stage.broker.address], clientId: 'recovery' });
  const transport = new KafkaTransport(link, systemClock);
  const figures: Figures = { joined: [], took: [], noticed: [], gaps: [], rebuilds: [] };
  const instances: Instance[] = [];
  const input = await stage.input({ name: 'recovery', kind: 'events', count: 3 * users, users });
  const result = await stage.withRun(workload, input, async (run): Promise<Figures> => {
    const redis = await startRedis({ dataDir: join(run.folder, 'redis'), port: 0 });
    const start = (): Instance => {
      const instance = new Instance(run, stage.broker.address, redis.address);
      instances.push(instance);
      return instance;
    };
    try {
      const inputs = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: run.input, partition }));
      const changelog = await changelogOf(start(), `${run.name}-app`);
      await untilCaughtUp(transport, `${run.name}-app`, inputs);
      const feed = new SteadyFeed(transport, run.input, PARTITIONS, users, EVENTS_PER_SECOND);
      for (let round = 0; round < rounds; round++) {
        const [former] = instances.slice(-1);
        await sleep(SETTLE_MS);
        const next = start();
        const joined = await next.assigned(PARTITIONS / 2);
        const partitions = joined.tasks.map(partitionOfTask);
        for (const at of (await firstCommits(transport, changelog, partitions, joined.atMs)).values()) {
          figures.joined.push(at - joined.atMs);
        }
        await sleep(SETTLE_MS);
        const gap = new OutputGap(transport, run.output, PARTITIONS);
        const theirs = former.assignments.at(-1)!.tasks.map(partitionOfTask);
        while (!gap.hasOpenTransaction) await sleep(1);
        former.kill();
        const killed = Date.now();
        const took = await next.assigned(PARTITIONS, 1);
        figures.noticed.push(took.atMs - killed);
        for (const at of (await firstCommits(transport, changelog, theirs, took.atMs)).values()) {
          figures.took.push(at - took.atMs);
        }
        await sleep(SETTLE_MS);
        figures.gaps.push(await gap.stop());
        say(`round ${round + 1}: ${JSON.stringify(figures)}`);
      }
      await feed.stop();
      await instances.at(-1)!.stop();
      for (let round = 0; round < rounds; round++) {
        const client = new Redis(redis.address);
        await client.flushall();
        client.disconnect();
        const instance = start();
        await instance.until((log) => log.filter(({ rebuild }) => rebuild === true).length === PARTITIONS);
        const rebuilt = instance.log.filter(({ rebuild }) => rebuild === true);
        const ended = Math.max(...rebuilt.map(({ time }) => Date.parse(time)));
        const began = Math.min(...rebuilt.map(({ time, durationMs }) => Date.parse(time) - (durationMs ?? 0)));
        const records = rebuilt.reduce((sum, line) => sum + (line.records ?? 0), 0);
        figures.rebuilds.push({ records, seconds: (ended - began) / 1000 });
        say(`rebuild ${round + 1}: ${JSON.stringify(figures.rebuilds.at(-1))}`);
        await instance.stop();
      }
      return figures;
    } finally {
      await Promise.all(instances.map((instance) => instance.stop()));
      await redis.stop();
    }
  });
  await transport.close();
  return result;
}

/** The one changelog of the application, which is there when it has tasks. */
async function changelogOf(instance: Instance, application: string): Promise<string> {
  const { tasks } = await instance.assigned(PARTITIONS);
  return `${application}.${tasks[0].slice(0, tasks[0].indexOf('/'))}.changelog`;
}

async function untilCaughtUp(
  transport: KafkaTransport,
  group: string,
  inputs: readonly { topic: string; partition: number }[],
): Promise<void> {
  for (;;) {
    const ends = await transport.topics.offsets(inputs);
    const reached = await transport.groupOffsets(group, inputs);
    const behind = inputs.filter(({ topic, partition }) => {
      const offset = reached.find((each) => each.partition === partition)?.offset ?? 0;
      return offset < (ends.get(`${topic}-${partition}`)?.end ?? 0);
    });
    if (behind.length === 0) return;
    await sleep(500);
  }
}

function report(figures: Figures, environment: Awaited<ReturnType<typeof describeEnvironment>>): string {
  const { joined, took, noticed, gaps, rebuilds } = figures;
  const rate = rebuilds.map(({ records, seconds }) => records / seconds);
  const versions = Object.entries(environment.versions).map(([name, version]) => `${name} ${version}`);
  return `# Recovery

Measured ${environment.date} on ${environment.machine}. ${versions.join(', ')}.

Running count and sum (w2) over ${users.toLocaleString('en')} users in ${PARTITIONS} partitions, all of its state in Redis, ${EVENTS_PER_SECOND} events a second coming in; two instances of
\`millrace run\` with the default configuration. Medians, with the least and the most of ${rounds} rounds.

| | |
| --- | ---: |
| a second instance joins: from its assignment to the first commit of each task that it took, ms | ${range(joined)} |
| an instance is killed (SIGKILL) in the middle of a transaction: until its tasks are assigned to the other, ms | ${range(noticed)} |
| from then to the first commit of each of those tasks, ms | ${range(took)} |
| meanwhile a reader of the output saw nothing new in some partition for, ms | ${range(gaps)} |
| Redis lost everything: changelog records read and written to Redis a second, all tasks together | ${range(rate)} |
| that is, until all ${Math.round(median(rebuilds.map(({ records }) => records))).toLocaleString('en')} changelog records are in Redis, s | ${range(
    rebuilds.map(({ seconds }) => seconds),
    1,
  )} |
`;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const stage = await Stage.open();
try {
  const environment = await describeEnvironment(stage.java, join(stage.folder, 'redis'));
  const text = report(await measure(stage), environment);
  process.stdout.write(text);
  if (values.write) await writeFile(join(FOLDER, 'RECOVERY.md'), text);
} finally {
  await stage.close();
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CATALOGUE } from '../faults/catalogue.ts';
import { seededRandom } from '../../runtime/support/seeded-random.ts';
import { judgeCluster } from '../judge/judge.ts';
import { Load } from '../workload/load.ts';
import { PARTS } from '../workload/topology.ts';
import { changelogsOf, inputsOf, partitionsOf, untilAtRest } from './at-rest.ts';
import { Cluster } from './cluster.ts';
import { CommitWatch } from './commit-watch.ts';
import { deploymentOf, ledgerTopic, openTopics, outputsOf } from './deployment.ts';
import { Feeder } from './feeder.ts';

/*
 * Opens a cluster, runs the campaign's topology on it under load, injects the faults named, one after the other, and says how long each kept
 * the tasks from committing. At the end everything has to come to rest, and is judged.
 *
 *     node test/faults/cluster/try.ts --fault worker-kill --fault redis-kill [--seed 1] [--dir folder, kept]
 */
const { values: options } = parseArgs({
  options: {
    fault: { type: 'string', multiple: true, default: [] },
    seed: { type: 'string', default: '1' },
    dir: { type: 'string' },
  },
});

const PARTITIONS = 4;
const EVENTS_PER_BATCH = 40;
const LINES_PER_BATCH = 20;
const BATCH_MS = 200;
const SETTLE_MS = 5_000;
const PATIENCE_MS = 180_000;

const unknown = options.fault.filter((name) => !CATALOGUE.has(name));
if (unknown.length > 0) {
  process.stderr.write(`no fault ${unknown.join(', ')}; there are:\n  ${[...CATALOGUE.keys()].join('\n  ')}\n`);
  process.exit(2);
}

const say = (text: string): void => void process.stdout.write(`${new Date().toISOString().slice(11, 23)} ${text}\n`);
const patience = (): AbortSignal => AbortSignal.timeout(PATIENCE_MS);

const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'millrace-faults-'));
const random = seededRandom(Number(options.seed));
const cluster = await Cluster.open({ dir });
try {
  say(`the cluster is open in ${dir}`);
  await run();
} finally {
  await cluster.close();
  if (options.dir === undefined && process.exitCode === undefined) rmSync(dir, { recursive: true });
}

async function run(): Promise<void> {
  const { transport } = cluster.kafka;
  const secondMs = 200;
  const deployment = deploymentOf(
    {
      name: 'faults',
      parts: PARTS,
      trigger: 'default',
      watermarkDelay: '2 seconds',
      idleTimeout: '1 hour',
      secondMs,
    },
    PARTITIONS,
  );
  const { plan, partitions } = deployment;
  const load = new Load(seededRandom(Number(options.seed) + 1), {
    name: 'faults',
    partitions,
    secondMs,
    times: { kind: 'own', disorderMs: 500 },
  });
  await openTopics(transport, deployment);
  cluster.deploy(deployment);
  const feeder = new Feeder({
    transport,
    ledger: ledgerTopic(deployment),
    next: () => [...load.nextEvents(EVENTS_PER_BATCH), ...load.nextLines(LINES_PER_BATCH)],
    intervalMs: BATCH_MS,
  });
  await feeder.feed(load.begin());
  await cluster.startWorkers(patience());
  say('all workers run');
  const watch = new CommitWatch(transport, changelogsOf(plan, partitions));
  feeder.start();
  await watch.untilAllCommitted(Date.now(), patience());
  for (const name of options.fault) {
    await inject(name, watch, plan.name);
    const refusal = CATALOGUE.get(name)?.refuses;
    if (refusal === undefined) continue;
    // Nothing comes to rest behind it: all there is to see is that every worker says why it refuses.
    const refusing = cluster.slots.filter(({ unexpectedEnds }) =>
      unexpectedEnds.some(({ log }) => log.includes(refusal)),
    );
    say(`${refusing.length} of ${cluster.slots.length} workers refuse with ${refusal}`);
    if (refusing.length < cluster.slots.length) process.exitCode = 1;
    await feeder.stop();
    await watch.close();
    feeder.close();
    return;
  }

  await feeder.stop();
  await feeder.feed(load.closing());
  say(`${feeder.records} records are fed (${feeder.repeated} batches twice)`);
  const others = [...outputsOf(deployment), ...plan.subTopologies.map(({ changelogTopic }) => changelogTopic)];
  const begun = performance.now();
  await untilAtRest(transport, plan, inputsOf(plan, partitions), partitionsOf(others, partitions), patience());
  say(`at rest after ${seconds(performance.now() - begun)}, with ${watch.commits} commits`);
  await watch.close();
  feeder.close();
  say(`workers ended with ${(await cluster.stopWorkers()).join(', ')}`);
  for (const { slot, ending, log } of cluster.unexpectedEnds) {
    process.exitCode = 1;
    say(`worker ${slot} ended by itself: ${ending}\n${log}`);
  }
  const { violations, counts } = await judgeCluster({
    brokers: cluster.kafka.brokers.join(','),
    redis: `127.0.0.1:${cluster.redis.primary.port}`,
    topology: plan.name,
    parts: PARTS,
    partitions,
    secondMs,
    closedBeforeMs: load.closedBeforeMs,
    compacted: options.fault.some((name) => CATALOGUE.get(name)?.compacts === true),
  });
  say(`${violations.length} violations; ${JSON.stringify(counts)}`);
  if (violations.length > 0) process.exitCode = 1;
  for (const { invariant, where, what } of violations) say(`  ${invariant} ${where}: ${what}`);
}

async function inject(name: string, watch: CommitWatch, topology: string): Promise<void> {
  const fault = CATALOGUE.get(name);
  if (fault === undefined) return;
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  say(`--- ${name}: ${fault.about}`);
  const healed = await fault.inject(cluster, random, patience()).catch(async (error: unknown) => {
    process.exitCode = 1;
    say(`  FAILED ${String(error)}`);
    await cluster.heal(patience());
    return null;
  });
  if (healed === null) return;
  for (const { atMs, what } of healed.happened) say(`  +${seconds(atMs - healed.injectedMs)} ${what}`);
  if (fault.refuses !== undefined) return;
  const { allCommittedMs, slowest } = await watch.untilAllCommitted(healed.healedMs, patience());
  const gap = watch.longestGap(healed.injectedMs);
  say(
    `  healed after ${seconds(healed.healedMs - healed.injectedMs)}; all tasks of ${topology} committed ${seconds(allCommittedMs)} later ` +
      `(last: ${slowest}); longest gap ${seconds(gap.ms)} (${gap.task})`,
  );
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { changelogsOf, inputsOf, look, partitionsOf, untilAtRest } from '../cluster/at-rest.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { CommitWatch } from '../cluster/commit-watch.ts';
import { deploymentOf, ledgerTopic, openTopics, outputsOf, type Deployment } from '../cluster/deployment.ts';
import { Feeder } from '../cluster/feeder.ts';
import { isInOrder } from '../cluster/worker-slot.ts';
import type { Fault } from '../faults/fault.ts';
import { judgeCluster } from '../judge/judge.ts';
import { seededRandom } from '../../runtime/support/seeded-random.ts';
import type { Violation } from '../workload/evidence.ts';
import { Load } from '../workload/load.ts';
import { PARTS, type TopologyOptions } from '../workload/topology.ts';
import { ofNow, type FaultRun, type SessionResult } from './results.ts';
import { whatWorkersSay } from './what-workers-say.ts';

export const PARTITIONS = 4;
const SECOND_MS = 200;
const EVENTS_PER_BATCH = 40;
const LINES_PER_BATCH = 20;
const BATCH_MS = 400;
/** Between two faults, so that each finds the topology at work. */
const SETTLE_MS = 2_000;
/** How long anything may take that is to come by itself: well beyond a session and a transaction that time out one after the other. */
const PATIENCE_MS = 60_000;
const FAULT_PATIENCE_MS = 240_000;

export interface SessionOptions {
  readonly cluster: Cluster;
  /** Of the topology and all its topics; not used before on this cluster. */
  readonly name: string;
  readonly seed: number;
  readonly faults: readonly Fault[];
  readonly say: (line: string) => void;
}

/** Runs the campaign's topology under load through the faults, lets it come to rest, and has everything that it left behind judged. */
export async function runSession(options: SessionOptions): Promise<SessionResult> {
  const { cluster, name, seed, faults, say } = options;
  const began = ofNow();
  const startedMs = Date.now();
  const { transport } = cluster.kafka;
  const deployment = deploymentOf(topologyOf(name, seed), PARTITIONS);
  const { plan, partitions } = deployment;
  const times = { kind: 'own', disorderMs: 500 } as const;
  const load = new Load(seededRandom(seed), { name, partitions, secondMs: SECOND_MS, times });
  const random = seededRandom(seed + 1);
  await openTopics(transport, deployment);
  cluster.deploy(deployment);
  const feeder = new Feeder({
    transport,
    ledger: ledgerTopic(deployment),
    next: () => [...load.nextEvents(EVENTS_PER_BATCH), ...load.nextLines(LINES_PER_BATCH)],
    intervalMs: BATCH_MS,
  });
  await feeder.feed(load.begin());
  await cluster.startWorkers(AbortSignal.timeout(PATIENCE_MS));
  const watch = new CommitWatch(transport, changelogsOf(plan, partitions));
  feeder.start();
  const runs: FaultRun[] = [];
  const violations: Violation[] = [];
  try {
    await watch.untilAllCommitted(Date.now(), AbortSignal.timeout(PATIENCE_MS));
    for (const fault of faults) {
      await sleep(SETTLE_MS);
      const run = await undergo(fault, cluster, watch, random, () => circumstances(cluster, deployment, feeder));
      runs.push(run);
      say(`${name} ${describe(run)}`);
      if (run.failure !== null) violations.push({ invariant: 'I6', where: fault.name, what: run.failure });
    }
    await feeder.stop();
    await feeder.feed(load.closing());
    violations.push(...(await comeToRest(cluster, deployment)));
  } catch (error) {
    violations.push({ invariant: 'I6', where: name, what: (error as Error).message });
    await feeder.stop();
  }
  const { commits } = watch;
  await watch.close();
  feeder.close();
  const endings = await cluster.stopWorkers();
  for (const [slot, ending] of endings.entries()) {
    if (!isInOrder(ending)) violations.push({ invariant: 'I6', where: `worker ${slot}`, what: `ended with ${ending}` });
  }
  for (const { slot, ending, log } of cluster.unexpectedEnds.filter(({ atMs }) => atMs >= startedMs)) {
    violations.push({ invariant: 'I6', where: `worker ${slot}`, what: `ended by itself with ${ending}: ${log}` });
  }
  const verdict = await judgeCluster({
    brokers: cluster.kafka.brokers.join(','),
    redis: `127.0.0.1:${cluster.redis.primary.port}`,
    topology: name,
    parts: deployment.options.parts,
    partitions,
    secondMs: SECOND_MS,
    closedBeforeMs: load.closedBeforeMs,
    compacted: faults.some((fault) => fault.compacts === true),
  });
  return {
    kind: 'session',
    ...began,
    seed,
    seconds: (Date.now() - startedMs) / 1000,
    faults: runs,
    records: feeder.records,
    commits,
    ...rebuildsIn(cluster, startedMs),
    violations: [...violations, ...verdict.violations],
  };
}

const topologyOf = (name: string, seed: number): TopologyOptions => ({
  name,
  parts: PARTS,
  trigger: 'default',
  watermarkDelay: '2 seconds',
  idleTimeout: '1 hour',
  secondMs: SECOND_MS,
  compression: seed % 4 === 0 ? 'lz4' : 'none',
});

/** Never rejects: whatever happens is in the result, and the cluster is whole again. */
async function undergo(
  fault: Fault,
  cluster: Cluster,
  watch: CommitWatch,
  random: () => number,
  circumstancesNow: () => Promise<string>,
): Promise<FaultRun> {
  const { name, family } = fault;
  const begunMs = Date.now();
  let story: readonly string[] = [];
  let faultMs = 0;
  try {
    const healed = await fault.inject(cluster, random, AbortSignal.timeout(FAULT_PATIENCE_MS));
    faultMs = healed.healedMs - healed.injectedMs;
    story = healed.happened.map(({ atMs, what }) => `${((atMs - healed.injectedMs) / 1000).toFixed(1)} s: ${what}`);
    const { allCommittedMs } = await watch.untilAllCommitted(healed.healedMs, AbortSignal.timeout(PATIENCE_MS));
    const gapMs = watch.longestGap(healed.injectedMs).ms;
    // Whoever is still starting would take what the next fault does to the servers for a setting of theirs.
    const running = AbortSignal.timeout(PATIENCE_MS);
    await Promise.all(cluster.slots.map((slot) => slot.untilRunning(running)));
    return { fault: name, family, story, faultMs, recoveryMs: allCommittedMs, gapMs, failure: null };
  } catch (error) {
    const failure = `${(error as Error).message}; ${await circumstancesNow()}`;
    await cluster.heal(AbortSignal.timeout(FAULT_PATIENCE_MS));
    const gapMs = watch.longestGap(begunMs).ms;
    return { fault: name, family, story, faultMs, recoveryMs: null, gapMs, failure };
  }
}

/** What is left undone, or said wrongly, when all has been fed and everybody is well. */
async function comeToRest(cluster: Cluster, deployment: Deployment): Promise<Violation[]> {
  const { plan, partitions } = deployment;
  const changelogs = plan.subTopologies.map(({ changelogTopic }) => changelogTopic);
  const written = partitionsOf([...outputsOf(deployment), ...changelogs], partitions);
  const signal = AbortSignal.timeout(2 * PATIENCE_MS);
  await untilAtRest(cluster.kafka.transport, plan, inputsOf(plan, partitions), written, signal);
  return whatWorkersSay(cluster, plan, partitions);
}

/** For whoever has to find out why something does not come about: how far feeding is, and what waits for being read. */
async function circumstances(cluster: Cluster, { plan, partitions }: Deployment, feeder: Feeder): Promise<string> {
  const fed = `last fed ${((Date.now() - feeder.fedMs) / 1000).toFixed(1)} s ago, ${feeder.repeated} batches again`;
  try {
    const { restless } = await look(cluster.kafka.transport, plan, inputsOf(plan, partitions), [], new Map());
    return [fed, ...restless].join('; ');
  } catch (error) {
    return `${fed}; the brokers cannot say how far it is: ${(error as Error).message}`;
  }
}

/** From the logs of the workers since then. */
function rebuildsIn(
  cluster: Cluster,
  sinceMs: number,
): Pick<SessionResult, 'rebuilds' | 'rebuiltRecords' | 'rebuiltMs'> {
  const lines = cluster.slots
    .flatMap(({ logFile }) => readFileSync(logFile, 'utf8').split('\n'))
    .filter((line) => line.includes('"rebuild":true'))
    .map((line) => JSON.parse(line) as { time: string; records: number; durationMs: number })
    .filter(({ time }) => Date.parse(time) >= sinceMs);
  return {
    rebuilds: lines.length,
    rebuiltRecords: lines.reduce((sum, { records }) => sum + records, 0),
    rebuiltMs: lines.reduce((sum, { durationMs }) => sum + durationMs, 0),
  };
}

function describe({ fault, faultMs, recoveryMs, gapMs, failure }: FaultRun): string {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  const end = recoveryMs === null ? `FAILED: ${failure}` : `all commit ${seconds(recoveryMs)} later`;
  return `${fault}: over after ${seconds(faultMs)}, ${end}; longest gap ${seconds(gapMs)}`;
}

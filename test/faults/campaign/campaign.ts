import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster, NODES } from '../cluster/cluster.ts';
import { Namespaces } from '../cluster/namespaces.ts';
import { CATALOGUE } from '../faults/catalogue.ts';
import type { Fault } from '../faults/fault.ts';
import { seededRandom } from '../../runtime/support/seeded-random.ts';
import { mutationNamed } from '../mutations/mutations.ts';
import { keep, resultsFolder, type MutationResult, type SessionResult } from './results.ts';
import { runSession } from './session.ts';

/** Faults that one topology goes through. */
const FAULTS_PER_SESSION = 12;
/** A cluster is used for this many sessions: data and logs of all of them stay on its disks. */
const SESSIONS_PER_CLUSTER = 5;

export interface CampaignOptions {
  readonly seed: number;
  /** Faults to inject, all in all. */
  readonly count: number;
  /** Which; empty = all of the catalogue in turns. */
  readonly faults: readonly string[];
  /** The bug that is planted in all workers, to see whether the judge finds it; null = none. */
  readonly mutation: string | null;
  /** No session begins later than this after the first, minutes. */
  readonly minutes: number;
  /** Whether results are kept for the report. */
  readonly keeps: boolean;
  readonly say: (line: string) => void;
}

/**
 * Injects so many faults into real clusters, session after session; each is judged and kept. Faults come in an order of chance, each as
 * often as the others.
 * @returns the sessions, in order
 */
export async function runCampaign(options: CampaignOptions): Promise<SessionResult[]> {
  const { seed, minutes, mutation, keeps, say } = options;
  const deadline = Date.now() + minutes * 60_000;
  let order = drawOrder(options);
  const results: SessionResult[] = [];
  let used: { readonly cluster: Cluster; readonly dir: string; sessions: number } | null = null;
  for (let session = 0; order.length > 0 && Date.now() < deadline; session++) {
    if (used === null) {
      const namespaces = order.some(needsNamespaces) ? await Namespaces.openIfPossible(NODES, say) : null;
      if (namespaces === null) order = order.filter((fault) => !needsNamespaces(fault));
      const dir = mkdtempSync(join(tmpdir(), 'millrace-faults-'));
      used = { dir, cluster: await Cluster.open({ dir, namespaces, mutation }), sessions: 0 };
    }
    const { cluster, dir } = used;
    const faults = order.splice(0, FAULTS_PER_SESSION);
    const name = `s${seed + session}`;
    let broken = false;
    try {
      const result = await runSession({ cluster, name, seed: seed + session, faults, say });
      if (keeps) keep(mutation === null ? result : huntOf(mutation, result));
      results.push(result);
      broken = result.violations.length > 0;
      say(
        `${name}: ${result.records} records, ${result.commits} commits, ${result.violations.length} violations, ${Math.round(result.seconds)} s`,
      );
      for (const { invariant, where, what } of result.violations) say(`${name}   ${invariant} ${where}: ${what}`);
      if (broken && mutation === null) say(`${name}   logs are in ${keepLogs(dir, result)}`);
    } catch (error) {
      broken = true;
      say(`${name}: the session broke off: ${(error as Error).stack}`);
    }
    if (broken || ++used.sessions === SESSIONS_PER_CLUSTER) {
      await cluster.close();
      rmSync(dir, { recursive: true, force: true });
      used = null;
    }
  }
  if (used !== null) {
    await used.cluster.close();
    rmSync(used.dir, { recursive: true, force: true });
  }
  return results;
}

/** What became of a planted bug: a process that gives up is told apart from a number that is wrong. */
function huntOf(name: string, { time, version, seed, seconds, violations }: SessionResult): MutationResult {
  const { what } = mutationNamed(name);
  const found = violations.find(({ invariant }) => invariant !== 'I6') ?? violations.at(0);
  const outcome = found === undefined ? { seed: null, invariant: null } : { seed, invariant: found.invariant };
  return { kind: 'mutation', time, version, mutation: name, what, foundBy: 'cluster', ...outcome, seeds: 1, seconds };
}

const needsNamespaces = (fault: Fault): boolean => fault.needsNamespaces === true;

/** Each fault once before any comes again, every time in another order. Faults that the product is to refuse are left to tests of their own. */
function drawOrder({ seed, count, faults }: CampaignOptions): Fault[] {
  const random = seededRandom(seed);
  const names =
    faults.length > 0
      ? faults
      : [...CATALOGUE.values()].filter(({ refuses }) => refuses === undefined).map(({ name }) => name);
  const order: Fault[] = [];
  while (order.length < count) {
    const left = names.map((name) => {
      const fault = CATALOGUE.get(name);
      if (fault === undefined)
        throw new Error(`there is no fault ${name}; there are ${[...CATALOGUE.keys()].join(', ')}`);
      return fault;
    });
    while (left.length > 0 && order.length < count) order.push(...left.splice(Math.floor(random() * left.length), 1));
  }
  return order;
}

function keepLogs(dir: string, result: SessionResult): string {
  const folder = join(resultsFolder(), `seed-${result.seed}`);
  mkdirSync(folder, { recursive: true });
  cpSync(dir, folder, { recursive: true, filter: (file) => file === dir || /\.(log|yaml)$/.test(file) });
  writeFileSync(join(folder, 'result.json'), JSON.stringify(result, null, 2));
  return folder;
}

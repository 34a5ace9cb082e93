import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { simulateSeed, type SeedOptions } from '../simulator/simulate.ts';
import type { Invariant } from '../workload/evidence.ts';
import type { Mutation } from './mutation.ts';
import type { TrialLine } from './trial.ts';

/** What became of the hunt for one mutation. */
export interface Finding {
  readonly name: string;
  /** The seed that finds it, or the history that was written for it; null when nothing that was tried did. */
  readonly seed: number | 'history' | null;
  /** What it breaks. A simulation that hangs or crashes breaks I6: nothing comes to rest. */
  readonly invariant: Invariant | null;
  readonly what: string;
  /** Seeds tried. */
  readonly seeds: number;
  readonly seconds: number;
}

export interface HuntOptions {
  /** Seeds, both included, for where no history finds it; none when `from` is larger than `to`. */
  readonly from: number;
  readonly to: number;
  /** How long one seed may take before it counts as hung, ms of the wall clock. */
  readonly patienceMs: number;
}

const PLANT = fileURLToPath(new URL('plant.ts', import.meta.url));
const TRIAL = fileURLToPath(new URL('trial.ts', import.meta.url));
/** What all mutations have in common, which is nearly everything, is compiled once: half of what a short hunt takes. */
const COMPILED = join(tmpdir(), 'millrace-compiled');
/** Of what a crashed simulation says last. */
const LAST_WORDS = 2_000;

/**
 * Simulates the mutation's history, and then seeds, with it planted until an invariant is broken that holds without it. Rejects when the bug
 * could not be planted or the simulation could not begin.
 */
export async function hunt(mutation: Mutation, { from, to, patienceMs }: HuntOptions): Promise<Finding> {
  const { name } = mutation;
  const started = performance.now();
  const finding = (seed: Finding['seed'], seeds: number, { invariant, what }: Partial<Broken> = {}): Finding => {
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    return { name, seed, invariant: invariant ?? null, what: what ?? '', seeds, seconds };
  };
  const { choice, history } = mutation;
  if (history !== undefined) {
    const broken = await attempt(name, 'history', patienceMs);
    if (broken !== null && (await holds(history.seed, history))) return finding('history', 0, broken);
  }
  for (let next = from; next <= to;) {
    const broken = await attempt(name, [next, to], patienceMs);
    if (broken === null) break;
    const { seed } = broken;
    if (await holds(seed, choice)) return finding(seed, seed - from + 1, broken);
    next = seed + 1;
  }
  return finding(null, Math.max(0, to - from + 1));
}

/** Whether the run breaks nothing without the bug: one that does says nothing of it. */
async function holds(seed: number, options: SeedOptions | undefined): Promise<boolean> {
  const { violations } = await simulateSeed(seed, options);
  return violations.length === 0;
}

/** First and last seed, or the history of the mutation. */
type Runs = readonly [number, number] | 'history';

/** The first run that breaks an invariant. */
interface Broken {
  readonly seed: number;
  readonly invariant: Invariant;
  readonly what: string;
}

/** Simulates them in a process of its own, with the bug planted. */
async function attempt(name: string, runs: Runs, patienceMs: number): Promise<Broken | null> {
  const seeds = runs === 'history' ? [] : runs.map(String);
  const child = spawn(process.execPath, ['--import', PLANT, TRIAL, name, ...seeds], {
    env: { ...process.env, FAULT_MUTATION: name, NODE_OPTIONS: '', NODE_COMPILE_CACHE: COMPILED },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let seed: number | null = null;
  let broken: Broken | null = null;
  let isOver = false;
  let hung = false;
  let watchdog: NodeJS.Timeout | undefined;
  let lastWords = '';
  child.stderr.on('data', (chunk: Buffer) => (lastWords = (lastWords + chunk.toString()).slice(-LAST_WORDS)));
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on('close', resolve);
    child.on('error', reject);
  });
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as TrialLine;
    clearTimeout(watchdog);
    if (line.kind === 'seed') {
      seed = line.seed;
      watchdog = setTimeout(() => {
        hung = true;
        child.kill('SIGKILL');
      }, patienceMs);
    } else if (line.kind === 'violation') {
      const { invariant, where, what } = line;
      broken = { seed: line.seed, invariant, what: `${where}: ${what}` };
    } else isOver = true;
  }
  clearTimeout(watchdog);
  const exitCode = await closed;
  if (seed === null || (isOver && exitCode !== 0)) throw new Error(`${name}: ${lastWords}`);
  if (hung) return { seed, invariant: 'I6', what: `the simulation hung for ${patienceMs} ms` };
  if (!isOver) return { seed, invariant: 'I6', what: `the simulation crashed: ${lastWords}` };
  return broken;
}

/** Hunts several mutations at a time; tells of each as it is over, in whichever order. */
export async function huntAll(
  mutations: readonly Mutation[],
  jobs: number,
  optionsOf: (mutation: Mutation) => HuntOptions,
  onFinding: (finding: Finding) => void,
): Promise<void> {
  const waiting = [...mutations];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      onFinding(await hunt(next, optionsOf(next)));
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
}

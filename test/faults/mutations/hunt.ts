import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Invariant } from '../workload/evidence.ts';
import type { Mutation } from './mutation.ts';
import type { TrialLine } from './trial.ts';

/** What became of the hunt for one mutation. */
export interface Finding {
  readonly name: string;
  /** The seed that finds it; null when none of those tried did. */
  readonly seed: number | null;
  /** What it breaks. A simulation that hangs or crashes breaks I6: nothing comes to rest. */
  readonly invariant: Invariant | null;
  readonly what: string;
  /** Seeds tried. */
  readonly seeds: number;
  readonly seconds: number;
}

export interface HuntOptions {
  /** Seeds, both included. */
  readonly from: number;
  readonly to: number;
  /** How long one seed may take before it counts as hung, ms of the wall clock. */
  readonly patienceMs: number;
}

const PLANT = fileURLToPath(new URL('plant.ts', import.meta.url));
const TRIAL = fileURLToPath(new URL('trial.ts', import.meta.url));
/** Of what a crashed simulation says last. */
const LAST_WORDS = 2_000;

/**
 * Simulates seeds with the mutation planted until an invariant is broken that holds without it. Rejects when the bug could not be planted
 * or the simulation could not begin.
 */
export async function hunt(mutation: Mutation, { from, to, patienceMs }: HuntOptions): Promise<Finding> {
  const { name } = mutation;
  const started = performance.now();
  const finding = (seed: number | null, what: string, invariant: Invariant | null): Finding => {
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    return { name, seed, invariant, what, seeds: (seed ?? to) - from + 1, seconds };
  };
  for (let next = from; next <= to;) {
    const broken = await attempt(name, true, { from: next, to, patienceMs });
    if (broken === null) break;
    const { seed, invariant, what } = broken;
    // A seed that fails by itself says nothing of the bug.
    const byItself = await attempt(name, false, { from: seed, to: seed, patienceMs });
    if (byItself === null) return finding(seed, what, invariant);
    next = seed + 1;
  }
  return finding(null, '', null);
}

/** The first seed that breaks an invariant. */
interface Broken {
  readonly seed: number;
  readonly invariant: Invariant;
  readonly what: string;
}

/** Simulates the seeds in a process of its own, with the bug planted or without it. */
async function attempt(name: string, planted: boolean, { from, to, patienceMs }: HuntOptions): Promise<Broken | null> {
  const child = spawn(process.execPath, ['--import', PLANT, TRIAL, name, String(from), String(to)], {
    env: { ...process.env, MILLRACE_MUTATION: planted ? name : '', NODE_OPTIONS: '' },
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

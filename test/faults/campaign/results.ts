import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Family } from '../faults/fault.ts';
import type { Violation } from '../workload/evidence.ts';

/** One fault that was injected and healed. */
export interface FaultRun {
  readonly fault: string;
  readonly family: Family;
  /** What was done to whom, and when, in seconds from the first of it. */
  readonly story: readonly string[];
  /** How long the fault itself lasted, ms. */
  readonly faultMs: number;
  /** From its end until every task had committed again, ms; null when that did not come to pass. */
  readonly recoveryMs: number | null;
  /** The longest time that one task went without a commit, ms. */
  readonly gapMs: number;
  /** What went wrong, other than what the judge finds in the end; null = nothing. */
  readonly failure: string | null;
}

/** One topology from its first record to its last, with faults one after the other, and what the judge said of it. */
export interface SessionResult {
  readonly kind: 'session';
  /** ISO 8601. */
  readonly time: string;
  readonly version: string;
  readonly seed: number;
  readonly seconds: number;
  readonly faults: readonly FaultRun[];
  readonly records: number;
  readonly commits: number;
  /** States that were made anew from the changelog. */
  readonly rebuilds: number;
  /** Changelog records that went into them, and the time that took, ms, of all tasks one after another. */
  readonly rebuiltRecords: number;
  readonly rebuiltMs: number;
  readonly violations: readonly Violation[];
}

/** Many seeds of the simulator. */
export interface SimulationResult {
  readonly kind: 'simulation';
  readonly time: string;
  readonly version: string;
  readonly from: number;
  readonly to: number;
  readonly seconds: number;
  readonly records: number;
  readonly commits: number;
  readonly rebuilds: number;
  readonly setbacks: number;
  /** How often each kind of step was taken. */
  readonly steps: Readonly<Record<string, number>>;
  /** Seeds that broke something, with what they broke. */
  readonly failures: readonly { readonly seed: number; readonly violations: readonly Violation[] }[];
}

/** One planted bug. */
export interface MutationResult {
  readonly kind: 'mutation';
  readonly time: string;
  readonly version: string;
  readonly mutation: string;
  readonly what: string;
  readonly foundBy: 'simulator' | 'cluster';
  /** Seed that found it, or the history that was written for it; null = it was not found. */
  readonly seed: number | 'history' | null;
  readonly invariant: string | null;
  readonly seeds: number;
  readonly seconds: number;
}

export type Result = SessionResult | SimulationResult | MutationResult;

/** When and of what version a result is: the commit, where there is one. */
export function ofNow(): Pick<Result, 'time' | 'version'> {
  return { time: new Date().toISOString(), version: versionUnderTest() };
}

function versionUnderTest(): string {
  try {
    const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
    // What is kept here is in the repository, too, and changes with every result.
    const changed = git('status', '--porcelain', '--', ':/', ':(top,exclude)test/faults/results') !== '';
    return `${git('describe', '--always')}${changed ? '-dirty' : ''}`;
  } catch {
    return 'unknown';
  }
}

const FOLDER = fileURLToPath(new URL('../results/', import.meta.url));

/** Where results are kept, and logs of what went wrong; the logs are not part of the project. */
export const resultsFolder = (): string => {
  mkdirSync(FOLDER, { recursive: true });
  return FOLDER;
};

/** Adds a result to those of today. */
export function keep(result: Result): void {
  appendFileSync(join(resultsFolder(), `${result.time.slice(0, 10)}.jsonl`), `${JSON.stringify(result)}\n`);
}

/** Everything that was kept, oldest first. */
export function allResults(): Result[] {
  if (!existsSync(FOLDER)) return [];
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.jsonl'));
  return files.toSorted().flatMap((name) =>
    readFileSync(join(FOLDER, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Result),
  );
}

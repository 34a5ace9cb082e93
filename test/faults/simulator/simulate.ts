import { onClosedOutput } from '../../../src/cli/closed-output.ts';
import { keep, ofNow } from '../campaign/results.ts';
import type { Violation } from '../workload/evidence.ts';
import { faultsText, readCommandLine, USAGE } from './command-line.ts';
import type { Outcome } from './outcome.ts';
import { replayText } from './replay.ts';
import { drawScenario, type ScenarioChoice } from './scenario.ts';
import { drawSchedule } from './schedule.ts';
import { shrink } from './shrink.ts';
import { Simulation } from './simulation.ts';
import type { Step } from './step.ts';

export interface SeedOptions extends ScenarioChoice {
  /** What happens; left out = what the seed says. */
  readonly schedule?: readonly Step[];
  /** Hears everything that happens. */
  readonly trace?: (line: string) => void;
}

/** Runs the seed: the same outcome each time for the same options. Never rejects: whatever is thrown is a violation, too. */
export async function simulateSeed(seed: number, options: SeedOptions = {}): Promise<Outcome> {
  const scenario = drawScenario(seed, options);
  const schedule = options.schedule ?? drawSchedule(scenario);
  const unhandled: string[] = [];
  const onUnhandled = (reason: unknown): number => unhandled.push(textOf(reason));
  process.on('unhandledRejection', onUnhandled);
  try {
    const outcome = await new Simulation(scenario, schedule, options.trace).run();
    const violations = [...outcome.violations, ...unhandled.map((what) => violation(`unhandled: ${what}`))];
    return { ...outcome, violations };
  } catch (error) {
    const violations = [violation(`the simulation broke off: ${textOf(error)}`)];
    const counts = { records: 0, commits: 0, rebuilds: 0, setbacks: 0, virtualMs: 0, digest: '' };
    return { seed, scenario, schedule, violations, faults: new Map(), ...counts };
  } finally {
    process.off('unhandledRejection', onUnhandled);
  }
}

const violation = (what: string): Violation => ({ invariant: 'I6', where: 'simulation', what });

const textOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

export interface SimulateOptions extends ScenarioChoice {
  readonly from: number;
  /** Last seed. */
  readonly to: number;
  /** Stops at the first seed that fails; default true. */
  readonly stopAtFirst?: boolean;
  /** Shortens the schedule of a seed that fails; default false. */
  readonly shrinks?: boolean;
  /** No seed begins after so many ms of real time. */
  readonly budgetMs?: number;
  readonly onOutcome?: (outcome: Outcome) => void;
  readonly trace?: (line: string) => void;
}

/** A seed that failed, and the least of its steps that make it fail. */
export interface Failure {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly schedule: readonly Step[];
}

export interface Simulated {
  /** Seeds that were run. */
  readonly seeds: number;
  readonly failures: readonly Failure[];
  /** Outcomes of all of them, added up. */
  readonly totals: Totals;
}

export interface Totals {
  records: number;
  commits: number;
  rebuilds: number;
  setbacks: number;
  virtualMs: number;
  readonly faults: Map<string, number>;
}

const SHRINKING_RUNS = 150;

/** Runs seed after seed. */
export async function simulate(options: SimulateOptions): Promise<Simulated> {
  const { from, to, stopAtFirst = true, shrinks = false, budgetMs = Infinity, onOutcome } = options;
  const totals: Totals = { records: 0, commits: 0, rebuilds: 0, setbacks: 0, virtualMs: 0, faults: new Map() };
  const failures: Failure[] = [];
  const begun = performance.now();
  let seeds = 0;
  for (let seed = from; seed <= to && performance.now() - begun < budgetMs; seed++) {
    const outcome = await simulateSeed(seed, options);
    seeds++;
    add(totals, outcome);
    onOutcome?.(outcome);
    if (outcome.violations.length === 0) continue;
    failures.push(shrinks ? await shrunk(outcome, options) : outcome);
    if (stopAtFirst) break;
  }
  return { seeds, failures, totals };
}

/** The outcome with as few steps as still break one of the same invariants. */
export async function shrunk(outcome: Outcome, choice: ScenarioChoice): Promise<Failure> {
  const { seed } = outcome;
  const broken = new Set(outcome.violations.map(({ invariant }) => invariant));
  let { violations } = outcome;
  const schedule = await shrink(
    outcome.schedule,
    async (shorter) => {
      const again = await simulateSeed(seed, { ...choice, schedule: shorter });
      const fails = again.violations.some(({ invariant }) => broken.has(invariant));
      if (fails) ({ violations } = again);
      return fails;
    },
    SHRINKING_RUNS,
  );
  return { seed, violations, schedule };
}

function add(totals: Totals, { records, commits, rebuilds, setbacks, virtualMs, faults }: Outcome): void {
  totals.records += records;
  totals.commits += commits;
  totals.rebuilds += rebuilds;
  totals.setbacks += setbacks;
  totals.virtualMs += virtualMs;
  for (const [name, times] of faults) totals.faults.set(name, (totals.faults.get(name) ?? 0) + times);
}

/** The program. Exit code 1 when an invariant was broken. */
async function main(): Promise<void> {
  const { choice, from, to, replay, traces, json, shrinks, keeps } = readCommandLine(process.argv.slice(2));
  const print = (line: string): void => console.log(line);
  const trace = traces ? { trace: print } : {};
  const begun = performance.now();
  if (replay !== null) {
    const { violations } = await simulateSeed(replay.seed, { ...replay, ...trace });
    for (const each of violations) print(violationText(each));
    process.exitCode = violations.length === 0 ? 0 : 1;
    return;
  }
  const { seeds, failures, totals } = await simulate({
    ...choice,
    ...trace,
    from,
    to,
    stopAtFirst: false,
    shrinks,
    onOutcome: ({ seed, violations }) => {
      if (violations.length > 0) print(`seed ${seed}: ${violations.slice(0, 5).map(violationText).join('\n  ')}`);
    },
  });
  const seconds = (performance.now() - begun) / 1_000;
  if (keeps) {
    const { records, commits, rebuilds, setbacks, faults } = totals;
    keep({
      kind: 'simulation',
      ...ofNow(),
      ...{ from, to, seconds, records, commits, rebuilds, setbacks },
      steps: Object.fromEntries(faults),
      failures: failures.map(({ seed, violations }) => ({ seed, violations })),
    });
  }
  if (json)
    print(
      JSON.stringify({ seeds, failures, totals: { ...totals, faults: Object.fromEntries(totals.faults) }, seconds }),
    );
  else {
    for (const { seed, schedule } of failures)
      print(`\nseed ${seed}, to be replayed:\n${replayText({ seed, ...choice, schedule })}`);
    const { records, commits, rebuilds, setbacks, virtualMs, faults } = totals;
    print(
      `\n${seeds} seeds in ${seconds.toFixed(1)} s (${(virtualMs / 3_600_000).toFixed(1)} h of virtual time), ${failures.length} failed: ${failures.map(({ seed }) => seed).join(' ')}`,
    );
    print(`${records} records, ${commits} commits, ${rebuilds} rebuilds, ${setbacks} setbacks`);
    print(faultsText(faults));
  }
  process.exitCode = failures.length === 0 ? 0 : 1;
}

const violationText = ({ invariant, where, what }: Violation): string => `${invariant} ${where}: ${what}`;

if (import.meta.main) {
  onClosedOutput(() => undefined);
  if (process.argv.includes('--help')) process.stdout.write(USAGE);
  else await main();
}

import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { systemClock } from '../core/system-clock.ts';
import { EXIT, UsageError } from './exit-code.ts';
import type { Finish } from './exit-code.ts';
import { globalOptions } from './global-options.ts';
import { complain, count } from './report.ts';
import { untilInterrupted } from './shutdown.ts';
import { loadTestProject } from './test-files.ts';
import type { TestProject, TestSuite } from './test-files.ts';
import { jsonReport, prettyReport } from './test-report.ts';
import type { TestOutcome } from './test-report.ts';
import { DEFAULT_FOLDER } from './topology-files.ts';
import { watchFiles } from './watch-files.ts';

interface TestOptions {
  readonly filter?: string;
  readonly update?: true;
  readonly watch?: true;
}

export function registerTest(program: Command, finish: Finish): void {
  program
    .command('test')
    .description('run the tests of topologies: the real engine, with a broker, a state and a clock in this process')
    .argument('[files...]', `topologies, *.test.yaml, or folders of them; none: the folder ${DEFAULT_FOLDER}`, [])
    .option('--filter <text>', 'only tests whose name contains the text')
    .option('--update', 'rewrite expectations that do not hold with what came')
    .option('--watch', 'run again whenever a file changes, until interrupted')
    .action((files: string[], options: TestOptions, command: Command) => {
      const { json } = globalOptions(command);
      return finish(options.watch === true ? watch(files, options, json) : test(files, options, json));
    });
}

/** Runs everything once. */
async function test(paths: readonly string[], options: TestOptions, json: boolean): Promise<number> {
  let project = loadTestProject(paths);
  if (complain(project)) return EXIT.rejected;
  let outcomes = await runSuites(project.suites, options.filter ?? '');
  if (outcomes.length === 0 && options.filter !== undefined) {
    throw new UsageError(`--filter ${options.filter}: there is no test with this in its name`);
  }
  if (options.update === true && (await update(outcomes))) {
    // What is reported holds for the files as they are now.
    project = loadTestProject(paths);
    outcomes = await runSuites(project.suites, options.filter ?? '');
  }
  process.stdout.write((json ? jsonReport : prettyReport)(outcomes, project.sources));
  return outcomes.every(({ mismatches }) => mismatches.length === 0) ? EXIT.ok : EXIT.rejected;
}

async function watch(paths: readonly string[], options: TestOptions, json: boolean): Promise<number> {
  return untilInterrupted(async (signal) => {
    let exitCode: number = EXIT.ok;
    for await (const _ of watchFiles(() => filesOf(loadTestProject(paths)), signal)) {
      exitCode = await test(paths, options, json).catch(tolerated);
      process.stderr.write('waiting for a change; Ctrl-C ends\n');
    }
    return exitCode;
  });
}

/** While files are being edited, one may be gone for a moment. */
function tolerated(error: unknown): number {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  return EXIT.usage;
}

const filesOf = ({ sources }: TestProject): string[] => [...sources.keys()];

async function runSuites(suites: readonly TestSuite[], filter: string): Promise<TestOutcome[]> {
  // Loaded here because the engine and its libraries take longer to load than most commands take to run.
  const { runTest } = await import('../testing/run-test.ts');
  const outcomes: TestOutcome[] = [];
  for (const { file, spec, plan, tests } of suites) {
    const topics = new Map(spec.sources.map(({ name, topic }) => [name.value, topic.value]));
    for (const each of tests.filter(({ name }) => name.value.includes(filter))) {
      const started = systemClock.now();
      const { mismatches } = await runTest(each, plan, topics);
      outcomes.push({ file, name: each.name.value, durationMs: systemClock.now() - started, mismatches });
    }
  }
  return outcomes;
}

/** Writes what came over what was expected; false when there was nothing that could be. */
async function update(outcomes: readonly TestOutcome[]): Promise<boolean> {
  const { correctExpectations } = await import('../testing/update-expectations.ts');
  const corrections = outcomes
    .flatMap(({ mismatches }) => mismatches)
    .flatMap(({ span, actual }) => (actual === null ? [] : [{ span, value: actual.value }]));
  for (const file of new Set(corrections.map(({ span }) => span.file))) {
    const here = corrections.filter(({ span }) => span.file === file);
    const [, mark, text] = /^(\uFEFF?)([^]*)$/.exec(readFileSync(file, 'utf8'))!;
    writeFileSync(file, mark + correctExpectations(text, here));
    process.stderr.write(`${file}: ${count(here.length, 'expectation')} updated\n`);
  }
  return corrections.length > 0;
}

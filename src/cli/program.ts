import { Command, CommanderError } from 'commander';
import { asMillraceError } from '../core/errors.ts';
import { onClosedOutput } from './closed-output.ts';
import { registerConfig } from './config.ts';
import { registerDev } from './dev.ts';
import { EXIT, exitCodeOf, UsageError } from './exit-code.ts';
import type { Finish } from './exit-code.ts';
import { registerDoctor } from './doctor.ts';
import { registerExplain } from './explain.ts';
import { addGlobalOptions } from './global-options.ts';
import { registerLint } from './lint.ts';
import { registerList } from './list.ts';
import { registerReset } from './reset.ts';
import { registerRun } from './run.ts';
import { registerTest } from './test.ts';
import { registerTopics } from './topics.ts';
import { packageVersion } from '../service/version.ts';

/** Runs one command line; complaints go to stderr, and output that nobody reads is none. Resolves with the exit code, see `EXIT`. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  onClosedOutput(() => undefined);
  let exitCode: number = EXIT.ok;
  const finish: Finish = async (action) => {
    exitCode = await action;
  };
  try {
    await buildProgram(finish).parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(error);
  }
}

function buildProgram(finish: Finish): Command {
  const program = new Command('millrace')
    .description(
      'Runs stream processing topologies on Kafka: YAML with Spark SQL expressions, state in Redis, exactly-once.',
    )
    .version(packageVersion())
    .showHelpAfterError('(millrace --help lists commands and options)')
    .exitOverride();
  addGlobalOptions(program);
  for (const register of [
    registerRun,
    registerDev,
    registerLint,
    registerExplain,
    registerTest,
    registerTopics,
    registerReset,
    registerDoctor,
    registerConfig,
    registerList,
  ]) {
    register(program, finish);
  }
  return program;
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UsageError) {
    process.stderr.write(`error: ${error.message}\n`);
    return EXIT.usage;
  }
  const failure = asMillraceError(error);
  const stack = failure.code === 'INTERNAL' && error instanceof Error ? `${error.stack ?? ''}\n` : '';
  process.stderr.write(`error[${failure.code}] ${failure.message}; ${failure.remedy}\n${stack}`);
  return exitCodeOf(failure.code);
}

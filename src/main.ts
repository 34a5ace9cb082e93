import { runCommandLine } from './cli/program.ts';

/** The process entry: runs the command line and resolves with the exit code. */
export const main = (argv: readonly string[]): Promise<number> => runCommandLine(argv);

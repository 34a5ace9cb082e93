import type { Command } from 'commander';
import { functionReference } from '../topology/function-reference.ts';
import { EXIT } from './exit-code.ts';
import type { Finish } from './exit-code.ts';
import { globalOptions } from './global-options.ts';

export function registerList(program: Command, finish: Finish): void {
  program
    .command('list')
    .description('what topologies can use')
    .command('functions')
    .description('the functions of expressions, with what they take and give')
    .action((_options: object, command: Command) => finish(listFunctions(globalOptions(command).json)));
}

async function listFunctions(json: boolean): Promise<number> {
  process.stdout.write(functionReference(json ? 'json' : 'text'));
  return EXIT.ok;
}

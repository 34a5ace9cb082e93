import type { Command } from 'commander';
import { printConfig } from '../service/config/print-config.ts';
import { EXIT } from './exit-code.ts';
import type { Finish } from './exit-code.ts';
import { globalOptions } from './global-options.ts';
import type { GlobalOptions } from './global-options.ts';
import { loadProject } from './project.ts';
import { complain } from './report.ts';
import { readTopologyFiles } from './topology-files.ts';

export function registerConfig(program: Command, finish: Finish): void {
  program
    .command('config')
    .description('the configuration in force')
    .command('print')
    .description('print every setting with its value; secrets are not shown')
    .argument('[files...]', 'topologies whose settings count too')
    .option('--origin', 'say of each value where it comes from', false)
    .action((files: string[], { origin }: { origin: boolean }, command: Command) =>
      finish(print(files, globalOptions(command), origin)),
    );
}

async function print(paths: readonly string[], globals: GlobalOptions, withOrigin: boolean): Promise<number> {
  const project = loadProject(paths.length === 0 ? [] : readTopologyFiles(paths), globals);
  if (complain(project) || project.config === null) return EXIT.rejected;
  process.stdout.write(printConfig(project.config.values, globals.json ? 'json' : 'text', withOrigin));
  return EXIT.ok;
}

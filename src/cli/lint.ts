import { Option } from 'commander';
import type { Command } from 'commander';
import type { DiagnosticFormat } from '../topology/file-diagnostics.ts';
import { EXIT } from './exit-code.ts';
import type { Finish } from './exit-code.ts';
import { globalOptions } from './global-options.ts';
import type { GlobalOptions } from './global-options.ts';
import { loadProject } from './project.ts';
import { count, printDiagnostics, summary } from './report.ts';
import { readTopologyFiles } from './topology-files.ts';

export function registerLint(program: Command, finish: Finish): void {
  program
    .command('lint')
    .description('check topologies and configuration without a network; every error of all files in one run')
    .argument('[files...]', 'topology files, or folders of them', [])
    .addOption(
      new Option('--format <format>', 'how errors are printed')
        .choices(['pretty', 'json', 'sarif', 'github'])
        .default('pretty'),
    )
    .action((files: string[], options: { format: DiagnosticFormat }, command: Command) => {
      const globals = globalOptions(command);
      return finish(lint(files, globals, globals.json ? 'json' : options.format));
    });
}

async function lint(paths: readonly string[], globals: GlobalOptions, format: DiagnosticFormat): Promise<number> {
  const files = readTopologyFiles(paths);
  const project = loadProject(files, globals);
  printDiagnostics(project, format);
  const result = `${count(files.length, 'file')}: ${summary(project.diagnostics)}`;
  if (format === 'pretty') process.stderr.write(`${project.diagnostics.all.length > 0 ? '\n' : ''}${result}\n`);
  return project.diagnostics.hasErrors ? EXIT.rejected : EXIT.ok;
}

import { Option } from 'commander';
import type { Command } from 'commander';
import { explain } from '../plan/explain.ts';
import type { ExplainFormat } from '../plan/explain.ts';
import { EXIT } from './exit-code.ts';
import type { Finish } from './exit-code.ts';
import { globalOptions } from './global-options.ts';
import type { GlobalOptions } from './global-options.ts';
import { loadProject } from './project.ts';
import { complain } from './report.ts';
import { readTopologyFiles } from './topology-files.ts';

export function registerExplain(program: Command, finish: Finish): void {
  program
    .command('explain')
    .description('show the plan: sub-topologies, stores, internal topics, repartitions, access rights needed')
    .argument('[files...]', 'topology files, or folders of them', [])
    .addOption(
      new Option('--format <format>', 'how the plan is printed').choices(['text', 'mermaid', 'json']).default('text'),
    )
    .action((files: string[], options: { format: ExplainFormat }, command: Command) => {
      const globals = globalOptions(command);
      return finish(explainPlans(files, globals, globals.json ? 'json' : options.format));
    });
}

async function explainPlans(paths: readonly string[], globals: GlobalOptions, format: ExplainFormat): Promise<number> {
  const project = loadProject(readTopologyFiles(paths), globals);
  if (complain(project)) return EXIT.rejected;
  const plans = project.topologies.map(({ plan }) => explain(plan, format).trimEnd());
  process.stdout.write(`${plans.join('\n\n')}\n`);
  return EXIT.ok;
}

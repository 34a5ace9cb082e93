import type { Command } from 'commander';
import type { Override } from '../service/config/layers.ts';
import type { ServiceMode } from '../service/run-service.ts';
import { EXIT } from './exit-code.ts';
import type { Finish } from './exit-code.ts';
import { globalOptions } from './global-options.ts';
import { portOption } from './port-option.ts';
import { loadProject } from './project.ts';
import type { Project } from './project.ts';
import { complain } from './report.ts';
import { untilShutdown } from './shutdown.ts';
import { DEFAULT_FOLDER, readTopologyFiles } from './topology-files.ts';

export function registerRun(program: Command, finish: Finish): void {
  program
    .command('run')
    .description('run topologies until stopped; they are checked before anything is touched')
    .argument('[files...]', `topology files, or folders of them; none: the folder ${DEFAULT_FOLDER}`, [])
    .addOption(portOption())
    .action((files: string[], { port }: { port?: Override }, command: Command) => {
      const overrides = port === undefined ? [] : [port];
      const project = loadProject(readTopologyFiles(files), globalOptions(command), overrides);
      return finish(runProject(project, 'run'));
    });
}

/** Runs a project, unless it has errors. Resolves with the exit code when the service has stopped. */
export async function runProject(project: Project, mode: ServiceMode): Promise<number> {
  if (complain(project) || project.config === null) return EXIT.rejected;
  const { config } = project.config;
  const topologies = project.topologies.map(({ spec }) => spec);
  const plans = project.topologies.map(({ plan }) => plan);
  // Loaded here because the clients of Kafka and Redis take longer to load than most commands take to run.
  const { runService } = await import('../service/run-service.ts');
  return untilShutdown((signal) => runService({ topologies, plans, config, mode, signal }));
}

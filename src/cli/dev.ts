import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { Override } from '../service/config/layers.ts';
import type { FeedSpec, TopologySpec } from '../topology/spec.ts';
import { UsageError } from './exit-code.ts';
import type { Finish } from './exit-code.ts';
import { globalOptions } from './global-options.ts';
import type { GlobalOptions } from './global-options.ts';
import { portOption } from './port-option.ts';
import { loadProject } from './project.ts';
import { runProject } from './run.ts';
import { DEFAULT_FOLDER, readTopologyFiles } from './topology-files.ts';

interface DevOptions {
  readonly memory?: true;
  readonly services?: 'local';
  readonly feed: readonly FeedOption[];
  readonly port?: Override;
}

interface FeedOption {
  readonly source: string;
  readonly file: string;
}

export function registerDev(program: Command, finish: Finish): void {
  program
    .command('dev')
    .description('run topologies on this machine, fed from files, with a progress page')
    .argument('[files...]', `topology files, or folders of them; none: the folder ${DEFAULT_FOLDER}`, [])
    .addOption(new Option('--memory', 'broker and state in this process (the default)').conflicts('services'))
    .addOption(new Option('--services <where>', 'start a real Kafka and Redis beside it').choices(['local']))
    .addOption(
      new Option('--feed <source=file>', 'write the lines of a file to the topic of a source; can be repeated')
        .argParser(parseFeed)
        .default([], 'what the topology says'),
    )
    .addOption(portOption())
    .action((files: string[], options: DevOptions, command: Command) =>
      finish(dev(files, globalOptions(command), options)),
    );
}

async function dev(paths: readonly string[], globals: GlobalOptions, options: DevOptions): Promise<number> {
  const overrides: Override[] = options.port === undefined ? [] : [options.port];
  const mode = options.services === 'local' ? 'dev-services' : 'dev-memory';
  if (mode === 'dev-memory') overrides.push({ path: 'state.backend', value: 'memory', option: '--memory' });
  const project = loadProject(readTopologyFiles(paths), globals, overrides);
  const specs = project.topologies.map(({ spec }) => spec);
  if (!project.diagnostics.hasErrors) refuseUnknownSources(options.feed, specs);
  const topologies = project.topologies.map(({ spec, plan }) => ({ plan, spec: withFeeds(spec, options.feed) }));
  return runProject({ ...project, topologies }, mode);
}

function parseFeed(text: string, before: readonly FeedOption[]): FeedOption[] {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1)
    throw new InvalidArgumentError('Write it as source=file, e.g. lines=samples/lines.txt.');
  return [...before, { source: text.slice(0, at), file: text.slice(at + 1) }];
}

function refuseUnknownSources(feeds: readonly FeedOption[], specs: readonly TopologySpec[]): void {
  const sources = specs.flatMap((spec) => spec.sources.map(({ name }) => name.value));
  const unknown = feeds.find(({ source }) => !sources.includes(source));
  if (unknown === undefined) return;
  throw new UsageError(`--feed ${unknown.source}=…: there is no such source; sources: ${sources.join(', ')}`);
}

const ROWS_PER_SECOND = 10;

/** The topology with the files of the command line in place of its own for the same sources. */
function withFeeds(spec: TopologySpec, options: readonly FeedOption[]): TopologySpec {
  const feeds = spec.sources.flatMap(({ name }): FeedSpec[] => {
    const own = spec.feeds.find((feed) => feed.source.value === name.value);
    const option = options.find(({ source }) => source === name.value);
    if (option === undefined) return own === undefined ? [] : [own];
    const file = { value: option.file, span: { file: '--feed', start: 0, end: 0, verbatim: false } };
    return [{ rowsPerSecond: ROWS_PER_SECOND, loop: false, key: null, ...own, source: name, file }];
  });
  return { ...spec, feeds };
}

import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { systemClock } from '../core/system-clock.ts';
import type { TopicAdmin, TopicDescription } from '../core/transport.ts';
import { userTopics, type PhysicalPlan } from '../plan/physical-plan.ts';
import { EXIT } from './exit-code.ts';
import type { Finish } from './exit-code.ts';
import { globalOptions } from './global-options.ts';
import type { GlobalOptions } from './global-options.ts';
import { loadProject } from './project.ts';
import { complain } from './report.ts';
import { readTopologyFiles } from './topology-files.ts';

/** A topic that a user's topology reads or writes; the internal ones are made by `run` itself. */
interface UserTopic {
  readonly name: string;
  readonly use: 'source' | 'sink';
  /** Null when it does not exist. */
  readonly found: TopicDescription | null;
}

export function registerTopics(program: Command, finish: Finish): void {
  const topics = program.command('topics').description('the topics that topologies read and write');
  for (const verb of ['plan', 'apply'] as const) {
    topics
      .command(verb)
      .description(verb === 'plan' ? 'show which exist and which would be created' : 'create those that do not exist')
      .argument('[files...]', 'topology files, or folders of them', [])
      .addOption(
        new Option('--partitions <number>', 'partitions of topics that are created')
          .argParser(parsePartitions)
          .default(6),
      )
      .action((files: string[], { partitions }: { partitions: number }, command: Command) =>
        finish(topicsCommand(files, globalOptions(command), verb === 'apply', partitions)),
      );
  }
}

async function topicsCommand(
  paths: readonly string[],
  globals: GlobalOptions,
  apply: boolean,
  partitions: number,
): Promise<number> {
  const project = loadProject(readTopologyFiles(paths), globals);
  if (complain(project) || project.config === null) return EXIT.rejected;
  const { config } = project.config;
  const { openPlatform } = await import('../service/platform.ts');
  const platform = await openPlatform('configured', config, systemClock, { info: () => {} });
  const transport = await platform.transport();
  try {
    const topics = await findTopics(
      project.topologies.map(({ plan }) => plan),
      transport.topics,
    );
    const missing = topics.filter(({ found }) => found === null);
    const { replicationFactor } = config.defaults;
    if (apply)
      await transport.topics.create(missing.map(({ name }) => ({ name, partitions, replicationFactor, config: {} })));
    print(topics, apply, partitions, globals.json);
    return EXIT.ok;
  } finally {
    await transport.close();
    await platform.close();
  }
}

async function findTopics(plans: readonly PhysicalPlan[], admin: TopicAdmin): Promise<UserTopic[]> {
  const uses = new Map<string, UserTopic['use']>();
  for (const { sources, sinks } of plans.map(userTopics)) {
    for (const topic of sources) uses.set(topic, 'source');
    for (const topic of sinks) if (!uses.has(topic)) uses.set(topic, 'sink');
  }
  const found = await admin.describe([...uses.keys()]);
  return [...uses].map(([name, use]) => ({ name, use, found: found.get(name) ?? null }));
}

function print(topics: readonly UserTopic[], applied: boolean, partitions: number, json: boolean): void {
  const rows = topics.map(({ name, use, found }) => {
    const status = found !== null ? 'exists' : applied ? 'created' : 'missing';
    return { topic: name, use, status, partitions: found?.partitions ?? partitions };
  });
  if (json) {
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  const width = Math.max(0, ...rows.map(({ topic }) => topic.length));
  for (const { topic, use, status, partitions } of rows) {
    process.stdout.write(`${topic.padEnd(width)}  ${use.padEnd(6)}  ${status.padEnd(7)}  ${partitions} partitions\n`);
  }
  if (rows.some(({ status }) => status === 'missing'))
    process.stderr.write('`millrace topics apply` creates the missing ones\n');
}

function parsePartitions(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('Write a number of partitions, 1 or more.');
  return Number(text);
}

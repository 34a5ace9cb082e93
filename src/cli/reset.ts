import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { systemClock } from '../core/system-clock.ts';
import type { ResetScope } from '../service/reset/scope.ts';
import type { StartAt } from '../service/reset/start-position.ts';
import { EXIT, UsageError } from './exit-code.ts';
import type { Finish } from './exit-code.ts';
import { globalOptions } from './global-options.ts';
import type { GlobalOptions } from './global-options.ts';
import { loadProject } from './project.ts';
import { complain, count } from './report.ts';
import { readTopologyFiles } from './topology-files.ts';

interface ResetCommandOptions {
  readonly to?: StartAt;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

export function registerReset(program: Command, finish: Finish): void {
  program
    .command('reset')
    .description('take topologies back to their beginning: offsets, state and internal topics together')
    .argument('[files...]', 'topology files, or folders of them', [])
    .addOption(
      new Option('--to <start>', 'where sources begin: earliest, latest, or a time such as 2026-01-31T12:00:00Z')
        .argParser(parseStart)
        .default(undefined, 'as the topology says'),
    )
    .option('--dry-run', 'only show what would be deleted', false)
    .option('--yes', 'delete it without asking', false)
    .action((files: string[], options: ResetCommandOptions, command: Command) =>
      finish(reset(files, globalOptions(command), options)),
    );
}

async function reset(paths: readonly string[], globals: GlobalOptions, options: ResetCommandOptions): Promise<number> {
  const project = loadProject(readTopologyFiles(paths), globals);
  if (complain(project) || project.config === null) return EXIT.rejected;
  const { config } = project.config;
  const { openPlatform } = await import('../service/platform.ts');
  const { resetTopology } = await import('../service/reset/reset.ts');
  const platform = await openPlatform('configured', config, systemClock, { info: tell });
  const transport = await platform.transport();
  const subjects = project.topologies.map(({ plan }) => ({ plan, state: platform.state(plan.name) }));
  try {
    const { findScope } = await import('../service/reset/scope.ts');
    const found = [];
    for (const { plan, state } of subjects) found.push({ plan, state, scope: await findScope(plan, transport, state) });
    const scopes = found.map(({ scope }) => scope);
    process.stdout.write(globals.json ? `${JSON.stringify(scopes, null, 2)}\n` : scopes.map(describe).join('\n'));
    if (options.dryRun) return EXIT.ok;
    if (!options.yes && !(await confirmed())) {
      tell('nothing was deleted');
      return EXIT.usage;
    }
    for (const { plan, state, scope } of found) {
      await resetTopology(plan, scope, {
        transport,
        state,
        clock: systemClock,
        settings: config.defaults,
        newLogId: randomUUID,
        startAt: options.to ?? null,
        onStep: (step) => tell(`${plan.name}: ${step}`),
      });
      tell(`${plan.name}: is reset`);
    }
    return EXIT.ok;
  } finally {
    for (const { state } of subjects) await state.close();
    await transport.close();
    await platform.close();
  }
}

const tell = (line: string): void => void process.stderr.write(`${line}\n`);

/** Asks on a terminal. @throws UsageError where there is nobody to ask */
async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError('nothing was deleted; --yes says that all of this is to go');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question('Delete all of this? It cannot be undone. (yes/no) ')).trim() === 'yes';
  } finally {
    terminal.close();
  }
}

function describe(scope: ResetScope): string {
  const lines = [`topology ${scope.topology}${scope.isUnfinished ? ', of which a reset was interrupted' : ''}`];
  for (const { memberId, host, address } of scope.members) {
    lines.push(
      `  in the way    member ${memberId} from ${host}${address === '' ? '' : `, which answers at ${address}`}`,
    );
  }
  lines.push(`  offsets       of group ${scope.topology} for ${count(scope.offsets, 'partition')}`);
  for (const { name, partitions, records } of scope.topics) {
    lines.push(`  topic         ${name}: ${count(partitions, 'partition')}, up to ${count(records, 'record')}`);
  }
  if (scope.stateKeys !== null) {
    lines.push(`  state         ${count(scope.stateKeys, 'key')} of ${count(scope.tasks.length, 'task')} in Redis`);
  }
  if (scope.members.length > 0) lines.push('  stop its members first: nothing is reset while there are any');
  return `${lines.join('\n')}\n`;
}

function parseStart(text: string): StartAt {
  if (text === 'earliest' || text === 'latest') return text;
  const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text)
    ? Date.parse(text)
    : NaN;
  if (!Number.isNaN(time)) return time;
  throw new InvalidArgumentError('Write earliest, latest, or a time with its zone, e.g. 2026-01-31T12:00:00Z.');
}

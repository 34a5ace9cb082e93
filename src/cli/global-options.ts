import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { Override } from '../service/config/layers.ts';

/** Options that every command understands, before or after its name. */
export interface GlobalOptions {
  readonly profile: string | null;
  readonly configDir: string;
  readonly overrides: readonly Override[];
  readonly json: boolean;
}

export function addGlobalOptions(program: Command): void {
  program
    .option('--profile <name>', 'read config/<name>.yaml on top of config/default.yaml (else MILLRACE_PROFILE)')
    .addOption(
      new Option('--set <setting=value>', 'set a setting, over everything else; can be repeated')
        .argParser(parseSet)
        .default([], 'none'),
    )
    .option('--config-dir <folder>', 'where configuration files are', 'config')
    .option('--json', 'print JSON', false);
}

/** The global options in force for a command. */
export function globalOptions(command: Command): GlobalOptions {
  const { profile, set, configDir, json } = command.optsWithGlobals<{
    profile?: string;
    set: readonly Override[];
    configDir: string;
    json: boolean;
  }>();
  return { profile: profile ?? null, configDir, overrides: set, json };
}

function parseSet(text: string, before: readonly Override[]): Override[] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write it as setting=value, e.g. kafka.brokers=localhost:9092.');
  return [...before, { path: text.slice(0, at).trim(), value: text.slice(at + 1), option: '--set' }];
}

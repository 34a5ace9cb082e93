import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from './child.ts';
import type { Run } from './stage.ts';

const PROGRAM = fileURLToPath(new URL('../bin/millrace.js', import.meta.url));
const TOPOLOGIES = fileURLToPath(new URL('topologies', import.meta.url));

export interface MillraceRunOptions {
  /** As in the file. */
  readonly trigger: 'availableNow' | 'default';
  /** `name=value`, in place of the defaults. */
  readonly settings: readonly string[];
  /** Options of Node. */
  readonly node?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** `millrace run` of the workload's topology, with the default configuration but for the settings, on a port of its own choice. */
export function millraceRun(run: Run, { trigger, settings, node = [], env = {} }: MillraceRunOptions): Child {
  const args = [
    ...node,
    PROGRAM,
    'run',
    join(TOPOLOGIES, `${run.workload.program}.yaml`),
    // An empty place: what somebody has configured for other purposes must not count.
    ...['--config-dir', run.folder],
    ...['http.port=0', ...settings].flatMap((setting) => ['--set', setting]),
  ];
  const inherited = Object.entries(process.env).filter(([name]) => !name.toUpperCase().startsWith('MILLRACE_'));
  return new Child(process.execPath, args, {
    ...Object.fromEntries(inherited),
    BENCH_NAME: `${run.name}-app`,
    BENCH_INPUT: run.input,
    BENCH_OUTPUT: run.output,
    BENCH_TRIGGER: trigger,
    ...env,
  });
}

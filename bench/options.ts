import { parseArgs } from 'node:util';
import { WORKLOADS } from './workloads.ts';
import type { Workload } from './workloads.ts';

export interface Options {
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  /** The one program to measure; null = all. */
  readonly only: Program | null;
  /** Millrace is measured with each of these numbers of workers. */
  readonly workers: readonly number[];
  /** Records of every input in place of the workload's own number; null = its own. */
  readonly count: number | null;
  readonly throughput: boolean;
  readonly latency: boolean;
  /** Whether RESULTS.md is written. */
  readonly write: boolean;
  /** A file of results to report on in place of measuring; null = measure. */
  readonly from: string | null;
}

const PROGRAMS = ['kafka-streams', 'millrace'] as const;
export type Program = (typeof PROGRAMS)[number];

export const USAGE = `usage: npm run bench -- [workload…] [options]
  workload            ${WORKLOADS.map(({ name }) => name).join(', ')}; none: all
  --rounds N          runs of each program on each workload (3)
  --only PROGRAM      measure one only: ${PROGRAMS.join(' or ')}
  --workers N[,N…]    Millrace with so many workers, each in its turn (1)
  --count N           records of every input, for a trial; figures only compare at the same number
  --latency           measure latency too
  --skip-throughput   measure latency only
  --write             write bench/RESULTS.md
  --from FILE         report on a file of bench/results/ in place of measuring
  --help              print this`;

/** Throws a TypeError or RangeError that says what is wrong. Null = help is wanted. */
export function parseOptions(argv: readonly string[]): Options | null {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '3' },
      only: { type: 'string' },
      workers: { type: 'string', default: '1' },
      count: { type: 'string' },
      latency: { type: 'boolean', default: false },
      'skip-throughput': { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      from: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  return {
    workloads: positionals.length === 0 ? WORKLOADS : positionals.map(workloadNamed),
    rounds: wholeNumber('--rounds', values.rounds),
    only: values.only === undefined ? null : programNamed(values.only),
    workers: values.workers.split(',').map((text) => wholeNumber('--workers', text)),
    count: values.count === undefined ? null : wholeNumber('--count', values.count),
    throughput: !values['skip-throughput'],
    latency: values.latency || values['skip-throughput'],
    write: values.write,
    from: values.from ?? null,
  };
}

function workloadNamed(name: string): Workload {
  const workload = WORKLOADS.find((candidate) => candidate.name === name);
  if (workload === undefined) {
    throw new RangeError(
      `there is no workload ${name}; choose from ${WORKLOADS.map((known) => known.name).join(', ')}`,
    );
  }
  return workload;
}

function programNamed(name: string): Program {
  const program = PROGRAMS.find((candidate) => candidate === name);
  if (program === undefined) {
    throw new RangeError(`there is no program ${name}; choose from ${PROGRAMS.join(', ')}`);
  }
  return program;
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new RangeError(`${option} takes a whole number from 1, not ${text}`);
  return number;
}

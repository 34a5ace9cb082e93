import type { ContenderName, Failure, Latency, Measurement, Results, Throughput } from './measurement.ts';
import { WORKLOADS } from './workloads.ts';

const MIB = 2 ** 20;

/** The results as Markdown: what was measured on, tables of medians (min–max), and what gave no figure. */
export function renderReport({ environment, measurements }: Results): string {
  const throughputs = measurements.filter((m): m is Throughput => m.kind === 'throughput');
  const latencies = measurements.filter((m): m is Latency => m.kind === 'latency');
  const failures = measurements.filter((m): m is Failure => m.kind === 'failure');
  const versions = Object.entries(environment.versions).map(([name, version]) => `${name} ${version}`);
  const parts = [
    `Measured ${environment.date} on ${environment.machine}. ${versions.join(', ')}.`,
    throughputs.length === 0 ? '' : `## Throughput\n\n${ratioTables(throughputs)}${throughputTable(throughputs)}`,
    latencies.length === 0 ? '' : `## Latency\n\n${latencyTable(latencies)}`,
    failures.length === 0 ? '' : `## Runs without a figure\n\n${failures.map(describeFailure).join('\n')}`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const THROUGHPUT_COLUMNS: Readonly<Record<string, (run: Throughput) => number>> = {
  'records/s': (run) => run.inputRecords / run.seconds,
  seconds: (run) => run.seconds,
  'whole process s': (run) => run.wallSeconds,
  'CPU s': (run) => run.cpuSeconds,
  'Redis CPU s': (run) => run.redisCpuSeconds,
  'broker CPU s': (run) => run.brokerCpuSeconds,
  'peak MiB': (run) => run.peakMemoryBytes / MIB,
  'Redis peak MiB': (run) => run.redisPeakMemoryBytes / MIB,
  'output records': (run) => run.outputRecords,
  'others’ CPU s': (run) => run.othersCpuSeconds,
};

const LATENCY_COLUMNS: Readonly<Record<string, (run: Latency) => number>> = {
  'events/s': (run) => run.eventsPerSecond,
  'p50 ms': (run) => run.p50Ms,
  'p99 ms': (run) => run.p99Ms,
  'max ms': (run) => run.maxMs,
  samples: (run) => run.samples,
  'sent late': (run) => run.sentLate,
  cores: (run) => run.cores,
};

const throughputTable = (runs: readonly Throughput[]): string => contenderTable(runs, THROUGHPUT_COLUMNS);
const latencyTable = (runs: readonly Latency[]): string => contenderTable(runs, LATENCY_COLUMNS);

/** One row for each workload and contender that has a run. */
function contenderTable<Run extends Measurement>(
  runs: readonly Run[],
  columns: Readonly<Record<string, (run: Run) => number>>,
): string {
  const rows = WORKLOADS.flatMap(({ name }) =>
    contendersOf(runs).flatMap((contender) => {
      const own = runs.filter((run) => run.workload === name && run.contender === contender);
      if (own.length === 0) return [];
      return [[name, contender, String(own.length), ...Object.values(columns).map((value) => spread(own.map(value)))]];
    }),
  );
  return table(['', '', 'runs', ...Object.keys(columns)], rows);
}

/** Millrace beside Kafka Streams, and Millrace with several workers beside Millrace with one. */
function ratioTables(runs: readonly Throughput[]): string {
  const tables = contendersOf(runs)
    .filter((contender) => contender !== 'Kafka Streams')
    .map((contender) => ratioTable(runs, contender, contender === 'Millrace' ? 'Kafka Streams' : 'Millrace'))
    .filter((rendered) => rendered !== null);
  return tables.length === 0 ? '' : `${tables.join('\n\n')}\n\n\\* Redis included.\n\n`;
}

/** How many times better one contender is than another, by medians: below 1 is worse. Null when no workload has both. */
function ratioTable(runs: readonly Throughput[], contender: ContenderName, other: ContenderName): string | null {
  const rows = WORKLOADS.flatMap(({ name, summary }) => {
    const ours = runs.filter((run) => run.workload === name && run.contender === contender);
    const theirs = runs.filter((run) => run.workload === name && run.contender === other);
    if (ours.length === 0 || theirs.length === 0) return [];
    const ratio = (
      less: readonly Throughput[],
      more: readonly Throughput[],
      value: (run: Throughput) => number,
    ): string => `${(median(more.map(value)) / median(less.map(value))).toFixed(2)} ×`;
    return [
      [
        `${name}: ${summary}`,
        ratio(theirs, ours, (run) => run.inputRecords / run.seconds),
        ratio(ours, theirs, (run) => run.cpuSeconds + run.redisCpuSeconds),
        ratio(ours, theirs, (run) => run.peakMemoryBytes + run.redisPeakMemoryBytes),
      ],
    ];
  });
  const heads = [`${contender} beside ${other}`, 'records/s', 'records per CPU-second*', 'records per MiB*'];
  return rows.length === 0 ? null : table(heads, rows);
}

/** In the order of their names, so that it is the same in every report. */
const contendersOf = (runs: readonly Measurement[]): ContenderName[] =>
  [...new Set(runs.map(({ contender }) => contender))].sort();

function describeFailure({ contender, workload, reason }: Failure): string {
  const [first, ...rest] = reason.split('\n');
  const details = rest.length === 0 ? '' : `\n\n${rest.map((line) => `      ${line}`).join('\n')}\n`;
  return `- ${contender}, ${workload}: ${first}${details}`;
}

/** `median (min–max)`, or the number itself when there is one. */
function spread(values: readonly number[]): string {
  const middle = format(median(values));
  const range = `${format(Math.min(...values))}–${format(Math.max(...values))}`;
  return range === `${middle}–${middle}` ? middle : `${middle} (${range})`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

function format(value: number): string {
  if (value === 0) return '0';
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: 0, maximumFractionDigits: digits });
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** Millrace beside Kafka Streams on one broker; see README.md. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender } from './contender.ts';
import { describeEnvironment } from './environment.ts';
import { KafkaStreams } from './kafka-streams.ts';
import { measureLatency, measureThroughput } from './measure.ts';
import type { Measurement, Results } from './measurement.ts';
import { Millrace } from './millrace.ts';
import { parseOptions, USAGE } from './options.ts';
import type { Options } from './options.ts';
import { renderReport } from './report.ts';
import { Stage } from './stage.ts';
import type { Workload } from './workloads.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(options: Options): Promise<number> {
  const results = options.from === null ? await measureAll(options) : await readResults(options.from);
  const report = renderReport(results);
  process.stdout.write(report);
  if (options.write) await writeFile(join(FOLDER, 'RESULTS.md'), `# Results of the benchmark\n\n${report}`);
  return results.measurements.some(({ kind }) => kind === 'failure') ? 1 : 0;
}

const readResults = async (file: string): Promise<Results> => JSON.parse(await readFile(file, 'utf8')) as Results;

/** Measures round by round, so that what changes on the machine in the meantime hits everybody. */
async function measureAll(options: Options): Promise<Results> {
  const stage = await Stage.open();
  try {
    const environment = await describeEnvironment(stage.java, join(stage.folder, 'redis'));
    const measurements: Measurement[] = [];
    const folder = join(FOLDER, 'results');
    const file = join(folder, `${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}.json`);
    await mkdir(folder, { recursive: true });
    for (const measure of plan(options, stage)) {
      measurements.push(await measure());
      await writeFile(file, JSON.stringify({ environment, measurements } satisfies Results, null, 2));
    }
    say(`results are in ${file}`);
    return { environment, measurements };
  } finally {
    await stage.close();
  }
}

/** All runs in their order. Who comes first changes from round to round. */
function plan(
  { workloads, rounds, only, workers, count, throughput, latency }: Options,
  stage: Stage,
): (() => Promise<Measurement>)[] {
  const contenders: readonly Contender[] = [
    ...(only === 'millrace' ? [] : [new KafkaStreams(stage.java)]),
    ...(only === 'kafka-streams' ? [] : workers.map((number) => new Millrace(stage.broker.address, number))),
  ];
  const runs: (() => Promise<Measurement>)[] = [];
  const kinds = [
    { measure: measureThroughput, chosen: throughput ? workloads : [] },
    { measure: measureLatency, chosen: latency ? workloads.filter(({ hasLatency }) => hasLatency) : [] },
  ];
  for (const { measure, chosen } of kinds) {
    for (let round = 1; round <= rounds; round++) {
      for (const workload of chosen) {
        const sized = count === null ? workload : { ...workload, input: { ...workload.input, count } };
        for (const contender of round % 2 === 1 ? contenders : contenders.toReversed()) {
          runs.push(() => attempt(contender, workload, round, () => measure(stage, contender, sized)));
        }
      }
    }
  }
  return runs;
}

async function attempt(
  contender: Contender,
  workload: Workload,
  round: number,
  measure: () => Promise<Measurement>,
): Promise<Measurement> {
  const title = `${workload.name}, round ${round}, ${contender.name}`;
  try {
    const measurement = await measure();
    say(`${title}: ${summarize(measurement)}`);
    return measurement;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    say(`${title}: ${reason}`);
    return { kind: 'failure', contender: contender.name, workload: workload.name, reason };
  }
}

function summarize(measurement: Measurement): string {
  switch (measurement.kind) {
    case 'throughput': {
      const { inputRecords, seconds, cpuSeconds, redisCpuSeconds } = measurement;
      return `${Math.round(inputRecords / seconds)} records/s, ${(cpuSeconds + redisCpuSeconds).toFixed(1)} CPU s`;
    }
    case 'latency':
      return `p50 ${measurement.p50Ms} ms, p99 ${measurement.p99Ms} ms, max ${measurement.maxMs} ms`;
    case 'failure':
      return measurement.reason;
  }
}

// Ending through exit, so that the exit handlers take children and folders along.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
try {
  const options = parseOptions(process.argv.slice(2));
  if (options === null) process.stdout.write(`${USAGE}\n`);
  else process.exitCode = await main(options);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

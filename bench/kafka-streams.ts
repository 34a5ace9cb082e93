import { join } from 'node:path';
import type { Child } from './child.ts';
import type { Contender, Serving, Work } from './contender.ts';
import type { JavaPrograms } from './java-programs.ts';
import { cpuSecondsOf } from './process-usage.ts';
import type { Run } from './stage.ts';

/** Kafka Streams: exactly_once_v2, commits every 100 ms, one thread, everything else at its default; RocksDB on local disk. */
export class KafkaStreams implements Contender {
  readonly name = 'Kafka Streams';
  readonly #java: JavaPrograms;

  constructor(java: JavaPrograms) {
    this.#java = java;
  }

  async work(run: Run): Promise<Work> {
    const child = this.#start(run, 'committed');
    const wallSeconds = await child.end();
    const result = JSON.parse(child.stdout.at(-1) ?? '{}') as Pick<Work, 'seconds' | 'cpuSeconds' | 'peakMemoryBytes'>;
    return { ...result, wallSeconds, redisCpuSeconds: 0, redisPeakMemoryBytes: 0 };
  }

  async serve(run: Run): Promise<Serving> {
    const child = this.#start(run, 'stopped');
    await child.until(() => child.stdout.length > 0);
    return { cpuSeconds: () => cpuSecondsOf(child.pid), stop: () => child.stop() };
  }

  #start({ workload, input, output, name, folder }: Run, until: 'committed' | 'stopped'): Child {
    const names = [
      '--input',
      input,
      '--output',
      output,
      '--application',
      `${name}-app`,
      '--state',
      join(folder, 'state'),
    ];
    return this.#java.start('RunKafkaStreams', ['--workload', workload.program, ...names, '--until', until]);
  }
}

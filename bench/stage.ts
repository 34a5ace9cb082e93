import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafka } from '../src/service/local-services/kafka.ts';
import type { LocalService } from '../src/service/local-services/local-service.ts';
import { JavaPrograms } from './java-programs.ts';
import { PARTITIONS } from './workloads.ts';
import type { Input, Workload } from './workloads.ts';

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** The names of one run. All that it makes on the broker begins with `name`, and is gone after it. */
export interface Run {
  readonly name: string;
  readonly workload: Workload;
  readonly input: string;
  readonly output: string;
  /** A folder for whatever it keeps. */
  readonly folder: string;
}

/** The broker that all programs share, the input topics on it, and a folder for temporary files. */
export class Stage {
  readonly broker: LocalService;
  readonly java: JavaPrograms;
  /** Gone when this process ends. */
  readonly folder: string;
  readonly #filled = new Set<string>();
  #runs = 0;

  private constructor(folder: string, broker: LocalService, java: JavaPrograms) {
    this.folder = folder;
    this.broker = broker;
    this.java = java;
  }

  static async open(): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
    // After an interruption the broker may still be writing for a moment.
    process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }));
    const broker = await startKafka({ dataDir: join(folder, 'kafka'), port: 0, heap: '1g', logger: { info: say } });
    try {
      return new Stage(folder, broker, await JavaPrograms.build(broker.address));
    } catch (error) {
      await broker.stop();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.broker.stop();
  }

  /** The topic that holds the input; created and filled at the first call. */
  async input({ name, kind, count, users }: Input): Promise<string> {
    if (!this.#filled.has(name)) {
      say(`writing ${count} records to ${name}`);
      const size = ['--count', String(count), '--users', String(users), '--partitions', String(PARTITIONS)];
      await this.java.run('Generate', ['--kind', kind, '--topic', name, ...size]);
      this.#filled.add(name);
    }
    return name;
  }

  async createTopic(topic: string): Promise<void> {
    await this.java.run('Topics', ['create', '--topic', topic, '--partitions', String(PARTITIONS)]);
  }

  /**
   * Calls `measure` with the names of a new run, its output topic created, and deletes afterwards what the run made.
   * @param input a filled topic; null = a new, empty one
   */
  async withRun<T>(workload: Workload, input: string | null, measure: (run: Run) => Promise<T>): Promise<T> {
    const name = `run-${++this.#runs}-${workload.name}`;
    const folder = await mkdtemp(join(this.folder, `${name}-`));
    const run = { name, workload, input: input ?? `${name}-input`, output: `${name}-output`, folder };
    try {
      await this.createTopic(run.output);
      if (input === null) await this.createTopic(run.input);
      return await measure(run);
    } finally {
      await this.java.run('Topics', ['delete', '--prefix', `${name}-`]);
      await rm(folder, { recursive: true, force: true });
    }
  }
}

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findJava, findMaven } from '../src/service/local-services/programs.ts';
import { Child } from './child.ts';

const PROJECT = fileURLToPath(new URL('peers', import.meta.url));
const CLASS_PATH = [join(PROJECT, 'target/classes'), join(PROJECT, 'target/libraries/*')].join(':');

export type JavaProgram = 'Topics' | 'Generate' | 'Verify' | 'Probe' | 'RunKafkaStreams';

/** The programs of the Maven project `peers`, on one broker. */
export class JavaPrograms {
  readonly #java: string;
  readonly #bootstrap: string;

  private constructor(java: string, bootstrap: string) {
    this.#java = java;
    this.#bootstrap = bootstrap;
  }

  /** Compiles them; the first time, Maven downloads what they need. */
  static async build(bootstrap: string): Promise<JavaPrograms> {
    const java = await findJava();
    await new Child(await findMaven(), ['-q', '-B', '-f', join(PROJECT, 'pom.xml'), 'compile']).end();
    return new JavaPrograms(java, bootstrap);
  }

  /** Starts one; `--bootstrap` is added to its options. */
  start(program: JavaProgram, args: readonly string[]): Child {
    const jvm = ['-Xmx1g', '-cp', CLASS_PATH, `bench.${program}`];
    return new Child(this.#java, [...jvm, ...args, '--bootstrap', this.#bootstrap]);
  }

  /** Runs one to its end and returns the result that it printed. */
  async run<Result>(program: JavaProgram, args: readonly string[]): Promise<Result> {
    const child = this.start(program, args);
    await child.end();
    return JSON.parse(child.stdout.at(-1) ?? 'null') as Result;
  }

  /** Version of the Kafka Streams library. */
  kafkaStreamsVersion(): string {
    const jars = readdirSync(join(PROJECT, 'target/libraries'));
    const version = jars.map((jar) => /^kafka-streams-(.+)\.jar$/.exec(jar)?.[1]).find((found) => found !== undefined);
    return version ?? 'unknown';
  }
}

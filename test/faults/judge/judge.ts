import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { kafkaLibraries } from '../../../src/service/local-services/download.ts';
import { findJava } from '../../../src/service/local-services/programs.ts';
import type { Violation } from '../workload/evidence.ts';
import type { Part } from '../workload/topology.ts';

/** A finished run of the campaign's topology. */
export interface JudgedRun {
  /** `host:port` of some brokers, separated by commas. */
  readonly brokers: string;
  /** `host:port`, or the address as a service gives it; null where state was not kept in Redis. */
  readonly redis: string | null;
  readonly topology: string;
  readonly parts: readonly Part[];
  /** Of every topic. */
  readonly partitions: number;
  /** As in the topology. */
  readonly secondMs: number;
  /** Windows that begin before it have to be closed (ms); those that begin later may be. */
  readonly closedBeforeMs: number;
  /** Changelogs may have been compacted: what is missing from them is not held against the run. Default false. */
  readonly compacted?: boolean;
}

export interface Verdict {
  /** At most twenty of a kind, and how many more there are. */
  readonly violations: readonly Violation[];
  /** What was looked at, so that nobody takes an empty run for a good one. */
  readonly counts: VerdictCounts;
}

export interface VerdictCounts {
  /** Committed records of the sources. */
  readonly events: number;
  readonly lines: number;
  /** Committed records by output topic. */
  readonly outputs: Readonly<Record<string, number>>;
  readonly commits: number;
  readonly claims: number;
  /** Changes of state in the changelogs, and the entries that are left of them. */
  readonly changes: number;
  readonly stateEntries: number;
  /** What aborted transactions wrote, counted once for each partition. */
  readonly abortedParts: number;
  /** Absent where state was not kept in Redis. */
  readonly redisKeys?: number;
  readonly redisEntries?: number;
}

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const MAX_OUTPUT_BYTES = 1 << 26;
const TUNING = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dlog4j2.level=ERROR'];

const execute = promisify(execFile);

/**
 * What an independent judge says of a run that has come to rest: a program of its own on Kafka's Java client, which reads Kafka and Redis as
 * they are. Takes some seconds. Throws when it cannot judge: topics are missing, brokers do not answer, the load itself is not what it says.
 */
export async function judgeCluster(run: JudgedRun): Promise<Verdict> {
  const java = await findJava();
  const classPath = [await compiled(java), join(await kafkaLibraries(), '*')].join(delimiter);
  const args = [
    run.brokers,
    run.redis?.replace(/^redis:\/\//, '') ?? 'none',
    run.topology,
    run.parts.join(','),
    String(run.partitions),
    String(run.secondMs),
    String(run.closedBeforeMs),
    ...(run.compacted === true ? ['compacted'] : []),
  ];
  const { stdout } = await execute(java, [...TUNING, '-cp', classPath, 'Judge', ...args], {
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  return JSON.parse(stdout) as Verdict;
}

/** The folder with the judge's classes, compiled on first use and kept beside the libraries under the name of what they were made of. */
async function compiled(java: string): Promise<string> {
  const libraries = await kafkaLibraries();
  const sources = (await readdir(FOLDER)).filter((file) => file.endsWith('.java')).toSorted();
  const hash = createHash('sha256').update(libraries);
  for (const source of sources) hash.update(source).update(await readFile(join(FOLDER, source)));
  const target = join(dirname(libraries), `fault-judge-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(target)) return target;

  const work = await mkdtemp(`${target}-`);
  // Only the launcher of the JVM knows what an asterisk is.
  const jars = (await readdir(libraries)).filter((file) => file.endsWith('.jar')).map((file) => join(libraries, file));
  const files = sources.map((source) => join(FOLDER, source));
  const compiler = ['--module', 'jdk.compiler/com.sun.tools.javac.Main', '-proc:none', '-nowarn'];
  try {
    await execute(java, [...compiler, '-d', work, '-cp', jars.join(delimiter), ...files]);
    await rename(work, target);
  } catch (error) {
    // Of several that compile at the same time, one keeps its classes.
    if (!existsSync(target)) throw error;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return target;
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalService } from '../src/service/local-services/local-service.ts';
import { startRedis } from '../src/service/local-services/redis.ts';
import type { Child } from './child.ts';
import type { Contender, Serving, Work } from './contender.ts';
import type { ContenderName } from './measurement.ts';
import { millraceRun } from './millrace-run.ts';
import { cpuSecondsOf, peakMemoryBytesOf } from './process-usage.ts';
import type { Run } from './stage.ts';

const RECORD_USAGE = new URL('record-usage.ts', import.meta.url).href;

/** Millrace: `millrace run` with its default configuration but for the number of workers, and a Redis of its own for each run. */
export class Millrace implements Contender {
  readonly name: ContenderName;
  readonly #brokers: string;
  readonly #workers: number;

  constructor(brokers: string, workers: number) {
    this.name = workers === 1 ? 'Millrace' : `Millrace, ${workers} workers`;
    this.#brokers = brokers;
    this.#workers = workers;
  }

  async work(run: Run): Promise<Work> {
    const redis = await startRedis({ dataDir: join(run.folder, 'redis'), port: 0 });
    try {
      const child = this.#start(run, redis, 'availableNow');
      const wallSeconds = await child.end();
      // The topology stops by itself as soon as everything that was there is committed.
      const seconds = (loggedAt(child, 'stopping') - loggedAt(child, 'starting')) / 1000;
      return {
        seconds,
        wallSeconds,
        ...(await readUsage(usageFile(run))),
        redisCpuSeconds: cpuSecondsOf(redis.pid),
        redisPeakMemoryBytes: peakMemoryBytesOf(redis.pid),
      };
    } finally {
      await redis.stop();
    }
  }

  async serve(run: Run): Promise<Serving> {
    const redis = await startRedis({ dataDir: join(run.folder, 'redis'), port: 0 });
    const child = this.#start(run, redis, 'default');
    const stop = async (): Promise<void> => {
      await child.stop();
      await redis.stop();
    };
    try {
      await child.until(() => stateLines(child, 'running').length > 0);
    } catch (error) {
      await stop();
      throw error;
    }
    return { cpuSeconds: () => cpuSecondsOf(child.pid) + cpuSecondsOf(redis.pid), stop };
  }

  #start(run: Run, redis: LocalService, trigger: 'availableNow' | 'default'): Child {
    const services = [`kafka.brokers=${this.#brokers}`, `redis.url=${redis.address}`];
    return millraceRun(run, {
      trigger,
      settings: [...services, `workers=${this.#workers}`],
      node: ['--import', RECORD_USAGE],
      env: { BENCH_USAGE_FILE: usageFile(run) },
    });
  }
}

const usageFile = (run: Run): string => join(run.folder, 'usage');

async function readUsage(file: string): Promise<Pick<Work, 'cpuSeconds' | 'peakMemoryBytes'>> {
  return JSON.parse(await readFile(file, 'utf8')) as Pick<Work, 'cpuSeconds' | 'peakMemoryBytes'>;
}

/** The lines of the log that say that the topology is in a state now. */
const stateLines = (child: Child, state: string): { readonly time: string }[] =>
  child.stderr
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { readonly time: string; readonly state?: string })
    .filter((entry) => entry.state === state);

/** When the topology entered a state, in ms. */
function loggedAt(child: Child, state: string): number {
  const [line] = stateLines(child, state);
  if (line === undefined) throw new Error([`it never logged the state ${state}`, ...child.stderr].join('\n'));
  return Date.parse(line.time);
}

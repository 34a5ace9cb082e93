import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../src/service/local-services/free-port.ts';
import { GuardedProcess } from '../../../src/service/local-services/guarded-process.ts';
import { HOST } from './node-settings.ts';
import type { WorkerProxies } from '../proxy/failpoint.ts';

const PROGRAM = fileURLToPath(new URL('../../../bin/millrace.js', import.meta.url));
const SHIMS = new URL('shims.ts', import.meta.url).href;
const PLANT = new URL('../mutations/plant.ts', import.meta.url).href;
const POLL_MS = 200;
const ANSWER_TIMEOUT_MS = 2_000;

export interface WorkerSlotOptions {
  readonly index: number;
  readonly dir: string;
  readonly proxies: WorkerProxies;
  /** Settings of every start, such as `sessionTimeout`. */
  readonly settings: Readonly<Record<string, string>>;
  /** The bug that is planted in every process; null = none. */
  readonly mutation: string | null;
}

/** An end of the process that nobody asked for. */
export interface UnexpectedEnd {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly slot: number;
  /** `exit code 3`. */
  readonly ending: string;
  /** The last lines of its log. */
  readonly log: string;
}

/** What a process says of a task (`/api/v1/topologies/…/partitions`). */
export interface SlotTask {
  readonly task: string;
  readonly state: string;
  readonly reason: string;
  readonly batchId: number | null;
  readonly position: number | null;
  readonly sources: readonly { readonly topic: string; readonly position: number; readonly lag: number | null }[];
}

/** What a process says of its topology, over HTTP. */
export interface SlotStatus {
  readonly name: string;
  readonly state: string;
  readonly lag: number | null;
  readonly errors: number;
  readonly tasks: readonly SlotTask[];
}

/** A place for one `millrace run` process at a time, behind proxies of its own. One log for all processes that run in it. */
export class WorkerSlot {
  readonly index: number;
  readonly proxies: WorkerProxies;
  readonly logFile: string;
  /** Ends that nobody asked for, oldest first. */
  readonly unexpectedEnds: UnexpectedEnd[] = [];
  /** What the next start runs; to be set before the first. */
  topologyFile = '';
  readonly #settings: Readonly<Record<string, string>>;
  readonly #mutation: string | null;
  readonly #blockFile: string;
  #process: GuardedProcess | null = null;
  #httpPort = 0;

  constructor({ index, dir, proxies, settings, mutation }: WorkerSlotOptions) {
    this.index = index;
    this.proxies = proxies;
    this.logFile = join(dir, `worker-${index}.log`);
    this.#blockFile = join(dir, `worker-${index}.block`);
    this.#settings = settings;
    this.#mutation = mutation;
  }

  get isRunning(): boolean {
    return this.#process?.ending === null;
  }

  /** The process now running. */
  get pid(): number {
    return this.#running().pid;
  }

  /** Starts a process unless one runs; resolves when it is there, which says nothing of whether it works yet. */
  async start({ clockOffsetMs = 0 }: { readonly clockOffsetMs?: number } = {}): Promise<void> {
    if (this.isRunning) return;
    this.#httpPort = await freePort();
    const settings = {
      'kafka.brokers': this.proxies.kafka.map(({ port }) => `${HOST}:${port}`).join(','),
      'redis.url': `redis://${HOST}:${this.proxies.redis.port}`,
      ...this.#settings,
    };
    const environment = {
      NODE_OPTIONS: `--import=${SHIMS}${this.#mutation === null ? '' : ` --import=${PLANT}`}`,
      FAULT_MUTATION: this.#mutation ?? '',
      FAULT_BLOCK_FILE: this.#blockFile,
      FAULT_CLOCK_OFFSET_MS: String(clockOffsetMs),
    };
    const command = [
      'env',
      ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      process.execPath,
      PROGRAM,
      'run',
      this.topologyFile,
      '--port',
      String(this.#httpPort),
      ...Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
    ];
    const started = await GuardedProcess.start(command, this.logFile);
    this.#process = started;
    void started.ended.then((ending) => this.#onEnded(started, ending));
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    const running = this.#forget();
    await running?.kill();
  }

  /** SIGTERM, as an orchestrator stops it; says how it ended, see `isInOrder`: `signal SIGKILL` when it took over ten seconds. */
  async stop(): Promise<string> {
    const running = this.#forget();
    await running?.stop();
    return running?.ending ?? 'it did not run';
  }

  /** SIGSTOP: it stands still until `resume`, wherever it is. */
  pause(): void {
    process.kill(this.#running().pid, 'SIGSTOP');
  }

  resume(): void {
    if (this.isRunning) process.kill(this.#running().pid, 'SIGCONT');
  }

  /** Its event loop stands still for so long, while its sockets go on taking what comes. */
  block(ms: number): void {
    writeFileSync(this.#blockFile, String(ms));
    process.kill(this.#running().pid, 'SIGUSR2');
  }

  /** What the process says of itself; null when it does not answer, or runs nothing yet. */
  async status(): Promise<SlotStatus | null> {
    if (!this.isRunning) return null;
    try {
      const base = `http://${HOST}:${this.#httpPort}/api/v1/topologies`;
      const [summary] = (await getJson(base)) as Omit<SlotStatus, 'tasks'>[];
      if (summary === undefined) return null;
      const tasks = (await getJson(`${base}/${summary.name}/partitions`)) as SlotTask[];
      const { name, state, lag, errors } = summary;
      return { name, state, lag, errors, tasks };
    } catch {
      return null;
    }
  }

  /** Metrics as a scraper sees them; empty when the process does not answer. */
  async metrics(): Promise<string> {
    if (!this.isRunning) return '';
    try {
      const answer = await fetch(`http://${HOST}:${this.#httpPort}/metrics`, {
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      });
      return await answer.text();
    } catch {
      return '';
    }
  }

  /** Resolves when the process says that it runs and all of its tasks do. */
  async untilRunning(signal: AbortSignal): Promise<void> {
    while ((await this.status())?.state !== 'running') {
      signal.throwIfAborted();
      await sleep(POLL_MS);
    }
  }

  /** The last lines of its log. */
  async logTail(lines = 20): Promise<string> {
    const text = await readFile(this.logFile, 'utf8').catch(() => '');
    return text.trimEnd().split('\n').slice(-lines).join('\n');
  }

  #running(): GuardedProcess {
    if (this.#process === null || !this.isRunning) throw new Error(`no process runs in slot ${this.index}`);
    return this.#process;
  }

  #forget(): GuardedProcess | null {
    const running = this.#process;
    this.#process = null;
    return running;
  }

  async #onEnded(ended: GuardedProcess, ending: string): Promise<void> {
    if (this.#process !== ended) return;
    this.#process = null;
    const atMs = Date.now();
    this.unexpectedEnds.push({ atMs, slot: this.index, ending, log: await this.logTail() });
  }
}

/** Whether a worker that was told to stop ended as it should. The signal itself ends those that have hardly begun: nothing is theirs yet. */
export const isInOrder = (ending: string): boolean => ending === 'exit code 0' || ending === 'signal SIGTERM';

async function getJson(url: string): Promise<unknown> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

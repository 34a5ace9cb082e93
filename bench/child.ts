import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const MOST_MS = 15 * 60_000;
const LINES_SHOWN = 30;

/** A program under measurement and what it has printed so far. */
export class Child {
  readonly pid: number;
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  readonly #kill: (signal: NodeJS.Signals) => void;
  readonly #ended: Promise<string | null>;
  readonly #startedAt = performance.now();
  readonly #listeners = new Set<() => void>();
  #wallSeconds = 0;

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.pid = child.pid ?? 0;
    this.#kill = (signal) => void child.kill(signal);
    this.#collect(child.stdout, this.stdout);
    this.#collect(child.stderr, this.stderr);
    const timer = setTimeout(() => child.kill('SIGKILL'), MOST_MS);
    const dieWithUs = (): void => void child.kill('SIGKILL');
    process.once('exit', dieWithUs);
    child.once('exit', () => (this.#wallSeconds = (performance.now() - this.#startedAt) / 1000));
    this.#ended = once(child, 'close').then(
      ([code, signal]) => (code === 0 ? null : signal === null ? `exit code ${code}` : `signal ${signal}`),
      (error: unknown) => String(error),
    );
    void this.#ended.then(() => {
      clearTimeout(timer);
      process.off('exit', dieWithUs);
      this.#tell();
    });
  }

  /** Resolves with the seconds from its start to its end. Rejects, with what it printed, unless it ended well. */
  async end(): Promise<number> {
    const ending = await this.#ended;
    if (ending !== null) throw new Error([ending, ...this.stderr.slice(-LINES_SHOWN)].join('\n'));
    return this.#wallSeconds;
  }

  /** Asks it to stop and waits for it. */
  async stop(): Promise<void> {
    this.#kill('SIGTERM');
    await this.#ended;
  }

  /** Resolves when it has printed what is asked for; rejects when it ended before. */
  async until(isThere: () => boolean): Promise<void> {
    let hasEnded = false;
    void this.#ended.then(() => (hasEnded = true));
    while (!isThere()) {
      if (hasEnded) {
        await this.end();
        throw new Error(['it ended too early', ...this.stderr.slice(-LINES_SHOWN)].join('\n'));
      }
      await new Promise<void>((resolve) => this.#listeners.add(resolve));
    }
  }

  #collect(stream: Readable, lines: string[]): void {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      this.#tell();
    });
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { Socket } from 'node:net';

/**
 * A child process that cannot outlive us. Before the program takes the shell's place, under the same pid, the shell leaves a guard
 * behind that reads a pipe we never write to. When we end, even by SIGKILL, the pipe closes and the guard kills the program.
 *
 *     we ──fd 3── guard ──kill──▶ program
 *      └────────── pid ──────────────┘
 */
const GUARD = 'program=$$; (cat <&3 >/dev/null; kill -KILL "$program" 2>/dev/null) & exec "$@" 3<&-';

const STOP_TIMEOUT_MS = 10_000;

export class GuardedProcess {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #gone: Promise<string>;
  #ending: string | null = null;

  private constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.pid = pid;
    this.#gone = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        child.stdio[3]?.destroy();
        this.#ending = signal === null ? `exit code ${code}` : `signal ${signal}`;
        resolve(this.#ending);
      });
    });
    // A caller that forgets to stop the program must still be able to end; the guard does the rest.
    child.unref();
    (child.stdio[3] as Socket).unref();
  }

  /** Starts `command` in a session of its own, so that Ctrl-C in a terminal reaches only us. Output is appended to `logFile`. */
  static async start(command: readonly string[], logFile: string): Promise<GuardedProcess> {
    const log = openSync(logFile, 'a');
    try {
      const child = spawn('sh', ['-c', GUARD, 'sh', ...command], {
        stdio: ['ignore', log, log, 'pipe'],
        detached: true,
      });
      await once(child, 'spawn');
      return new GuardedProcess(child, child.pid as number);
    } finally {
      closeSync(log);
    }
  }

  /** How the program ended, such as `exit code 1`; null while it runs. */
  get ending(): string | null {
    return this.#ending;
  }

  /** Resolves, when the program is gone, with how it ended. */
  get ended(): Promise<string> {
    return this.#gone;
  }

  /** SIGTERM, SIGKILL after ten seconds; resolves when the program is gone. */
  async stop(): Promise<void> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.#end('SIGTERM');
    clearTimeout(timer);
  }

  /** SIGKILL; resolves when the program is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#ending !== null) return;
    this.#child.ref();
    this.#child.kill(signal);
    await this.#gone;
  }
}

import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAM = join(REPOSITORY, 'bin', 'millrace.js');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of a user's project, in which the program is run as a process. */
export class ProjectFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'millrace-cli-'));
  readonly #running: Running[] = [];

  write(name: string, content: string): void {
    const file = join(this.path, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** Copies a file or folder of the repository to the same place here. */
  copy(name: string): void {
    cpSync(join(REPOSITORY, name), join(this.path, name), { recursive: true });
  }

  async millrace(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const inherited = Object.entries(process.env).filter(([name]) => !name.toUpperCase().startsWith('MILLRACE_'));
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: this.path,
      env: { ...Object.fromEntries(inherited), NODE_NO_WARNINGS: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stdout: await stdout, stderr: await stderr };
  }

  /** Starts the program and leaves it running, for as long as there is the folder. */
  start(args: readonly string[]): Running {
    const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: this.path, stdio: ['ignore', 'pipe', 'pipe'] });
    const running = new Running(child);
    this.#running.push(running);
    return running;
  }

  remove(): void {
    for (const running of this.#running) running.kill();
    rmSync(this.path, { recursive: true });
  }
}

/** The program as it runs, and everything it has said. */
export class Running {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #closed: Promise<unknown[]>;
  #output = '';
  #onOutput: () => void = () => undefined;

  constructor(child: ChildProcessByStdio<null, Readable, Readable>) {
    this.#child = child;
    this.#closed = once(child, 'close');
    void this.#closed.then(() => this.#onOutput());
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        this.#output += chunk;
        this.#onOutput();
      });
    }
  }

  output(): string {
    return this.#output;
  }

  /** Resolves when the text has been printed so many times; rejects when the program ends before. */
  async until(printed: string, times: number): Promise<void> {
    while (this.#output.split(printed).length <= times) {
      if (this.#child.exitCode !== null) throw new Error(`it ended: ${this.#output}`);
      await new Promise<void>((resolve) => (this.#onOutput = resolve));
    }
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Ctrl-C. Resolves with the exit code. */
  async interrupt(): Promise<number | null> {
    this.#child.kill('SIGINT');
    const [code] = await this.#closed;
    return code as number | null;
  }
}

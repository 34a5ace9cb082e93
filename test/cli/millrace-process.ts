import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}

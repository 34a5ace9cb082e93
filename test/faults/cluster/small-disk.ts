import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open, rm, rename, mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { KafkaNode } from './kafka-node.ts';

const execute = promisify(execFile);
const SPARE_BYTES = 48 * 1024 * 1024;
const CHUNK = Buffer.alloc(64 * 1024, 1);

/** A file system of its own, in memory, under the data of a node; hardly larger than the data. Mounting needs root. */
export class SmallDisk {
  readonly #node: KafkaNode;
  readonly #logDir: string;
  readonly #aside: string;
  readonly #ballast: string;

  private constructor(node: KafkaNode) {
    this.#node = node;
    this.#logDir = join(node.dir, 'log');
    this.#aside = join(node.dir, 'log-aside');
    this.#ballast = join(this.#logDir, '.ballast');
  }

  /**
   * Restarts the node with its data on a small disk.
   * @throws when mounting is refused; the node then runs as before
   */
  static async under(node: KafkaNode): Promise<SmallDisk> {
    const disk = new SmallDisk(node);
    await node.stop();
    try {
      await disk.#mount();
    } finally {
      await node.start();
    }
    return disk;
  }

  /** Takes all the room there is. */
  async fill(): Promise<void> {
    const file = await open(this.#ballast, 'w');
    try {
      for (;;) await file.write(CHUNK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      await file.close();
    }
  }

  /** Gives the room back and starts the node again; says what had become of it. */
  async empty(): Promise<string> {
    const { bavail, bsize } = await statfs(this.#logDir);
    await rm(this.#ballast, { force: true });
    // It may have died of it, or stand there with its log directory given up: either way it has to be started anew.
    await this.#node.kill();
    await this.#node.start();
    return `had ${bavail * bsize} bytes left and starts again with room`;
  }

  /** Puts the data back where they were and starts the node there. */
  async remove(): Promise<void> {
    await this.#node.stop();
    await rm(this.#ballast, { force: true });
    await execute('cp', ['-a', '--sparse=always', `${this.#logDir}/.`, this.#aside]);
    await execute('umount', [this.#logDir]);
    await rm(this.#logDir, { recursive: true });
    await rename(this.#aside, this.#logDir);
    await this.#node.start();
  }

  async #mount(): Promise<void> {
    const { stdout } = await execute('du', ['-s', '-B1', this.#logDir]);
    const bytes = Number.parseInt(stdout, 10) + SPARE_BYTES;
    await rename(this.#logDir, this.#aside);
    await mkdir(this.#logDir);
    try {
      await execute('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', this.#logDir]);
    } catch (error) {
      await rm(this.#logDir, { recursive: true });
      await rename(this.#aside, this.#logDir);
      throw new Error(`a small disk needs the right to mount: ${(error as Error).message}`, { cause: error });
    }
    await execute('cp', ['-a', '--sparse=always', `${this.#aside}/.`, this.#logDir]);
    if (existsSync(this.#aside)) await rm(this.#aside, { recursive: true });
    await mkdir(this.#aside);
  }
}

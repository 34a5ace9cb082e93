import { execFile, execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const ip = async (...args: string[]): Promise<void> => void (await execute('ip', args));

/**
 * A network namespace for each node, all on one bridge, on which we are as well. Two of them are kept from each other by routes that swallow
 * what they send: nobody is told, as when a cable is pulled. Needs Linux, root, and `ip` of iproute2.
 *
 *     we ── bridge ─┬─ node 1
 *                   ├─ node 2
 *                   └─ node 3
 */
export class Namespaces {
  readonly #ids: readonly number[];
  /** First part of all names, and third number of all addresses: campaigns side by side have others. */
  readonly #prefix: string;
  readonly #subnet: number;
  /** Who is interrupted leaves none behind. */
  readonly #onExit = (): void => this.#remove();

  private constructor(ids: readonly number[], subnet: number) {
    this.#ids = ids;
    this.#subnet = subnet;
    this.#prefix = `millrace${subnet}`;
  }

  /** @throws when this machine or this user cannot make them */
  static async open(ids: readonly number[]): Promise<Namespaces> {
    const namespaces = new Namespaces(ids, randomInt(1, 255));
    try {
      await namespaces.#make();
    } catch (error) {
      namespaces.close();
      throw error;
    }
    return namespaces;
  }

  /** Null where they cannot be made, and why is told. */
  static async openIfPossible(ids: readonly number[], say: (why: string) => void): Promise<Namespaces | null> {
    try {
      return await Namespaces.open(ids);
    } catch (error) {
      say(`no network namespaces: ${(error as Error).message.trim()}`);
      return null;
    }
  }

  host(id: number): string {
    return this.#address(10 + id);
  }

  /** Runs the command that follows it in the node's namespace. */
  launcher(id: number): readonly string[] {
    return ['ip', 'netns', 'exec', this.#name(id)];
  }

  /** What one of the two sends does not reach the other. */
  async part(one: number, other: number): Promise<void> {
    await this.#route('add', one, other);
    await this.#route('add', other, one);
  }

  /** All of them reach each other again. */
  async joinAll(): Promise<void> {
    for (const one of this.#ids) {
      for (const other of this.#ids) if (one !== other) await this.#route('del', one, other).catch(() => undefined);
    }
  }

  /** Takes them away, as far as they are there; what runs in them has to have ended. */
  close(): void {
    process.off('exit', this.#onExit);
    this.#remove();
  }

  #remove(): void {
    const removals = [...this.#ids.map((id) => ['netns', 'del', this.#name(id)]), ['link', 'del', this.#bridge]];
    for (const args of removals) {
      try {
        execFileSync('ip', args, { stdio: 'ignore' });
      } catch {
        // It was not there.
      }
    }
  }

  async #make(): Promise<void> {
    process.once('exit', this.#onExit);
    await ip('link', 'add', this.#bridge, 'type', 'bridge');
    await ip('addr', 'add', `${this.#address(1)}/24`, 'dev', this.#bridge);
    await ip('link', 'set', this.#bridge, 'up');
    for (const id of this.#ids) {
      const name = this.#name(id);
      const cable = `${this.#bridge}${id}`;
      await ip('netns', 'add', name);
      await ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
      await ip('link', 'set', cable, 'master', this.#bridge, 'up');
      await ip('-n', name, 'addr', 'add', `${this.host(id)}/24`, 'dev', 'eth0');
      await ip('-n', name, 'link', 'set', 'eth0', 'up');
      await ip('-n', name, 'link', 'set', 'lo', 'up');
    }
  }

  #route(what: 'add' | 'del', from: number, to: number): Promise<void> {
    return ip('-n', this.#name(from), 'route', what, 'blackhole', `${this.host(to)}/32`);
  }

  #address(host: number): string {
    return `10.213.${this.#subnet}.${host}`;
  }

  #name(id: number): string {
    return `${this.#prefix}-${id}`;
  }

  /** Names of devices have fifteen letters at most. */
  get #bridge(): string {
    return `mr${this.#subnet}b`;
  }
}

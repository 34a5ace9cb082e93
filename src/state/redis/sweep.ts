import { MillraceError } from '../../core/errors.ts';
import type { RedisClient } from './client.ts';
import type { TaskLayout } from './layout.ts';
import { REPLY, SCRIPTS } from './scripts.ts';
import type { Strays } from './strays.ts';

/** Keys removed by one command: the memory is freed in the background, the names still cost Redis some time. */
const KEYS_AT_ONCE = 500;
/** The line of garbage for buckets of incarnations that nobody remembers, since their meta hash was evicted or deleted. */
const FORGOTTEN = '*';

/**
 * Removes what former incarnations of a task left in Redis. `garbage` is a line for each table: `incarnation buckets table`; or `*`: whatever
 * there is besides the incarnation that is now. The meta hash keeps it until all are gone.
 */
export class Sweep {
  readonly #client: RedisClient;
  readonly #strays: Strays;
  readonly #layout: TaskLayout;

  constructor(client: RedisClient, strays: Strays, layout: TaskLayout) {
    this.#client = client;
    this.#strays = strays;
    this.#layout = layout;
  }

  /** Begins to remove, in the background; what fails now is done by the next owner. @param incarnation the one that is now */
  begin(incarnation: string, garbage: string): void {
    if (garbage === '') return;
    this.#remove(incarnation, garbage).catch(() => {
      // Nobody waits for it, and it is tried again when the task is opened again.
    });
  }

  async #remove(incarnation: string, garbage: string): Promise<void> {
    const lines = garbage.trimEnd().split('\n');
    let keys: string[] = [];
    for (const line of lines) {
      if (line === FORGOTTEN) continue;
      const [former, buckets, ...table] = line.split(' ');
      for (let bucket = 0; bucket < Number(buckets); bucket++) {
        if (keys.push(this.#layout.bucket(former, table.join(' '), bucket)) < KEYS_AT_ONCE) continue;
        await this.#client.call('unlink', keys);
        keys = [];
      }
    }
    if (keys.length > 0) await this.#client.call('unlink', keys);
    if (lines.includes(FORGOTTEN)) await this.#removeForgotten(incarnation);
    await this.#client.run(SCRIPTS.swept, [this.#layout.meta], [garbage]);
  }

  /** Only as long as the incarnation is the one that is now: buckets of the next one would look forgotten, too. */
  async #removeForgotten(incarnation: string): Promise<void> {
    const { tag, meta } = this.#layout;
    const own = this.#layout.incarnation(incarnation);
    const found = await this.#strays.find(tag, (key) => key !== meta && !key.startsWith(own));
    for (let from = 0; from < found.length; from += KEYS_AT_ONCE) {
      const keys = [meta, ...found.slice(from, from + KEYS_AT_ONCE)];
      const reply = await this.#client.run(SCRIPTS.removeForgotten, keys, [incarnation]);
      if (reply.code !== REPLY.done) throw new MillraceError('STATE_MISMATCH', `${meta} is another copy's by now`);
    }
  }
}

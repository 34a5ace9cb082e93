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
 * Removes the buckets of former incarnations, in the background. `garbage` is a line for each table: `incarnation buckets table`; or `*`:
 * whatever there is besides the incarnation that is now. The meta hash keeps it until all are gone, so that what fails now is done by the
 * next owner.
 */
export function sweep(
  client: RedisClient,
  strays: Strays,
  layout: TaskLayout,
  incarnation: string,
  garbage: string,
): void {
  if (garbage === '') return;
  remove(client, strays, layout, incarnation, garbage).catch(() => {
    // Nobody waits for it, and it is tried again when the task is opened again.
  });
}

async function remove(
  client: RedisClient,
  strays: Strays,
  layout: TaskLayout,
  incarnation: string,
  garbage: string,
): Promise<void> {
  const lines = garbage.trimEnd().split('\n');
  let keys: string[] = [];
  for (const line of lines) {
    if (line === FORGOTTEN) continue;
    const [former, buckets, ...table] = line.split(' ');
    for (let bucket = 0; bucket < Number(buckets); bucket++) {
      if (keys.push(layout.bucket(former, table.join(' '), bucket)) < KEYS_AT_ONCE) continue;
      await client.call('unlink', keys);
      keys = [];
    }
  }
  if (keys.length > 0) await client.call('unlink', keys);
  if (lines.includes(FORGOTTEN)) await removeForgotten(client, strays, layout, incarnation);
  await client.run(SCRIPTS.swept, [layout.meta], [garbage]);
}

/** Not while somebody else begins a new incarnation: its buckets are none of those that were found, but might be taken for them. */
async function removeForgotten(
  client: RedisClient,
  strays: Strays,
  layout: TaskLayout,
  incarnation: string,
): Promise<void> {
  const own = layout.incarnation(incarnation);
  const found = await strays.find(layout.tag, (key) => key !== layout.meta && !key.startsWith(own));
  for (let from = 0; from < found.length; from += KEYS_AT_ONCE) {
    const keys = [layout.meta, ...found.slice(from, from + KEYS_AT_ONCE)];
    const reply = await client.run(SCRIPTS.removeForgotten, keys, [incarnation]);
    if (reply.code !== REPLY.done) throw new MillraceError('STATE_MISMATCH', `${layout.meta} is another copy's by now`);
  }
}

import type { RedisClient } from './client.ts';
import type { TaskLayout } from './layout.ts';
import { SCRIPTS } from './scripts.ts';

/** Keys removed by one command: the memory is freed in the background, the names still cost Redis some time. */
const KEYS_AT_ONCE = 500;

/**
 * Removes the buckets of former incarnations, in the background. `garbage` is a line for each table: `incarnation buckets table`. The meta
 * hash keeps it until all are gone, so that what fails now is done by the next owner.
 */
export function sweep(client: RedisClient, layout: TaskLayout, garbage: string): void {
  if (garbage === '') return;
  remove(client, layout, garbage).catch(() => {
    // Nobody waits for it, and it is tried again when the task is opened again.
  });
}

async function remove(client: RedisClient, layout: TaskLayout, garbage: string): Promise<void> {
  let keys: string[] = [];
  for (const line of garbage.trimEnd().split('\n')) {
    const [incarnation, buckets, ...table] = line.split(' ');
    for (let bucket = 0; bucket < Number(buckets); bucket++) {
      if (keys.push(layout.bucket(incarnation, table.join(' '), bucket)) < KEYS_AT_ONCE) continue;
      await client.call('unlink', keys);
      keys = [];
    }
  }
  if (keys.length > 0) await client.call('unlink', keys);
  await client.run(SCRIPTS.swept, [layout.meta], [garbage]);
}

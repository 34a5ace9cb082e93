import type { Clock } from '../core/clock.ts';
import { MillraceError } from '../core/errors.ts';
import { partitionName, type TopicPartition } from '../core/task.ts';
import type { PartitionOffsets, Transport } from '../core/transport.ts';
import { progressAfter, readEntry, type TaskProgress } from './changelog.ts';

/** How many offsets from the end are searched for the last ownership record, one probe after the other. Never a scan from the start. */
const PROBES = [16, 256, 4_096, 65_536, 1_048_576, Number.MAX_SAFE_INTEGER];

/**
 * The changelog's bounds once no transaction is open in it. To be called after the producer of the task was opened: this task is the log's
 * only writer, so whatever was open has been resolved and the last stable offset reaches the end as soon as its marker is written.
 * @param onHanging called once when that takes longer than a transaction may last
 */
export async function settledBounds(
  transport: Transport,
  changelog: TopicPartition,
  clock: Clock,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal; onHanging(error: MillraceError): void },
): Promise<PartitionOffsets> {
  const deadline = clock.now() + options.timeoutMs;
  let told = false;
  for (;;) {
    const bounds = (await transport.topics.offsets([changelog])).get(partitionName(changelog));
    if (bounds === undefined) {
      throw new MillraceError('TOPIC_MISSING', `the changelog ${partitionName(changelog)} does not exist`, {
        details: { ...changelog },
      });
    }
    if (bounds.lastStable === bounds.end) return bounds;
    options.signal.throwIfAborted();
    if (!told && clock.now() > deadline) {
      told = true;
      options.onHanging(
        new MillraceError('HANGING_TRANSACTION', `a transaction in ${partitionName(changelog)} does not end`, {
          details: { ...changelog, lastStable: bounds.lastStable, end: bounds.end },
        }),
      );
    }
    await clock.sleep(told ? 1_000 : 5, options.signal);
  }
}

/** Where the task's last owner left it; null for a changelog in which nothing was committed yet. */
export async function lastProgress(
  transport: Transport,
  changelog: TopicPartition,
  bounds: PartitionOffsets,
): Promise<TaskProgress | null> {
  for (const distance of PROBES) {
    const from = Math.max(bounds.first, bounds.lastStable - distance);
    let found: TaskProgress | null = null;
    for await (const chunk of transport.readRange(changelog, from, bounds.lastStable)) {
      for (let i = chunk.count - 1; i >= 0; i--) {
        const entry = readEntry(chunk, i);
        if (entry.kind !== 'ownership') continue;
        found = progressAfter(entry.record, entry.offset);
        break;
      }
    }
    if (found !== null) return found;
    if (from === bounds.first) return null;
  }
  return null;
}

import type { Clock } from '../core/clock.ts';
import type { StateChange, StateMeta, TaskState } from '../core/state.ts';
import type { TopicPartition } from '../core/task.ts';
import type { Transport } from '../core/transport.ts';
import { TOMBSTONE_RETENTION_MS } from '../plan/topics.ts';
import { readEntry, type TaskProgress } from './changelog.ts';

/** State changes handed to the backend at a time. A stretch ends at a commit record where there is one in reach. */
const STRETCH = 5_000;

export interface RestoreReport {
  readonly records: number;
  /** The copy was of no use and was made anew from the start of the log, in which there was something. */
  readonly rebuild: boolean;
}

/**
 * Brings the backend's copy of a task's state to `progress.position`. A copy at that position is current at any age; one that is behind
 * is caught up from the log; one that is foreign, ahead, gone or too old is wiped and rebuilt.
 */
export async function restoreState(
  state: TaskState,
  progress: TaskProgress,
  log: {
    readonly transport: Transport;
    readonly changelog: TopicPartition;
    readonly first: number;
    /** All generations there were are below it, the one that is to come is not. */
    readonly end: number;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
  onRemaining: (records: number, rebuild: boolean) => void,
): Promise<RestoreReport> {
  const rebuild = !usable(state.meta, progress, log.clock.now());
  if (rebuild) await state.reset(progress.logId);
  const from = rebuild || state.meta === null ? log.first : Math.max(log.first, state.meta.position + 1);
  if (from > progress.position) return { records: 0, rebuild: false };
  // A former owner may still be writing what it committed; in the middle of a catch-up that would bring older values back.
  if (!rebuild) await state.fence(log.end);

  let records = 0;
  let stretch: StateChange[] = [];
  const end = progress.position + 1;
  for await (const chunk of log.transport.readRange(log.changelog, from, end)) {
    log.signal.throwIfAborted();
    for (let i = 0; i < chunk.count; i++) {
      const entry = readEntry(chunk, i);
      records++;
      if (entry.kind === 'change') stretch.push(entry.change);
      const full = stretch.length >= STRETCH;
      if ((full && entry.kind === 'ownership') || stretch.length >= 4 * STRETCH || entry.offset === progress.position) {
        await state.catchUp(stretch, entry.offset, log.clock.now());
        stretch = [];
        onRemaining(end - entry.offset - 1, rebuild);
      }
    }
  }
  return { records, rebuild };
}

function usable(meta: StateMeta | null, progress: TaskProgress, now: number): boolean {
  if (meta === null || meta.logId !== progress.logId || meta.position > progress.position) return false;
  if (meta.position === progress.position) return true;
  return now - meta.positionTimestampMs < TOMBSTONE_RETENTION_MS / 2;
}

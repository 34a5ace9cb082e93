import { setTimeout as sleep } from 'node:timers/promises';
import { COMMIT_KEY } from '../../../src/runtime/changelog.ts';
import type { TopicPartition } from '../../../src/core/task.ts';
import { partitionName } from '../../../src/core/task.ts';
import type { Fetcher, PartitionReader, Transport } from '../../../src/core/transport.ts';

const BUFFER_BYTES = 16 * 1024 * 1024;
const POLL_MS = 100;

interface Watched {
  readonly reader: PartitionReader;
  /** Times of the commit records, ms since the epoch by the broker's clock, ascending. */
  readonly commits: number[];
}

/** How long a fault kept tasks from committing. */
export interface Recovery {
  /** From the moment asked about until every task had committed again, ms. */
  readonly allCommittedMs: number;
  /** The task that took longest, by its changelog partition. */
  readonly slowest: string;
}

/** Follows the changelogs, as a downstream reader would see them, and notes when each task committed. */
export class CommitWatch {
  readonly #fetcher: Fetcher;
  readonly #watched = new Map<string, Watched>();
  readonly #failures: Error[] = [];

  /** @param changelogs all partitions of all changelogs; they must exist */
  constructor(transport: Transport, changelogs: readonly TopicPartition[]) {
    this.#fetcher = transport.fetcher({
      maxBufferedBytes: BUFFER_BYTES,
      onError: (_, error) => this.#failures.push(error),
    });
    for (const changelog of changelogs) {
      const reader = this.#fetcher.open(changelog, 0);
      const watched: Watched = { reader, commits: [] };
      reader.onProgress = () => drain(watched);
      this.#watched.set(partitionName(changelog), watched);
    }
  }

  /** Commits seen so far, of all tasks. */
  get commits(): number {
    return [...this.#watched.values()].reduce((sum, { commits }) => sum + commits.length, 0);
  }

  /**
   * Resolves when every task has committed after `sinceMs` (epoch); the load must go on meanwhile.
   * @throws when the signal aborts, naming the tasks that have not
   */
  async untilAllCommitted(sinceMs: number, signal: AbortSignal): Promise<Recovery> {
    for (;;) {
      const firsts = [...this.#watched].map(([name, watched]) => {
        drain(watched);
        return { name, at: watched.commits.find((at) => at > sinceMs) };
      });
      if (this.#failures.length > 0) throw this.#failures[0];
      const silent = firsts.filter(({ at }) => at === undefined).map(({ name }) => name);
      if (silent.length === 0) {
        const last = firsts.toSorted((a, b) => Number(a.at) - Number(b.at)).at(-1);
        return { allCommittedMs: Number(last?.at ?? sinceMs) - sinceMs, slowest: last?.name ?? '' };
      }
      if (signal.aborted) throw new Error(`no commit of ${silent.join(', ')} since ${new Date(sinceMs).toISOString()}`);
      await sleep(POLL_MS);
    }
  }

  /** The longest time between two commits of one task that ended after `sinceMs`, and the task's changelog partition. */
  longestGap(sinceMs: number): { readonly ms: number; readonly task: string } {
    let longest = { ms: 0, task: '' };
    for (const [task, { commits }] of this.#watched) {
      for (let i = 1; i < commits.length; i++) {
        const ms = commits[i] - commits[i - 1];
        if (commits[i] > sinceMs && ms > longest.ms) longest = { ms, task };
      }
    }
    return longest;
  }

  async close(): Promise<void> {
    await this.#fetcher.close();
  }
}

/** Takes everything out of the queue, so that it never fills up. */
function drain({ reader, commits }: Watched): void {
  for (let chunk = reader.shift(); chunk !== null; chunk = reader.shift()) {
    const { bytes, count, keyStart, keyEnd, timestamps } = chunk;
    for (let i = 0; i < count; i++) {
      if (bytes.toString('utf8', keyStart[i], keyEnd[i]) === COMMIT_KEY) commits.push(timestamps[i]);
    }
  }
}

import { taskName, type TaskId } from '../../core/task.ts';

/** How long a thread may take to load before it first says something. */
const START_MS = 60_000;

/** Whether a thread that cannot be asked is still of use: when it was last heard, and how long its batches have lasted. */
export class Watch {
  readonly #maxBatchMs: number;
  readonly #intervalMs: number;
  readonly #batches = new Map<string, number>();
  #heardAt: number;
  #checkedAt: number;
  #started = false;

  /** @param intervalMs how often `complaint` is going to be asked */
  constructor(maxBatchMs: number, intervalMs: number, now: number) {
    this.#maxBatchMs = maxBatchMs;
    this.#intervalMs = intervalMs;
    this.#heardAt = now;
    this.#checkedAt = now;
  }

  /** The thread said something. */
  heard(now: number): void {
    this.#started = true;
    this.#heardAt = now;
  }

  begun(task: TaskId, now: number): void {
    this.#batches.set(taskName(task), now);
  }

  over(task: TaskId): void {
    this.#batches.delete(taskName(task));
  }

  /** What is wrong with the thread; null when nothing is. */
  complaint(now: number): string | null {
    this.#forgive(now - this.#checkedAt - this.#intervalMs);
    this.#checkedAt = now;
    const limit = this.#started ? this.#maxBatchMs : Math.max(this.#maxBatchMs, START_MS);
    for (const [task, since] of this.#batches) {
      if (now - since > limit) return `a batch of ${task} has taken longer than maxBatchTime (${seconds(limit)})`;
    }
    return now - this.#heardAt > limit ? `it has said nothing for ${seconds(now - this.#heardAt)}` : null;
  }

  /** While the watcher itself stood still (a stopped process, a busy main thread), nothing could be heard. */
  #forgive(ms: number): void {
    if (ms <= 0) return;
    this.#heardAt += ms;
    for (const [task, since] of this.#batches) this.#batches.set(task, since + ms);
  }
}

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;

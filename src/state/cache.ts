import type { Bucket } from './bucket.ts';

/** What an entry costs besides its key and its encoded value: map entry, slot, row and boxes, measured roughly. */
const ENTRY_OVERHEAD = 200;

export const entryBytes = (key: string, valueBytes: number): number => ENTRY_OVERHEAD + key.length + valueBytes;

/**
 * The loaded buckets of all tasks of a backend, within one budget of bytes. The least recently used go first; those that a running batch
 * uses, or that hold changes not yet written, stay, even over the budget.
 */
export class BucketCache {
  readonly budget: number;
  bytes = 0;
  #oldest: Bucket | null = null;
  #newest: Bucket | null = null;

  constructor(budget: number) {
    this.budget = budget;
  }

  add(bucket: Bucket): void {
    this.#append(bucket);
    this.bytes += bucket.bytes;
    bucket.table.owner.cachedBytes += bucket.bytes;
  }

  remove(bucket: Bucket): void {
    this.#unlink(bucket);
    this.bytes -= bucket.bytes;
    bucket.table.owner.cachedBytes -= bucket.bytes;
  }

  /** The bucket is now the most recently used. */
  touch(bucket: Bucket): void {
    if (bucket === this.#newest) return;
    this.#unlink(bucket);
    this.#append(bucket);
  }

  /** The bucket grew or shrank. */
  resize(bucket: Bucket, bytes: number): void {
    bucket.bytes += bytes;
    this.bytes += bytes;
    bucket.table.owner.cachedBytes += bytes;
  }

  /** Drops buckets until the budget is kept or nothing (among the next thousand) can be dropped. */
  trim(): void {
    let tries = 1_000;
    while (this.bytes > this.budget && this.#oldest !== null && tries > 0) {
      const bucket = this.#oldest;
      if (bucket.pins > 0 || bucket.usedIn === bucket.table.owner.batch) {
        tries--;
        this.touch(bucket);
      } else {
        this.remove(bucket);
        bucket.table.drop(bucket);
      }
    }
  }

  #append(bucket: Bucket): void {
    bucket.older = this.#newest;
    bucket.newer = null;
    if (this.#newest === null) this.#oldest = bucket;
    else this.#newest.newer = bucket;
    this.#newest = bucket;
  }

  #unlink(bucket: Bucket): void {
    if (bucket.older === null) this.#oldest = bucket.newer;
    else bucket.older.newer = bucket.newer;
    if (bucket.newer === null) this.#newest = bucket.older;
    else bucket.newer.older = bucket.older;
  }
}

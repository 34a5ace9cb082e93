import { Bucket, Slot } from './bucket.ts';
import { entryBytes, type BucketCache } from './cache.ts';
import { bucketOf, hashOf, splitSource } from './hashing.ts';
import type { LoadedEntry } from './task-copy.ts';

/** A table as the copy has it. */
export interface TableSize {
  /** Null = the one table of a store without segments. */
  readonly segment: number | null;
  readonly buckets: number;
  readonly entries: number;
}

export const EMPTY_STORE: readonly TableSize[] = [{ segment: null, buckets: 1, entries: 0 }];

/** What the copy calls a table. In Redis for ever; no store's name has an `@`. */
export const tableName = (store: string, segment: number | null): string =>
  segment === null ? store : `${store}@${segment}`;

/** The store that a table belongs to, as far as its table and the cache have to know it. */
export interface TableOwner {
  /** Number of the running batch: what it prefetched must stay. */
  readonly batch: number;
  /** What its loaded buckets cost, about; kept by the cache. */
  cachedBytes: number;
  /** True while entries must stay in their buckets. */
  readonly scanning: boolean;
  /** Buckets changed under the store: what it remembers of them is void. */
  forgetLast(): void;
  /** The table of a segment, as it is now; begun where there is none. */
  table(segment: number | null): BucketTable;
  /** The copy has no entry of the segment any more, and does not list it. */
  released(table: BucketTable): void;
  /** The segment has no entry in any layer and none in the copy. */
  vacant(table: BucketTable): void;
}

/**
 * One table of linear hashing: a whole store, or a segment of one, as its owner knows it.
 *
 *     buckets[i] = undefined   not loaded: only the copy knows
 *                | null        known to be empty, which takes no memory and no loading
 *                | Bucket      loaded
 */
export class BucketTable {
  owner: TableOwner;
  readonly segment: number | null;
  readonly name: string;
  readonly buckets: (Bucket | null | undefined)[];
  /** Entries as the batch sees them, as of the last commit, and in the copy as of the last write. */
  size: number;
  committedSize: number;
  written: number;
  /** It is not the store's any more: the copy let go of its last entry, so that what is not loaded is empty, or the store ended. */
  gone = false;
  #loaded = 0;
  readonly #store: string;
  readonly #cache: BucketCache;

  /** @param known its buckets are known to be empty */
  constructor(owner: TableOwner, store: string, cache: BucketCache, size: TableSize, known: boolean) {
    this.owner = owner;
    this.segment = size.segment;
    this.name = tableName(store, size.segment);
    this.#store = store;
    this.buckets = new Array<undefined | null>(size.buckets).fill(known ? null : undefined);
    this.size = this.committedSize = this.written = size.entries;
    this.#cache = cache;
  }

  get count(): number {
    return this.buckets.length;
  }

  /** Takes a bucket in as the copy has it. */
  adopt(index: number, entries: readonly LoadedEntry[]): void {
    if (entries.length === 0) {
      this.buckets[index] = null;
      return;
    }
    const bucket = new Bucket(this, index);
    for (const { key, value } of entries) {
      const slot = new Slot(key, hashOf(key), bucket);
      slot.row = slot.committed = undefined;
      slot.encoded = value;
      slot.stored = true;
      slot.bytes = entryBytes(key, value.length);
      bucket.bytes += slot.bytes;
      bucket.slots.set(key, slot);
    }
    bucket.stored = entries.length;
    this.#place(bucket);
  }

  /** A slot for a key that has none, whose bucket is loaded or known to be empty. */
  insert(key: string, hash: number): Slot {
    const index = bucketOf(hash, this.buckets.length);
    let bucket = this.buckets[index];
    if (!bucket) this.#place((bucket = new Bucket(this, index)));
    const slot = new Slot(key, hash, bucket);
    bucket.slots.set(key, slot);
    return slot;
  }

  /** Indexes from `from` on of buckets that are not loaded: about as many as hold `entries` entries. */
  absent(from: number, entries: number): number[] {
    const most = Math.ceil((entries * this.count) / Math.max(this.committedSize, this.count));
    const found: number[] = [];
    for (let index = from; index < this.count && found.length < most; index++) {
      if (this.buckets[index] === undefined) found.push(index);
    }
    return found;
  }

  /** The cache has no room for the bucket. */
  drop(bucket: Bucket): void {
    this.#clear(bucket, undefined);
  }

  /** The bucket's last entry is gone from every layer and from the copy. */
  emptied(bucket: Bucket): void {
    this.#cache.remove(bucket);
    this.#clear(bucket, null);
    this.#checkVacant();
  }

  /** The copy has no entry of the table any more, and does not list it. What there is left of it is in memory. */
  released(): BucketTable | null {
    if (this.#loaded === 0 || this.count === 1) {
      this.#checkVacant();
      return null;
    }
    this.gone = true;
    return this.#merged();
  }

  /** Grows to `count` buckets; entries of loaded buckets move as those of the copy did. */
  grow(count: number): void {
    for (let created = this.buckets.length; created < count; created++) {
      const source = this.buckets[splitSource(created)];
      this.buckets.push(source ? undefined : source);
      if (source) this.#split(source, created);
    }
    this.owner.forgetLast();
  }

  /** Forgets what is loaded: the copy may have changed. */
  unload(): void {
    for (const bucket of this.buckets) if (bucket) this.#cache.remove(bucket);
    this.buckets.fill(undefined);
    this.#loaded = 0;
    this.owner.forgetLast();
  }

  #place(bucket: Bucket): void {
    bucket.usedIn = this.owner.batch;
    this.buckets[bucket.index] = bucket;
    this.#loaded++;
    this.#cache.add(bucket);
    this.owner.forgetLast();
  }

  #clear(bucket: Bucket, state: null | undefined): void {
    this.buckets[bucket.index] = state;
    this.#loaded--;
    this.owner.forgetLast();
  }

  #checkVacant(): void {
    if (this.#loaded === 0 && this.written === 0 && this.segment !== null) this.owner.vacant(this);
  }

  #split(source: Bucket, created: number): void {
    const moving: Slot[] = [];
    for (const slot of source.slots.values()) if (bucketOf(slot.hash, created + 1) === created) moving.push(slot);
    this.buckets[created] = null;
    if (moving.length === 0) return;
    const bucket = new Bucket(this, created);
    this.#place(bucket);
    bucket.usedIn = source.usedIn;
    this.#move(moving, source, bucket);
    for (const slot of moving) source.slots.delete(slot.key);
    if (source.slots.size === 0) this.emptied(source);
  }

  /** The same with a single bucket, which holds what the batch, or an unwritten change, knows. The buckets here stay readable for a scan. */
  #merged(): BucketTable {
    const size = { segment: this.segment, buckets: 1, entries: 0 };
    const merged = new BucketTable(this.owner, this.#store, this.#cache, size, true);
    merged.size = this.size;
    merged.committedSize = this.committedSize;
    const bucket = new Bucket(merged, 0);
    merged.#place(bucket);
    for (const former of this.buckets) {
      if (!former) continue;
      merged.#move([...former.slots.values()], former, bucket);
      this.#cache.remove(former);
    }
    return merged;
  }

  #move(slots: readonly Slot[], from: Bucket, to: Bucket): void {
    let bytes = 0;
    for (const slot of slots) {
      slot.bucket = to;
      to.slots.set(slot.key, slot);
      from.pins -= slot.pins;
      to.pins += slot.pins;
      if (slot.stored) {
        from.stored--;
        to.stored++;
      }
      bytes += slot.bytes;
    }
    this.#cache.resize(from, -bytes);
    this.#cache.resize(to, bytes);
  }
}

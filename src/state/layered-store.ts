import { MillraceError } from '../core/errors.ts';
import { decodeRow } from '../core/row-codec.ts';
import type { KeyValueStore, StoreSpec } from '../core/state.ts';
import type { Row } from '../core/types.ts';
import { Bucket, Slot, type BucketOwner } from './bucket.ts';
import { entryBytes, type BucketCache } from './cache.ts';
import { bucketOf, hashOf, splitSource } from './hashing.ts';
import type { BucketSource, LoadedEntry, SealedChange } from './task-copy.ts';

/** Buckets that a scan holds at a time beyond those in the cache. */
const SCAN_CHUNK = 64;

/**
 * A store through all its layers. A loaded key has one slot, which holds what the batch sees next to what is committed, so that a read is
 * one look-up whatever layer answers it.
 */
export class LayeredStore implements KeyValueStore, BucketOwner {
  readonly spec: StoreSpec;
  readonly #source: BucketSource;
  readonly #cache: BucketCache;
  #buckets: (Bucket | undefined)[] = [];
  #size = 0;
  #committedSize = 0;
  #scans = 0;
  /** What the loaded buckets cost, about; kept by the cache. */
  cachedBytes = 0;
  /** ms that batches have waited for buckets. */
  loadMs = 0;
  /** Number of the running batch. */
  batch = 0;
  /** Slots that the running batch changed, in the order of their first change. */
  dirty: Slot[] = [];

  // The key looked up last: operators get a key and then put it.
  #lastKey: string | null = null;
  #lastHash = 0;
  #lastBucket: Bucket | undefined;
  #lastSlot: Slot | undefined;

  constructor(spec: StoreSpec, source: BucketSource, cache: BucketCache) {
    this.spec = spec;
    this.#source = source;
    this.#cache = cache;
  }

  get size(): number {
    return this.#size;
  }

  get committedSize(): number {
    return this.#committedSize;
  }

  get bucketCount(): number {
    return this.#buckets.length;
  }

  /** True while entries must stay in their buckets. */
  get scanning(): boolean {
    return this.#scans > 0;
  }

  /** Forgets everything: the copy has `count` buckets with `entries` entries. `loaded` = they are known to be empty. */
  begin(count: number, entries: number, loaded: boolean): void {
    this.end();
    this.#buckets = new Array<Bucket | undefined>(count).fill(undefined);
    this.#size = this.#committedSize = entries;
    this.dirty = [];
    if (loaded) for (let i = 0; i < count; i++) this.#adopt(i, []);
  }

  /** A store with the committed entries of this one, which keeps nothing: whoever still uses it is told that it did not prefetch. */
  handOver(source: BucketSource): LayeredStore {
    const heir = new LayeredStore(this.spec, source, this.#cache);
    heir.#buckets = this.#buckets;
    heir.cachedBytes = this.cachedBytes;
    this.cachedBytes = 0;
    heir.#size = heir.#committedSize = this.#committedSize;
    for (const bucket of heir.#buckets) {
      if (bucket === undefined) continue;
      bucket.owner = heir;
      bucket.usedIn = -1;
    }
    this.#buckets = [];
    this.#forgetLast();
    return heir;
  }

  /** Gives back the memory of the cache. */
  end(): void {
    for (const bucket of this.#buckets) if (bucket !== undefined) this.#cache.remove(bucket);
    this.#buckets = [];
    this.#forgetLast();
  }

  prefetch(keys: readonly string[]): Promise<void> | undefined {
    const failure = this.#source.failure;
    if (failure !== null) return Promise.reject(failure);
    this.#cache.trim();
    const missing = this.#missing(keys);
    return missing === null ? undefined : this.#load(keys, missing);
  }

  get(key: string): Row | null {
    if (key !== this.#lastKey) this.#find(key);
    const slot = this.#lastSlot;
    if (slot === undefined) return null;
    const row = slot.row;
    return row === undefined ? this.#decode(slot) : row;
  }

  put(key: string, row: Row): void {
    if (key !== this.#lastKey) this.#find(key);
    let slot = this.#lastSlot;
    if (slot === undefined) {
      const bucket = this.#lastBucket!;
      this.#lastSlot = slot = new Slot(key, this.#lastHash, bucket);
      bucket.slots.set(key, slot);
    }
    if (slot.row === null) this.#size++;
    slot.row = row;
    if (!slot.dirty) this.#markDirty(slot);
  }

  delete(key: string): void {
    if (key !== this.#lastKey) this.#find(key);
    const slot = this.#lastSlot;
    if (slot === undefined || slot.row === null) return;
    this.#size--;
    slot.row = null;
    if (!slot.dirty) this.#markDirty(slot);
  }

  async *scan(): AsyncIterable<readonly [key: string, row: Row]> {
    this.#scans++;
    try {
      await this.#source.resizing;
      for (let from = 0; from < this.bucketCount; from += SCAN_CHUNK) {
        const to = Math.min(from + SCAN_CHUNK, this.bucketCount);
        const absent: number[] = [];
        for (let i = from; i < to; i++) if (this.#buckets[i] === undefined) absent.push(i);
        const loaded = absent.length === 0 ? [] : await this.#read(absent);
        const read = new Map(absent.map((index, i) => [index, loaded[i]]));
        for (let i = from; i < to; i++) {
          const bucket = this.#buckets[i];
          if (bucket === undefined) {
            // Dropped while the others were read: it holds no changes, so that reading it now gives the same rows.
            const entries = read.get(i) ?? (await this.#read([i]))[0];
            for (const entry of entries) yield [entry.key, decodeRow(entry.value, this.spec.columns)];
          } else {
            for (const slot of bucket.slots.values()) {
              const row = slot.row === undefined ? this.#decode(slot) : slot.row;
              if (row !== null) yield [slot.key, row];
            }
          }
        }
      }
    } finally {
      this.#scans--;
    }
  }

  /** The committed row; undefined when the key's bucket is not loaded. */
  committed(key: string): Row | null | undefined {
    const hash = hashOf(key);
    const bucket = this.#buckets[bucketOf(hash, this.#buckets.length)];
    if (bucket === undefined) return undefined;
    const slot = bucket.slots.get(key);
    if (slot === undefined) return null;
    if (slot.committed === undefined) slot.committed = decodeRow(slot.encoded!, this.spec.columns);
    return slot.committed;
  }

  /** The running batch is over: what it prefetched may be dropped. */
  endBatch(): void {
    this.batch++;
    this.#forgetLast();
  }

  /** The change is committed. Its slot stays pinned until the change is written. */
  accept(change: SealedChange): void {
    const slot = change.slot;
    if ((slot.committed === null) !== (change.row === null)) this.#committedSize += change.row === null ? -1 : 1;
    slot.committed = change.row;
    slot.encoded = null;
    const bytes = change.isDeletion ? 0 : entryBytes(slot.key, change.valueBytes);
    this.#cache.resize(slot.bucket, bytes - slot.bytes);
    slot.bytes = bytes;
  }

  /** The change will not be committed: the batch sees the committed row again. */
  revert(slot: Slot): void {
    slot.row = slot.committed;
    slot.dirty = false;
    slot.bucket.unpin(slot);
  }

  /** Every change not accepted was reverted. */
  endDiscard(): void {
    this.dirty = [];
    this.#size = this.#committedSize;
    this.endBatch();
  }

  /** Puts a committed entry (or its absence) into a loaded store, past the overlay. */
  restore(key: string, row: Row | null, valueBytes: number): void {
    this.#find(key);
    const bucket = this.#lastBucket!;
    let slot = this.#lastSlot;
    if (row === null) {
      if (slot === undefined) return;
      bucket.slots.delete(key);
      this.#cache.resize(bucket, -slot.bytes);
      this.#committedSize--;
    } else {
      if (slot === undefined) {
        slot = new Slot(key, this.#lastHash, bucket);
        bucket.slots.set(key, slot);
        this.#committedSize++;
      }
      slot.row = slot.committed = row;
      slot.encoded = null;
      const bytes = entryBytes(key, valueBytes);
      this.#cache.resize(bucket, bytes - slot.bytes);
      slot.bytes = bytes;
    }
    this.#size = this.#committedSize;
    this.#forgetLast();
  }

  /** The copy has other numbers than the store knew. */
  resizeTo(entries: number): void {
    this.#size = this.#committedSize = entries;
  }

  /** Grows to `count` buckets; entries of loaded buckets move as those of the copy did. */
  grow(count: number): void {
    for (let created = this.#buckets.length; created < count; created++) {
      const source = this.#buckets[splitSource(created)];
      if (source === undefined) {
        this.#buckets.push(undefined);
        continue;
      }
      const bucket = new Bucket(this, created);
      bucket.usedIn = source.usedIn;
      this.#buckets.push(bucket);
      this.#cache.add(bucket);
      this.#split(source, bucket);
    }
    this.#forgetLast();
  }

  drop(bucket: Bucket): void {
    this.#buckets[bucket.index] = undefined;
    this.#forgetLast();
  }

  #split(source: Bucket, created: Bucket): void {
    let moved = 0;
    for (const slot of source.slots.values()) {
      if (bucketOf(slot.hash, created.index + 1) !== created.index) continue;
      source.slots.delete(slot.key);
      slot.bucket = created;
      created.slots.set(slot.key, slot);
      created.pins += slot.pins;
      source.pins -= slot.pins;
      moved += slot.bytes;
    }
    this.#cache.resize(source, -moved);
    this.#cache.resize(created, moved);
  }

  /** Marks the buckets of the keys as used by this batch. Returns those that are not loaded, null when all are. */
  #missing(keys: readonly string[]): Set<number> | null {
    const buckets = this.#buckets;
    const count = buckets.length;
    const batch = this.batch;
    let missing: Set<number> | null = null;
    for (let i = 0; i < keys.length; i++) {
      const index = bucketOf(hashOf(keys[i]), count);
      const bucket = buckets[index];
      if (bucket === undefined) (missing ??= new Set()).add(index);
      else if (bucket.usedIn !== batch) {
        bucket.usedIn = batch;
        this.#cache.touch(bucket);
      }
    }
    return missing;
  }

  async #load(keys: readonly string[], first: Set<number>): Promise<void> {
    const started = performance.now();
    for (let missing: Set<number> | null = first; missing !== null; missing = this.#missing(keys)) {
      const indexes = [...missing];
      const count = this.bucketCount;
      const loaded = await this.#source.load(this.spec.name, count, indexes);
      // Grown meanwhile, on either side: entries may lie elsewhere now.
      if (loaded === null || count !== this.bucketCount) continue;
      for (let i = 0; i < indexes.length; i++) {
        if (this.#buckets[indexes[i]] === undefined) this.#adopt(indexes[i], loaded[i]);
      }
      this.#forgetLast();
      this.#cache.trim();
    }
    this.loadMs += performance.now() - started;
  }

  async #read(buckets: readonly number[]): Promise<LoadedEntry[][]> {
    const loaded = await this.#source.load(this.spec.name, this.bucketCount, buckets);
    if (loaded === null) throw new MillraceError('STATE_MISMATCH', `store ${this.spec.name} was resized during a scan`);
    return loaded;
  }

  #adopt(index: number, entries: readonly LoadedEntry[]): void {
    const bucket = new Bucket(this, index);
    for (const { key, value } of entries) {
      const slot = new Slot(key, hashOf(key), bucket);
      slot.row = slot.committed = undefined;
      slot.encoded = value;
      slot.bytes = entryBytes(key, value.length);
      bucket.bytes += slot.bytes;
      bucket.slots.set(key, slot);
    }
    bucket.usedIn = this.batch;
    this.#buckets[index] = bucket;
    this.#cache.add(bucket);
  }

  #find(key: string): void {
    const hash = hashOf(key);
    const bucket = this.#buckets[bucketOf(hash, this.#buckets.length)];
    if (bucket === undefined) {
      const shown = JSON.stringify(key);
      throw new MillraceError('INTERNAL', `store ${this.spec.name}: key ${shown} was used without a prefetch`);
    }
    this.#lastKey = key;
    this.#lastHash = hash;
    this.#lastBucket = bucket;
    this.#lastSlot = bucket.slots.get(key);
  }

  #forgetLast(): void {
    this.#lastKey = null;
    this.#lastBucket = undefined;
    this.#lastSlot = undefined;
  }

  #decode(slot: Slot): Row {
    const row = decodeRow(slot.encoded!, this.spec.columns);
    slot.row = slot.committed = row;
    slot.encoded = null;
    return row;
  }

  #markDirty(slot: Slot): void {
    slot.dirty = true;
    slot.bucket.pin(slot);
    this.dirty.push(slot);
  }
}

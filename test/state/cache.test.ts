import { describe, expect, test } from 'vitest';
import { BucketTable, type TableOwner } from '../../src/state/bucket-table.ts';
import type { Bucket } from '../../src/state/bucket.ts';
import { BucketCache } from '../../src/state/cache.ts';
import { hashOf } from '../../src/state/hashing.ts';

/** A store of buckets without a key, of which it says which are still loaded. */
class Owner implements TableOwner {
  batch = 1;
  cachedBytes = 0;
  readonly scanning = false;
  readonly tables: BucketTable[] = [];
  readonly #cache: BucketCache;

  constructor(cache: BucketCache) {
    this.#cache = cache;
  }

  /** Adds a table with one bucket, of `bytes`. */
  add(bytes: number): Bucket {
    const size = { segment: this.tables.length, buckets: 1, entries: 1 };
    const table = new BucketTable(this, 'store', this.#cache, size, true);
    this.tables.push(table);
    const { bucket } = table.insert('k', hashOf('k'));
    this.#cache.resize(bucket, bytes);
    bucket.usedIn = -1;
    return bucket;
  }

  get dropped(): number[] {
    return [...this.tables.keys()].filter((i) => this.tables[i].buckets[0] === undefined);
  }

  forgetLast(): void {}
  table = (): BucketTable => this.tables[0];
  released(): void {}
  vacant(): void {}
}

describe('bucket cache', () => {
  test('the least recently used go first, and only as many as are too many', () => {
    const cache = new BucketCache(100);
    const store = new Owner(cache);
    const first = store.add(40);
    store.add(40);
    store.add(40);
    cache.touch(first);
    cache.trim();
    expect(store.dropped).toEqual([1]);
    expect(cache.bytes).toBe(80);
    cache.trim();
    expect(store.dropped).toEqual([1]);
  });

  test('buckets with unwritten changes and those of the running batch stay, even over the budget', () => {
    const cache = new BucketCache(10);
    const store = new Owner(cache);
    const pinned = store.add(40);
    const slot = pinned.slots.get('k')!;
    slot.row = slot.committed = [1];
    pinned.pin(slot);
    store.add(40).usedIn = store.batch;
    store.add(40);
    cache.trim();
    expect(store.dropped).toEqual([2]);
    store.batch++;
    pinned.unpin(slot);
    cache.trim();
    expect(store.dropped).toEqual([0, 1, 2]);
    expect(cache.bytes).toBe(0);
  });

  test('what grew or was removed counts, for the whole and for the store', () => {
    const cache = new BucketCache(100);
    const store = new Owner(cache);
    const bucket = store.add(40);
    cache.resize(bucket, 30);
    expect([cache.bytes, store.cachedBytes]).toEqual([70, 70]);
    cache.remove(bucket);
    expect([cache.bytes, store.cachedBytes]).toEqual([0, 0]);
  });
});

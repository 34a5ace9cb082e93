import { describe, expect, test } from 'vitest';
import { Bucket, Slot, type BucketOwner } from '../../src/state/bucket.ts';
import { BucketCache } from '../../src/state/cache.ts';

/** An owner that remembers what the cache dropped. */
function owner(): BucketOwner & { batch: number; dropped: number[] } {
  const dropped: number[] = [];
  return { batch: 1, cachedBytes: 0, dropped, drop: (bucket) => dropped.push(bucket.index) };
}

function add(cache: BucketCache, of: BucketOwner, index: number, bytes: number): Bucket {
  const bucket = new Bucket(of, index);
  bucket.bytes = bytes;
  cache.add(bucket);
  return bucket;
}

describe('bucket cache', () => {
  test('the least recently used go first, and only as many as are too many', () => {
    const cache = new BucketCache(100);
    const store = owner();
    const first = add(cache, store, 0, 40);
    add(cache, store, 1, 40);
    add(cache, store, 2, 40);
    cache.touch(first);
    cache.trim();
    expect(store.dropped).toEqual([1]);
    expect(cache.bytes).toBe(80);
    cache.trim();
    expect(store.dropped).toEqual([1]);
  });

  test('buckets with unwritten changes and those of the running batch stay, even over the budget', () => {
    const cache = new BucketCache(10);
    const store = owner();
    const pinned = add(cache, store, 0, 40);
    const slot = new Slot('k', 0, pinned);
    pinned.slots.set('k', slot);
    pinned.pin(slot);
    add(cache, store, 1, 40).usedIn = store.batch;
    add(cache, store, 2, 40);
    cache.trim();
    expect(store.dropped).toEqual([2]);
    store.batch++;
    pinned.unpin(slot);
    cache.trim();
    expect(store.dropped.toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
    expect(cache.bytes).toBe(0);
  });

  test('what grew or was removed counts', () => {
    const cache = new BucketCache(100);
    const store = owner();
    const bucket = add(cache, store, 0, 40);
    cache.resize(bucket, 30);
    expect(cache.bytes).toBe(70);
    cache.remove(bucket);
    expect(cache.bytes).toBe(0);
  });
});

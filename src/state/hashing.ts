/**
 * Linear hashing: a store's entries lie in buckets 0..count-1, and growing by one bucket moves entries out of exactly one other. Which
 * bucket an entry lies in follows from 24 bits of its key's hash, so that 16 million buckets are the most a store can have.
 *
 *     count = 5:   hash ends in  000  001  010  011  100       (101, 110, 111 have no bucket yet:
 *                  bucket          0    1    2    3    4         they lie in 1, 2, 3)
 *     growing to 6 takes from bucket 1 what ends in 101.
 */

/** Entries per bucket, on average, before a store grows. Below 128, up to which Redis keeps a hash of small values packed. */
export const ENTRIES_PER_BUCKET = 64;

/** Hash of a key string: 24 bits, evenly spread. Fixed for ever: it says where an entry lies in Redis. */
export function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 8;
}

/** The largest power of two that is not above `count`. */
const floorPowerOfTwo = (count: number): number => 1 << (31 - Math.clz32(count));

/** The bucket in which an entry with that hash lies while there are `count` buckets. */
export function bucketOf(hash: number, count: number): number {
  const span = floorPowerOfTwo(count);
  const bucket = hash & (span * 2 - 1);
  return bucket < count ? bucket : hash & (span - 1);
}

/** The bucket that gives up entries when bucket number `created` comes into being. */
export const splitSource = (created: number): number => created - floorPowerOfTwo(created);

/** As many buckets as `entries` entries should have; never fewer than there are. */
export const bucketsFor = (entries: number, count: number): number =>
  Math.max(count, Math.ceil(entries / ENTRIES_PER_BUCKET));

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketOf, hashOf, splitSource } from '../../src/state/hashing.ts';

describe('linear hashing', () => {
  test('the hash of a key never changes: state in Redis is found by it', () => {
    expect(['', 'sa\0', 'd17\0', 'sä€😀\0'].map(hashOf)).toEqual([11222652, 12859069, 2419858, 10178364]);
  });

  test('every hash lies in one of the buckets', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 24 - 1), fc.integer({ min: 1, max: 100_000 }), (hash, count) => {
        const bucket = bucketOf(hash, count);
        expect(bucket).toBeGreaterThanOrEqual(0);
        expect(bucket).toBeLessThan(count);
      }),
    );
  });

  test('growing by one bucket moves entries out of its source only, and only into it', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 24 - 1), fc.integer({ min: 1, max: 100_000 }), (hash, count) => {
        const before = bucketOf(hash, count);
        const after = bucketOf(hash, count + 1);
        if (after !== before) expect([before, after]).toEqual([splitSource(count), count]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('similar keys spread evenly', () => {
    const counts = new Array<number>(64).fill(0);
    for (let i = 0; i < 64_000; i++) counts[bucketOf(hashOf(`suser-${i}\0`), 64)]++;
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1_150);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { murmur2, partitionOf } from '../../src/core/murmur2.ts';

describe('murmur2', () => {
  // From the tests of Kafka's Java client.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %j as the Java client does', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });

  test('hashes a region in place as it would hash a copy of it', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.uint8Array(), (before, key, after) => {
        const whole = Buffer.concat([before, key, after]);
        expect(murmur2(whole, before.length, before.length + key.length)).toBe(murmur2(key));
      }),
    );
  });

  test('chooses the partition from the positive part of the hash', () => {
    expect(partitionOf(7, Buffer.from('21'))).toBe((-973932308 & 0x7fffffff) % 7);
    expect(partitionOf(3, Buffer.from('__abc__'), 2, 5)).toBe(479470107 % 3);
  });
});

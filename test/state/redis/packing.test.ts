import { describe, expect, test } from 'vitest';
import { Packer, unpackBucket } from '../../../src/state/redis/packing.ts';

describe('packed arguments and replies', () => {
  test('texts and bytes of every size come back', () => {
    const packer = new Packer();
    const sizes = [0, 31, 32, 255, 256, 65_535, 65_536, 200_000];
    for (const size of sizes) {
      packer.text(`hash${'é'.repeat(size)}`);
      packer.binary(Buffer.alloc(size, 7));
    }
    const entries = unpackBucket(packer.take());
    expect(entries.map((entry) => [entry.key.length, entry.value.length])).toEqual(sizes.map((size) => [size, size]));
    expect(entries.every((entry) => entry.value.every((byte) => byte === 7))).toBe(true);
  });

  test('a packer that was taken from begins anew and leaves what it gave alone', () => {
    const packer = new Packer();
    packer.text('hasha');
    packer.binary(Buffer.from('1'));
    const first = packer.take();
    packer.text('hashb');
    packer.binary(Buffer.from('2'));
    expect(unpackBucket(packer.take()).map((entry) => entry.key)).toEqual(['b']);
    expect(unpackBucket(first).map((entry) => entry.key)).toEqual(['a']);
  });

  test('short forms, as Redis packs them, are read too', () => {
    const packed = Buffer.concat([
      Buffer.from([0x92, 0xa5]),
      Buffer.from('hashk'),
      Buffer.from([0xd9, 0x01]),
      Buffer.from('v'),
    ]);
    expect(unpackBucket(packed)).toEqual([{ key: 'k', value: Buffer.from('v') }]);
    expect(unpackBucket(Buffer.alloc(0))).toEqual([]);
  });

  test('anything else is refused', () => {
    expect(() => unpackBucket(Buffer.from([0x81]))).toThrowError(RangeError);
  });
});

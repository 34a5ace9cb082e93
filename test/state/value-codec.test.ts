import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../src/core/bytes.ts';
import { decodeRow, encodeRow } from '../../src/core/row-codec.ts';
import type { StateCompression } from '../../src/core/state.ts';
import { STRING, type Row } from '../../src/core/types.ts';
import { deflate, inflate } from '../../src/state/value-codec.ts';

const COMPRESSIONS: readonly StateCompression[] = ['none', 'lz4', 'snappy', 'zstd'];

/** The value of a row, behind another one in the same buffer. */
function valueOf(row: Row, compression: StateCompression): Buffer {
  const writer = new ByteWriter(16);
  encodeRow(['before'], writer);
  const start = writer.length;
  encodeRow(row, writer);
  deflate(compression, writer, start);
  return writer.take().subarray(start);
}

describe('values of the state', () => {
  test('every row comes back, whatever its size and the compression', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...COMPRESSIONS),
        fc.string({ maxLength: 40 }),
        fc.integer({ min: 0, max: 200 }),
        (compression, text, times) => {
          const row = [text.repeat(times)];
          const value = valueOf(row, compression);
          expect(decodeRow(inflate(value), [STRING])).toEqual(row);
        },
      ),
    );
  });

  test.each(['lz4', 'snappy', 'zstd'] as const)(
    '%s shortens what repeats, and says so in the first byte',
    (compression) => {
      const row = ['again and again '.repeat(100)];
      const value = valueOf(row, compression);
      expect(value.length).toBeLessThan(300);
      expect(value[0]).toBe({ lz4: 0x81, snappy: 0x82, zstd: 0x83 }[compression]);
      expect(decodeRow(inflate(value), [STRING])).toEqual(row);
    },
  );

  test('small rows, and those that compression does not shorten, are left as they are', () => {
    const noise = Array.from({ length: 400 }, (_, i) =>
      String.fromCharCode(33 + ((i * i * 7919 + (i >> 3) * 31) % 90)),
    ).join('');
    for (const compression of COMPRESSIONS) {
      expect(valueOf(['aaaa'.repeat(60)], compression)[0]).toBe(1);
      const value = valueOf([noise], compression);
      expect(value.length).toBeLessThanOrEqual(valueOf([noise], 'none').length);
      expect(decodeRow(inflate(value), [STRING])).toEqual([noise]);
    }
  });

  test('what the first version wrote is read for ever', () => {
    const row = ['millrace '.repeat(60)];
    const written = {
      lz4: '8120020000df01059c046d696c6c72616365200900fffb606c7261636520',
      snappy: '82a0043001059c046d696c6c7261636520fe0900fe0900fe0900fe0900fe0900fe0900fe0900fe09004a0900',
      zstd: '8328b52ffd602001a500006801059c046d696c6c726163652001001058952f',
    };
    for (const hex of Object.values(written))
      expect(decodeRow(inflate(Buffer.from(hex, 'hex')), [STRING])).toEqual(row);
  });

  test('a value of a later version is refused, not misread', () => {
    expect(() => inflate(Buffer.from([0x84, 1, 2, 3]))).toThrowError(/does not know/);
  });
});

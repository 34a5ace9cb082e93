import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteWriter } from '../../src/core/bytes.ts';
import { decodeRow, encodeRow } from '../../src/core/row-codec.ts';
import { STRING, type Row, type Value } from '../../src/core/types.ts';

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }),
    fc.constantFrom(0n, 2n ** 52n, -(2n ** 52n), 2n ** 63n, -(2n ** 63n), 2n ** 64n, -129n * 2n ** 56n),
    fc.constantFrom(0, -0, 2 ** 52, -(2 ** 52), 2 ** 53, NaN, Infinity),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => new Uint8Array(bytes)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
  ) as fc.Arbitrary<Value>,
}));

const encoded = (row: Row): Buffer => {
  const writer = new ByteWriter(1);
  encodeRow(row, writer);
  return writer.take();
};

test('a row survives with every bit of its numbers', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 5 }), (row) => {
      const back = decodeRow(
        encoded(row),
        row.map(() => STRING),
      );
      expect(back).toStrictEqual(row);
      row.forEach((v, i) => expect(Object.is(back[i], v) || typeof v === 'object').toBe(true));
    }),
  );
});

test('bytes that are not such a row are refused', () => {
  const bytes = encoded([1, 'two']);
  expect(() => decodeRow(bytes, [STRING])).toThrow(RangeError);
  expect(() => decodeRow(bytes.subarray(0, 3), [STRING, STRING])).toThrow(RangeError);
  expect(() => decodeRow(Buffer.from([9, 0]), [STRING])).toThrow(/format 9/);
});

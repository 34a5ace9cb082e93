import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeKey, encodeKey } from '../../src/core/key-codec.ts';
import { arrayOf, BOOLEAN, DOUBLE, STRING, structOf, field, type Value } from '../../src/core/types.ts';

const scalar = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.double(),
  fc.integer(),
  fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }),
  fc.bigInt({ min: -9n, max: 9n }),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('\0', '\x01', '\x010', 'n', 's', '\ud800', '\udc00x', '\ud800\udc00'),
) as fc.Arbitrary<Value>;
const columns = fc.array(fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })), { minLength: 1, maxLength: 4 });

/** As grouping compares: NaN is NaN, -0 is 0. */
const same = (a: Value, b: Value): boolean => {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => same(item, b[i]));
  return a === b || Object.is(a, b);
};

test('two keys have the same string exactly when their columns are equal as grouping compares them', () => {
  fc.assert(
    fc.property(columns, columns, (a, b) => {
      const equal = a.length === b.length && a.every((value, i) => same(value, b[i]));
      expect(encodeKey(a) === encodeKey(b)).toBe(equal);
    }),
  );
});

test('the columns are read back from the string, and from its UTF-8', () => {
  fc.assert(
    fc.property(columns, (row) => {
      const text = Buffer.from(encodeKey(row)).toString('utf8');
      const types = row.map(() => STRING);
      const back = decodeKey(text, types);
      row.forEach((value, i) => expect(same(back[i], value === 0 ? 0 : value)).toBe(true));
    }),
  );
});

test('nested columns and each kind of scalar survive', () => {
  const row: Value[] = [['a', [1.5, null]], true, -3, 'x\0y'];
  const types = [structOf(field('a', STRING), field('b', arrayOf(DOUBLE))), BOOLEAN, DOUBLE, STRING];
  expect(decodeKey(encodeKey(row), types)).toEqual(row);
});

test('a text that is not a key is refused, not misread', () => {
  expect(() => decodeKey('sabc', [STRING])).toThrow(RangeError);
  expect(() => decodeKey('?', [STRING])).toThrow(RangeError);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimalText } from '../../src/core/decimal.ts';
import {
  arrayOf,
  BIGINT,
  decimalOf,
  DOUBLE,
  field,
  STRING,
  structOf,
  type Row,
  type Schema,
} from '../../src/core/types.ts';
import { JsonDecoder } from '../../src/formats/json/json-decoder.ts';
import { JsonEncoder } from '../../src/formats/json/json-encoder.ts';
import { keyDecoder, keyEncoder } from '../../src/formats/key.ts';

const PRICE = decimalOf(10, 2);
const LONG = decimalOf(38, 18);
const schema: Schema = [field('price', PRICE), field('long', LONG), field('s', STRING)];

function decode(text: string, columns = schema): Row {
  const bytes = Buffer.from(text);
  const row: Row = columns.map(() => null);
  new JsonDecoder(
    columns,
    columns.map(() => true),
  ).decode(bytes, 0, bytes.length, row, 0);
  return row;
}

const long = fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n });
const price = fc.bigInt({ min: -9_999_999_999n, max: 9_999_999_999n });

describe('a decimal in JSON', () => {
  test('is written with all its digits, and reads back as it was', () => {
    fc.assert(
      fc.property(price, long, fc.string({ unit: 'grapheme' }), (a, b, s) => {
        const text = new JsonEncoder(schema).encode([a, b, s]);
        expect(text).toContain(`{"price":${decimalText(a, 2)},"long":${decimalText(b, 18)}`);
        expect(decode(text)).toEqual([a, b, s]);
      }),
    );
  });

  test('is read the same by the fast scan, by the full parser, and within arrays and structs', () => {
    const nested: Schema = [field('xs', arrayOf(LONG)), field('st', structOf(field('x', LONG)))];
    fc.assert(
      fc.property(long, (value) => {
        const digits = decimalText(value, 18);
        expect(decode(`{"long":${digits}}`)[1]).toBe(value);
        expect(decode(`{ "long": ${digits}, "s": "é" }`)[1]).toBe(value);
        expect(decode(`{"long":"${digits}"}`)[1]).toBe(value);
        expect(decode(`{"xs":[${digits},null],"st":{"x":${digits}}}`, nested)).toEqual([[value, null], [value]]);
      }),
    );
  });

  test('keeps the digits of one column from no other column', () => {
    const mixed: Schema = [field('d', DOUBLE), field('n', BIGINT), field('long', LONG), field('xs', arrayOf(DOUBLE))];
    const digits = '0.123456789012345678';
    expect(decode(`{"d":${digits},"n":123456789012345,"long":${digits},"xs":[${digits}]}`, mixed)).toEqual([
      Number(digits),
      123456789012345,
      123456789012345678n,
      [Number(digits)],
    ]);
  });

  test.each([
    ['1', 100n],
    ['-0', 0n],
    ['1.005', 101n],
    ['-1.005', -101n],
    ['1e2', 10_000n],
    ['1.5E-1', 15n],
    ['12345678.9', 1_234_567_890n],
    ['"1.5"', 150n],
    ['null', null],
  ])('%s is a number of hundredths, rounded half away from zero', (written, hundredths) => {
    expect(decode(`{"price":${written}}`)[0]).toBe(hundredths);
    expect(decode(`{ "price": ${written} }`)[0]).toBe(hundredths);
  });

  test.each(['123456789', '99999999.995', '1e300', '"x"', '""', 'true', '[1]', '{"a":1}', '12345678901234567890.5'])(
    '%s is refused, with the column named',
    (written) => {
      expect(() => decode(`{"price":${written}}`)).toThrow(/`price`: .* is not a decimal\(10,2\)/);
      expect(() => decode(`{ "price": ${written} }`)).toThrow(/`price`: .* is not a decimal\(10,2\)/);
    },
  );

  test('too long for any other number is refused as what it was written as', () => {
    expect(() => decode('{"n":12345678901234567890}', [field('n', BIGINT), field('x', LONG)])).toThrow(
      /12345678901234567\d+ is not a bigint/,
    );
  });
});

describe('a key with a decimal', () => {
  test.each([[[field('price', PRICE)]], [[field('price', PRICE), field('id', STRING)]]])(
    'reads back as it was written',
    (columns) => {
      fc.assert(
        fc.property(price, fc.string(), (value, id) => {
          const row = columns.length === 1 ? [value] : [value, id];
          const bytes = Buffer.from(keyEncoder(columns).encode(row) ?? '');
          const read: Row = columns.map(() => null);
          keyDecoder(
            columns,
            columns.map(() => true),
          ).decode(bytes, 0, bytes.length, read, 0);
          expect(read).toEqual(row);
        }),
      );
    },
  );

  test('alone is its digits, as partitioners of others see them', () => {
    expect(keyEncoder([field('price', PRICE)]).encode([150n])).toBe('1.50');
  });
});

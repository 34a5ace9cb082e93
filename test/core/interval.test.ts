import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AnyInterval } from '../../src/core/interval.ts';
import { cutToField, intervalFromText, intervalText } from '../../src/core/interval.ts';
import { decodeKey, encodeKey } from '../../src/core/key-codec.ts';
import { toPrintable } from '../../src/core/printable.ts';
import { ByteWriter } from '../../src/core/bytes.ts';
import { decodeRow, encodeRow } from '../../src/core/row-codec.ts';
import { INTERVAL, intervalOf, YEAR_MONTH_INTERVAL, yearMonthOf } from '../../src/core/types.ts';
import { readValue } from '../../src/formats/json/read-value.ts';
import { JsonEncoder } from '../../src/formats/json/json-encoder.ts';

const TYPES: readonly AnyInterval[] = [
  INTERVAL,
  intervalOf('day', 'day'),
  intervalOf('day', 'hour'),
  intervalOf('hour', 'minute'),
  intervalOf('minute', 'second'),
  intervalOf('second', 'second'),
  YEAR_MONTH_INTERVAL,
  yearMonthOf('year', 'year'),
  yearMonthOf('month', 'month'),
];
const intervals = fc
  .tuple(fc.constantFrom(...TYPES), fc.integer({ min: -2_000_000_000_000, max: 2_000_000_000_000 }))
  .map(([type, value]) => ({ type, value: cutToField(value, type) }));

test('a text means the interval that it was written for', () => {
  fc.assert(
    fc.property(intervals, ({ type, value }) => {
      expect(intervalFromText(intervalText(value, type), type)).toBe(value);
    }),
  );
});

test('JSON carries intervals as texts', () => {
  fc.assert(
    fc.property(intervals, ({ type, value }) => {
      const json = new JsonEncoder([{ name: 'i', type }]).encode([value]);
      const { i } = JSON.parse(json) as { i: string };
      expect(i).toBe(toPrintable(value, type));
      expect(readValue(i, type, 'i')).toBe(value);
    }),
  );
});

test('a text of other fields is refused', () => {
  expect(() => readValue("INTERVAL '1' DAY", intervalOf('hour', 'hour'), 'i')).toThrow('interval hour');
});

test('rows and keys carry intervals', () => {
  fc.assert(
    fc.property(intervals, ({ type, value }) => {
      const writer = new ByteWriter();
      encodeRow([value], writer);
      expect(decodeRow(writer.buffer.subarray(0, writer.length), [type])).toEqual([value]);
      expect(decodeKey(encodeKey([value]), [type])).toEqual([value]);
    }),
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTime } from '../../src/sql/time-format.ts';
import { parseTime } from '../../src/sql/time-reader.ts';
import { timestampFromText, timestampText } from '../../src/sql/time-text.ts';

const seconds = fc.integer({ min: -2_000_000_000, max: 8_000_000_000 });

test.each([
  'yyyy-MM-dd HH:mm:ss',
  "d MMMM yyyy 'at' h:mm:ss a",
  'yyyyMMddHHmmss',
  'yyyy-DDD k:m:s',
  'MMM d, yyyy K:mm:ss a XXX',
  'y/M/d H:m:s[ VV]',
])('a time written by %s is read again', (pattern) => {
  fc.assert(
    fc.property(seconds, (second) => {
      const time = second * 1_000_000;
      expect(parseTime(formatTime(time, pattern), pattern)).toBe(time);
    }),
  );
});

test('a time to the microsecond is read from the text of a cast', () => {
  fc.assert(
    fc.property(seconds, fc.nat(999_999), (second, micros) => {
      const time = second * 1_000_000 + micros;
      expect(timestampFromText(timestampText(time))).toBe(time);
      expect(timestampFromText(`${timestampText(time)} UTC`)).toBe(time);
    }),
  );
});

test('times of whole seconds are exact far beyond those with microseconds', () => {
  expect(timestampText(timestampFromText('9999-12-31 23:59:59') ?? 0)).toBe('9999-12-31 23:59:59');
  expect(timestampFromText('9999-12-31 23:59:59.000001')).toBeNull();
});

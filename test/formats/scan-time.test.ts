import { expect, test } from 'vitest';
import { parseTimestamp } from '../../src/formats/json/read-value.ts';
import { scanDate, scanTimestamp } from '../../src/formats/json/scan-time.ts';

const scan = (text: string): number => scanTimestamp(`"${text}"`, 1, text.length + 1);

test.each([
  '2026-01-01T12:07:00Z',
  '2026-01-01T12:07:00',
  '2026-01-01 12:07:00',
  '2026-01-01T12:07:00.1Z',
  '2026-01-01T12:07:00.123Z',
  '2026-01-01T12:07:00.123456',
  '2024-02-29T23:59:59.999999+05:30',
  '2000-02-29 00:00:00-11:00',
  '1969-12-31T23:59:59.999Z',
  '1700-01-01T00:00:00Z',
  '2200-12-31T23:59:59.999999Z',
])('%s is read without doubt', (text) => {
  const expected = parseTimestamp(text);
  expect(expected).not.toBeNull();
  expect(scan(text)).toBe(expected);
});

test.each([
  '2026-13-01T00:00:00Z',
  '2026-00-01T00:00:00Z',
  '2025-02-29T00:00:00Z',
  '1900-02-29T00:00:00Z',
  '2026-04-31T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00:60:00Z',
  '2026-01-01T00:00:60Z',
  '2026-01-01T0:00:00Z',
  '2026-01-01t00:00:00Z',
  '2026-01-01T00:00:00z',
  '2026-01-01T00:00:00.',
  '2026-01-01T00:00:00.Z',
  '2026-01-01T00:00:00.1234567Z',
  '2026-01-01T00:00:00+1:00',
  '2026-01-01T00:00:00+01:00Z',
  '2026-01-01T00:00:00 Z',
  '2026-01-01T00:00',
  '2026-01-01',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '+226-01-01T00:00:00Z',
  '',
])('%s is left to others', (text) => {
  expect(scan(text)).toBeNaN();
});

test('dates are days since 1970, and only those that exist', () => {
  const date = (text: string): number => scanDate(`"${text}"`, 1, text.length + 1);
  expect(['1970-01-01', '1969-12-31', '2024-02-29', '2024-03-01', '0000-01-01', '9999-12-31'].map(date)).toEqual([
    0, -1, 19_782, 19_783, -719_528, 2_932_896,
  ]);
  expect(['2025-02-29', '2026-1-01', '2026-01-01Z', '2026/01/01', '202-001-01'].map(date)).toEqual([
    NaN,
    NaN,
    NaN,
    NaN,
    NaN,
  ]);
});

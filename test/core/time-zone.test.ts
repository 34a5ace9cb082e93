import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { localToUtc, offsetAt, timeZone } from '../../src/core/time-zone.ts';
import type { TimeZone } from '../../src/core/time-zone.ts';

const HOUR = 3_600_000_000;
const micros = (iso: string): number => Date.parse(`${iso}Z`) * 1_000;
const iso = (time: number): string => new Date(time / 1_000).toISOString().slice(0, 19);

function zone(id: string): TimeZone {
  const found = timeZone(id);
  if (found === null) throw new Error(`no zone ${id}`);
  return found;
}

describe('names', () => {
  test.each([
    ['Z', 0],
    ['UTC', 0],
    ['GMT', 0],
    ['+2', 2],
    ['-02:30', -2.5],
    ['+0530', 5.5],
    ['UTC+8', 8],
    ['GMT-03:00', -3],
    ['EST', -5],
    ['+18:00', 18],
  ])('%s is %d hours from UTC at all times', (id, hours) => {
    expect(zone(id).fixed).toBe(hours * HOUR);
    expect(offsetAt(zone(id), micros('2026-07-01T00:00:00'))).toBe(hours * HOUR);
  });

  test.each(['', 'z', 'utc', 'europe/amsterdam', 'Mars/Base', '+19', '+01:60', '2', 'UTC 2', "Europe/Amsterdam'"])(
    '%j is no zone',
    (id) => {
      expect(timeZone(id)).toBeNull();
    },
  );
});

describe('offsets', () => {
  test.each([
    ['Europe/Amsterdam', '2026-01-01T00:00:00', 1],
    ['Europe/Amsterdam', '2026-07-01T00:00:00', 2],
    ['Europe/Amsterdam', '2026-03-29T00:59:59', 1],
    ['Europe/Amsterdam', '2026-03-29T01:00:00', 2],
    ['Europe/Amsterdam', '2026-10-25T00:59:59', 2],
    ['Europe/Amsterdam', '2026-10-25T01:00:00', 1],
    ['America/New_York', '2050-07-01T00:00:00', -4],
    ['Asia/Kathmandu', '2026-01-01T00:00:00', 5.75],
    ['Asia/Kathmandu', '1985-12-31T18:29:59', 5.5],
    ['US/Pacific', '2026-01-01T00:00:00', -8],
    ['PST', '2026-07-01T00:00:00', -7],
    // Clocks go back for the month of Ramadan only.
    ['Africa/Casablanca', '2024-03-20T00:00:00', 0],
    ['Africa/Casablanca', '2024-05-01T00:00:00', 1],
  ])('%s at %s is %d hours', (id, time, hours) => {
    expect(offsetAt(zone(id), micros(time))).toBe(hours * HOUR);
  });
});

describe('local times', () => {
  test.each([
    ['Europe/Amsterdam', '2026-01-01T12:00:00', '2026-01-01T11:00:00'],
    ['Europe/Amsterdam', '2026-03-29T01:59:59', '2026-03-29T00:59:59'],
    // Skipped: moved on by the hour that is missing.
    ['Europe/Amsterdam', '2026-03-29T02:30:00', '2026-03-29T01:30:00'],
    ['Europe/Amsterdam', '2026-03-29T03:00:00', '2026-03-29T01:00:00'],
    // Twice: the first.
    ['Europe/Amsterdam', '2026-10-25T02:00:00', '2026-10-25T00:00:00'],
    ['Europe/Amsterdam', '2026-10-25T02:59:59', '2026-10-25T00:59:59'],
    ['Europe/Amsterdam', '2026-10-25T03:00:00', '2026-10-25T02:00:00'],
    ['Australia/Lord_Howe', '2026-04-05T01:45:00', '2026-04-04T14:45:00'],
    // A day that the island left out.
    ['Pacific/Apia', '2011-12-29T23:59:59', '2011-12-30T09:59:59'],
    ['Pacific/Apia', '2011-12-30T12:00:00', '2011-12-30T22:00:00'],
    ['Pacific/Apia', '2011-12-31T00:00:00', '2011-12-30T10:00:00'],
    ['+02:00', '2026-03-29T02:30:00', '2026-03-29T00:30:00'],
  ])('in %s %s is %s UTC', (id, local, utc) => {
    expect(iso(localToUtc(zone(id), micros(local)))).toBe(utc);
  });

  test('a local time leads to a time that shows it, unless it was skipped', () => {
    const ids = ['Europe/Amsterdam', 'America/St_Johns', 'Pacific/Apia', 'Africa/Casablanca', 'Asia/Tehran', '-03:30'];
    const times = fc.integer({ min: micros('1970-01-01T00:00:00') / 1e6, max: micros('2060-01-01T00:00:00') / 1e6 });
    fc.assert(
      fc.property(fc.constantFrom(...ids), times, (id, seconds) => {
        const utc = seconds * 1_000_000;
        const shown = utc + offsetAt(zone(id), utc);
        const first = localToUtc(zone(id), shown);
        // Of two times that show the same the first is meant.
        expect(first).toBeLessThanOrEqual(utc);
        expect(first + offsetAt(zone(id), first)).toBe(shown);
      }),
      { numRuns: 300 },
    );
  });
});

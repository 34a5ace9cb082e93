import { localToUtc, timeZone } from '../core/time-zone.ts';

/** Days, microseconds and their texts, in UTC and the proleptic Gregorian calendar, without Date objects. */
export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A calendar day; month and day count from 1. */
export interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Days since 1970-01-01. Days beyond the month's end carry over. */
export function daysOf(year: number, month: number, day: number): number {
  // Years begin in March, so that the leap day comes last; eras are 400 years.
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

export function civilOf(days: number): Civil {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

export const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
export const daysInMonth = (year: number, month: number): number =>
  month === 2 ? (isLeap(year) ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;

/** The day that a time lies in. */
export const dayOf = (micros: number): number => Math.floor(micros / DAY);

export const padded = (value: number, width: number): string => String(value).padStart(width, '0');

/** `2026-01-31`; years beyond 9999 with a plus sign, as Java writes them. */
export function dateText(days: number): string {
  const { year, month, day } = civilOf(days);
  const digits = padded(Math.abs(year), 4);
  return `${year < 0 ? '-' : year > 9999 ? '+' : ''}${digits}-${padded(month, 2)}-${padded(day, 2)}`;
}

/** `2026-01-31 12:07:00`, and a fraction without trailing zeros if there is one. */
export function timestampText(micros: number): string {
  const day = dayOf(micros);
  return `${dateText(day)} ${clockText(micros - day * DAY)}`;
}

function clockText(micros: number): string {
  const seconds = Math.floor(micros / SECOND);
  const fraction = micros % SECOND;
  const clock = `${padded(Math.floor(seconds / 3600), 2)}:${padded(Math.floor(seconds / 60) % 60, 2)}:${padded(seconds % 60, 2)}`;
  return fraction === 0 ? clock : `${clock}.${padded(fraction, 6).replace(/0+$/, '')}`;
}

/** `2026-01-31T12:07:00.000Z`: milliseconds always, microseconds where they are needed. */
export function isoText(micros: number): string {
  const day = dayOf(micros);
  const [clock, fraction = ''] = clockText(micros - day * DAY).split('.');
  return `${dateText(day)}T${clock}.${fraction.padEnd(3, '0')}Z`;
}

const DATE_TEXT = /^([+-]?\d{4,7})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T].*)?)?)?$/;

/** Days of `yyyy[-m[-d]]`, with anything behind a space or T ignored; null when the text is no date. */
export function dateFromText(text: string): number | null {
  const match = DATE_TEXT.exec(text.trim());
  return match === null ? null : validDay(match[1], match[2], match[3]);
}

function validDay(yearText: string, monthText = '1', dayText = '1'): number | null {
  const year = Number(yearText);
  const month = Number(monthText);
  const day = Number(dayText);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  return daysOf(year, month, day);
}

/** Spark takes a zone behind seconds only. */
const TIMESTAMP_TEXT =
  /^([+-]?\d{4,6})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T](\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?([^\d].*)?)?)?)?)?)?$/;

/**
 * Microseconds of `yyyy[-m[-d[ h[:m[:s[.fraction][zone]]]]]]` (T may stand for the space); without a zone it is UTC. Zones are regions such as
 * `Europe/Amsterdam`, `Z`, `UTC` and offsets such as `+02:00`. Digits beyond microseconds are cut. Null when the text is no timestamp.
 */
export function timestampFromText(text: string): number | null {
  return plainTimestamp(text) ?? anyTimestamp(text);
}

/** The usual form, `yyyy-MM-dd HH:mm:ss[.fraction][Z]` of 19 to 27 characters, without a regular expression; null for others. */
function plainTimestamp(text: string): number | null {
  const { length } = text;
  if (length < 19 || length > 27 || text[4] !== '-' || text[7] !== '-' || text[13] !== ':' || text[16] !== ':')
    return null;
  if (text[10] !== ' ' && text[10] !== 'T') return null;
  const end = text[length - 1] === 'Z' ? length - 1 : length;
  if (end > 26 || (end > 19 && text[19] !== '.')) return null;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  const clock = digits(text, 11, 13) * HOUR + digits(text, 14, 16) * MINUTE + digits(text, 17, 19) * SECOND;
  const fraction = end > 20 ? digits(text, 20, end) * 10 ** (26 - end) : 0;
  // Without digits everywhere the sum is no number.
  if (Number.isNaN(year + month + day + clock + fraction)) return null;
  if (text[14] > '5' || text[17] > '5' || clock >= DAY) return null;
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  const micros = daysOf(year, month, day) * DAY + clock + fraction;
  return isExact(micros, fraction) ? micros : null;
}

/** The number that digits from `start` to `end` write; NaN where another character is among them. */
function digits(text: string, start: number, end: number): number {
  let number = 0;
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return NaN;
    number = number * 10 + digit;
  }
  return number;
}

function anyTimestamp(text: string): number | null {
  const match = TIMESTAMP_TEXT.exec(text.trim());
  if (match === null) return null;
  const day = validDay(match[1], match[2], match[3]);
  const [hour, minute, second] = [Number(match[4] ?? 0), Number(match[5] ?? 0), Number(match[6] ?? 0)];
  if (day === null || hour > 23 || minute > 59 || second > 59) return null;
  const fraction = match[7] ? Number(match[7].slice(0, 6).padEnd(6, '0')) : 0;
  const local = day * DAY + hour * HOUR + minute * MINUTE + second * SECOND + fraction;
  const zone = match[8] === undefined ? null : timeZone(match[8].trim());
  if (zone === null && match[8] !== undefined) return null;
  const micros = zone === null ? local : localToUtc(zone, local);
  return isExact(micros, fraction) ? micros : null;
}

/**
 * True where a number holds the time exactly: up to 2^53 any microsecond (the years 1684 to 2255), and since a second is a multiple of 2^6
 * microseconds, up to 2^59 a time without a fraction of a second.
 */
export const isExact = (micros: number, fraction: number): boolean =>
  Number.isSafeInteger(micros) || (fraction === 0 && Math.abs(micros) < 2 ** 59);

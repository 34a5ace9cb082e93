/**
 * Reads times by character arithmetic, where they are written in a usual way. On anything else the answer is NaN, which says that it is in
 * doubt, not that it is wrong.
 */

const ZERO = 0x30;
const DASH = 0x2d;
const PLUS = 0x2b;
const COLON = 0x3a;
const DOT = 0x2e;
const SPACE = 0x20;
const T = 0x54;
const Z = 0x5a;

const MICROS_PER_DAY = 86_400_000_000;
const MICROS_PER_MINUTE = 60_000_000;

/** What the last digit of a fraction is worth, by the number of its digits. */
const DIGIT_MICROS = [0, 100_000, 10_000, 1_000, 100, 10, 1];

/** In the years between, microseconds are whole numbers without loss. */
const FIRST_YEAR = 1700;
const LAST_YEAR = 2200;

/**
 * Microseconds of `2026-01-01T12:07:00` in text[start, end): with T or a space, with up to six digits of a fraction or none, with Z, an
 * offset like +02:00, or without a zone, which is UTC.
 */
export function scanTimestamp(text: string, start: number, end: number): number {
  if (end - start < 19) return NaN;
  const year = fourDigits(text, start);
  if (year < FIRST_YEAR || year > LAST_YEAR) return NaN;
  const between = text.charCodeAt(start + 10);
  if (between !== T && between !== SPACE) return NaN;
  if (text.charCodeAt(start + 13) !== COLON || text.charCodeAt(start + 16) !== COLON) return NaN;
  const hour = twoDigits(text, start + 11);
  const minute = twoDigits(text, start + 14);
  const second = twoDigits(text, start + 17);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return NaN;

  let i = start + 19;
  let fraction = 0;
  if (i < end && text.charCodeAt(i) === DOT) {
    const first = ++i;
    for (; i < end; i++) {
      const digit = text.charCodeAt(i) - ZERO;
      if (digit < 0 || digit > 9) break;
      fraction = fraction * 10 + digit;
    }
    const digits = i - first;
    if (digits === 0 || digits > 6) return NaN;
    fraction *= DIGIT_MICROS[digits];
  }
  const seconds = (hour * 60 + minute) * 60 + second;
  const day = scanDay(text, start, year);
  return day * MICROS_PER_DAY + seconds * 1_000_000 + fraction - offsetMicros(text, i, end);
}

/** Days of `2026-01-01` in text[start, end). */
export function scanDate(text: string, start: number, end: number): number {
  return end - start === 10 ? scanDay(text, start, fourDigits(text, start)) : NaN;
}

/** What a zone at the end of a timestamp is ahead of UTC. */
function offsetMicros(text: string, start: number, end: number): number {
  if (start === end) return 0;
  const sign = text.charCodeAt(start);
  if (sign === Z) return start + 1 === end ? 0 : NaN;
  if ((sign !== PLUS && sign !== DASH) || end - start !== 6 || text.charCodeAt(start + 3) !== COLON) return NaN;
  const hours = twoDigits(text, start + 1);
  const minutes = twoDigits(text, start + 4);
  if (hours < 0 || minutes < 0) return NaN;
  const micros = (hours * 60 + minutes) * MICROS_PER_MINUTE;
  return sign === DASH ? -micros : micros;
}

/** Days since 1970 of a date that exists. */
function scanDay(text: string, start: number, year: number): number {
  if (text.charCodeAt(start + 4) !== DASH || text.charCodeAt(start + 7) !== DASH) return NaN;
  const month = twoDigits(text, start + 5);
  const day = twoDigits(text, start + 8);
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(month, year)) return NaN;
  // Years that begin in March have their leap day at the end, and the lengths of their months follow a line.
  const marchYear = month > 2 ? year : year - 1;
  const monthsSinceMarch = month > 2 ? month - 3 : month + 9;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return marchYear * 365 + leapDays + Math.floor((monthsSinceMarch * 153 + 2) / 5) + day - DAYS_FROM_MARCH_0;
}

/** From the last of February of the year 0 to the first day of 1970. */
const DAYS_FROM_MARCH_0 = 719_469;

function daysIn(month: number, year: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** So far below zero that nothing that is added makes up for it. */
const NO_DIGITS = -10_000;

/** Negative when they are not digits. */
const fourDigits = (text: string, at: number): number => twoDigits(text, at) * 100 + twoDigits(text, at + 2);

/** Negative when they are not digits. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NO_DIGITS;
}

import type { TimeZone } from '../core/time-zone.ts';
import { localToUtc, timeZone } from '../core/time-zone.ts';
import { MONTHS } from './time-format.ts';
import type { PatternPart } from './time-pattern.ts';
import { readingParts } from './time-pattern.ts';
import { DAY, daysInMonth, daysOf, HOUR, isLeap, MINUTE, SECOND } from './time-text.ts';

/** What was read of a time. What the pattern does not name keeps its default. */
interface Fields {
  year: number;
  month: number;
  day: number;
  /** Instead of month and day. */
  dayOfYear: number | null;
  beforeChrist: boolean;
  hour: number | null;
  /** The hour of a half day, 0 to 11. */
  halfHour: number | null;
  afternoon: boolean;
  minute: number;
  second: number;
  micros: number;
  zone: TimeZone | null;
}

const START: Fields = {
  year: 1970,
  month: 1,
  day: 1,
  dayOfYear: null,
  beforeChrist: false,
  hour: null,
  halfHour: null,
  afternoon: false,
  minute: 0,
  second: 0,
  micros: 0,
  zone: null,
};

/**
 * The time in microseconds that a text written by a datetime pattern means, in UTC where it names no zone; null when the text does not fit.
 * Case does not matter. Throws INVALID_DATETIME_PATTERN.
 */
export function parseTime(text: string, pattern: string): number | null {
  const fields = { ...START };
  const end = readParts(readingParts(pattern), text, 0, fields);
  return end === text.length ? timeOf(fields) : null;
}

/** The position behind the parts; null when the text does not fit them. */
function readParts(parts: readonly PatternPart[], text: string, start: number, fields: Fields): number | null {
  let at = start;
  for (const part of parts) {
    if (part.kind === 'optional') {
      const attempt = { ...fields };
      const end = readParts(part.parts, text, at, attempt);
      if (end === null) continue;
      Object.assign(fields, attempt);
      at = end;
    } else if (part.kind === 'text') {
      if (!startsWith(text, part.text, at)) return null;
      at += part.text.length;
    } else {
      const end = readField(part.letter, part.width, part.reserved, text, at, fields);
      if (end === null) return null;
      at = end;
    }
  }
  return at;
}

/** Whatever the case. */
const startsWith = (text: string, part: string, at: number): boolean =>
  text.startsWith(part, at) || text.slice(at, at + part.length).toLowerCase() === part.toLowerCase();

/** Reads the field at `at` into `fields`; gives the position behind it, or null where there is none. */
function readField(
  letter: string,
  width: number,
  reserved: number,
  text: string,
  at: number,
  fields: Fields,
): number | null {
  switch (letter) {
    case 'y':
      return readYear(width, reserved, text, at, fields);
    case 'G': {
      const match = /^(AD|BC|Anno Domini|Before Christ)/i.exec(text.slice(at));
      if (match !== null) fields.beforeChrist = /^b/i.test(match[0]);
      return match === null ? null : at + match[0].length;
    }
    case 'a': {
      const match = /^[AP]M/i.exec(text.slice(at));
      if (match !== null) fields.afternoon = /^p/i.test(match[0]);
      return match === null ? null : at + 2;
    }
    case 'S': {
      const end = digitsEnd(text, at, width);
      if (end > at) fields.micros = Number(text.slice(at, Math.min(end, at + 6)).padEnd(6, '0'));
      return end > at ? end : null;
    }
    case 'V':
    case 'z':
    case 'O':
    case 'X':
    case 'x':
    case 'Z':
      return readZone(letter, width, text, at, fields);
    case 'M':
    case 'L':
      if (width >= 3) return readMonthName(width, text, at, fields);
      break;
    default:
  }
  // Exactly the width, or, where that is 1, as many as there are less those that the fields behind need.
  const widest = letter === 'D' ? 3 : width;
  const most = width > 1 ? widest : Math.max(digitsEnd(text, at, 9 + reserved) - at - reserved, 1);
  const end = digitsEnd(text, at, most);
  return end - at >= width && setNumber(letter, numberAt(text, at, end), fields) ? end : null;
}

function readMonthName(width: number, text: string, at: number, fields: Fields): number | null {
  for (let month = 0; month < 12; month++) {
    const name = width === 3 ? MONTHS[month].slice(0, 3) : MONTHS[month];
    if (text.slice(at, at + name.length).toLowerCase() !== name.toLowerCase()) continue;
    fields.month = month + 1;
    return at + name.length;
  }
  return null;
}

/** The position behind at most `most` digits. */
function digitsEnd(text: string, at: number, most: number): number {
  let end = at;
  while (end - at < most) {
    const code = text.charCodeAt(end);
    if (!(code >= 0x30 && code <= 0x39)) break;
    end++;
  }
  return end;
}

function numberAt(text: string, at: number, end: number): number {
  let number = 0;
  for (let i = at; i < end; i++) number = number * 10 + text.charCodeAt(i) - 0x30;
  return number;
}

/** False where the number is out of the field's range. */
function setNumber(letter: string, value: number, fields: Fields): boolean {
  switch (letter) {
    case 'M':
    case 'L':
      fields.month = value;
      return value >= 1 && value <= 12;
    case 'd':
      fields.day = value;
      return value >= 1 && value <= 31;
    case 'D':
      fields.dayOfYear = value;
      return value >= 1 && value <= 366;
    case 'H':
      fields.hour = value;
      return value <= 23;
    case 'k':
      fields.hour = value % 24;
      return value >= 1 && value <= 24;
    case 'K':
      fields.halfHour = value;
      return value <= 11;
    case 'h':
      fields.halfHour = value % 12;
      return value >= 1 && value <= 12;
    case 'm':
      fields.minute = value;
      return value <= 59;
    default:
      fields.second = value;
      return value <= 59;
  }
}

/** Two digits are a year of this century; from four digits on, more need a sign. */
function readYear(width: number, reserved: number, text: string, at: number, fields: Fields): number | null {
  if (width === 2 || (reserved > 0 && width > 1)) {
    const end = digitsEnd(text, at, width);
    fields.year = numberAt(text, at, end) + (width === 2 ? 2000 : 0);
    return end - at === width ? end : null;
  }
  const signed = text[at] === '+' || text[at] === '-';
  const start = signed ? at + 1 : at;
  const end = digitsEnd(text, start, Math.max(digitsEnd(text, start, 9 + reserved) - start - reserved, 1));
  const count = end - start;
  if (count < width || count === 0) return null;
  if (width >= 4 && count > width !== (text[at] === '+') && text[at] !== '-') return null;
  fields.year = numberAt(text, start, end) * (text[at] === '-' ? -1 : 1);
  return end;
}

const OFFSETS: Readonly<Record<string, RegExp>> = {
  X1: /^(?:Z|[+-]\d{2}(?:\d{2})?)/,
  X2: /^(?:Z|[+-]\d{4})/,
  X3: /^(?:Z|[+-]\d{2}:\d{2})/,
  X4: /^(?:Z|[+-]\d{4}(?:\d{2})?)/,
  X5: /^(?:Z|[+-]\d{2}:\d{2}(?::\d{2})?)/,
  x1: /^[+-]\d{2}(?:\d{2})?/,
  x2: /^[+-]\d{4}/,
  x3: /^[+-]\d{2}:\d{2}/,
  x4: /^[+-]\d{4}(?:\d{2})?/,
  x5: /^[+-]\d{2}:\d{2}(?::\d{2})?/,
  Z1: /^[+-]\d{4}/,
  Z2: /^[+-]\d{4}/,
  Z3: /^[+-]\d{4}/,
  Z4: /^GMT(?:[+-]\d{2}:\d{2})?/,
  Z5: /^(?:Z|[+-]\d{2}:\d{2}(?::\d{2})?)/,
  O1: /^GMT(?:[+-]\d{1,2}(?::\d{2})?)?/,
  O4: /^GMT(?:[+-]\d{2}:\d{2})?/,
};
const REGION = /^(?:[A-Za-z][A-Za-z0-9~/._:+-]*|[+-]\d{1,2}(?::?\d{2})?)/;

function readZone(letter: string, width: number, text: string, at: number, fields: Fields): number | null {
  const match = (OFFSETS[letter + String(width)] ?? REGION).exec(text.slice(at));
  const zone = match === null ? null : timeZone(match[0]);
  if (match === null || zone === null) return null;
  fields.zone = zone;
  return at + match[0].length;
}

function timeOf(fields: Fields): number | null {
  const year = fields.beforeChrist ? 1 - fields.year : fields.year;
  const day = dayOfFields(year, fields);
  if (day === null) return null;
  const hour = fields.hour ?? (fields.halfHour ?? 0) + (fields.afternoon ? 12 : 0);
  const local = day * DAY + hour * HOUR + fields.minute * MINUTE + fields.second * SECOND + fields.micros;
  return fields.zone === null ? local : localToUtc(fields.zone, local);
}

function dayOfFields(year: number, { month, day, dayOfYear }: Fields): number | null {
  if (dayOfYear !== null) return dayOfYear <= (isLeap(year) ? 366 : 365) ? daysOf(year, 1, dayOfYear) : null;
  return day <= daysInMonth(year, month) ? daysOf(year, month, day) : null;
}

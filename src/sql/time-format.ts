import { fail } from './failure.ts';
import { civilOf, DAY, dayOf, daysInMonth, daysOf, HOUR, MINUTE, padded, SECOND } from './time-text.ts';

/** One run of equal pattern letters, or text that stands for itself. */
type Part = { readonly letter: string; readonly width: number } | { readonly text: string };

const LETTERS = 'yMdHhmsSaEDQX';
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

const parsed = new Map<string, readonly Part[]>();

/** The parts of a datetime pattern such as `yyyy-MM-dd'T'HH:mm:ss`. Throws INVALID_DATETIME_PATTERN. */
function partsOf(pattern: string): readonly Part[] {
  let parts = parsed.get(pattern);
  if (parts === undefined) {
    parts = parse(pattern);
    if (parsed.size >= 1_000) parsed.clear();
    parsed.set(pattern, parts);
  }
  return parts;
}

function parse(pattern: string): Part[] {
  const parts: Part[] = [];
  for (const [whole, quoted, letters] of pattern.matchAll(/'((?:[^']|'')*)'|(([A-Za-z])\3*)|[\s\S]/g)) {
    if (quoted !== undefined) parts.push({ text: quoted === '' ? "'" : quoted.replaceAll("''", "'") });
    else if (letters === undefined) parts.push({ text: whole });
    else if (LETTERS.includes(letters[0])) parts.push({ letter: letters[0], width: letters.length });
    else
      fail(
        'INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER',
        `the pattern '${pattern}' has the unknown letter ${letters[0]}`,
      );
  }
  return parts;
}

/** A time as text. Throws INVALID_DATETIME_PATTERN. */
export function formatTime(micros: number, pattern: string): string {
  const day = dayOf(micros);
  const inDay = micros - day * DAY;
  let text = '';
  for (const part of partsOf(pattern))
    text += 'text' in part ? part.text : formatPart(part.letter, part.width, day, inDay);
  return text;
}

function formatPart(letter: string, width: number, day: number, inDay: number): string {
  const { year, month, day: dayOfMonth } = civilOf(day);
  const hour = Math.floor(inDay / HOUR);
  switch (letter) {
    case 'y':
      return width === 2 ? padded(year % 100, 2) : padded(year, width);
    case 'M':
      if (width >= 3) return width === 3 ? MONTHS[month - 1].slice(0, 3) : MONTHS[month - 1];
      return padded(month, width);
    case 'd':
      return padded(dayOfMonth, width);
    case 'D':
      return padded(day - daysOf(year, 1, 1) + 1, width);
    case 'Q':
      return padded(Math.ceil(month / 3), width);
    case 'E': {
      const name = WEEKDAYS[weekdayOf(day)];
      return width <= 3 ? name.slice(0, 3) : name;
    }
    case 'a':
      return hour < 12 ? 'AM' : 'PM';
    case 'H':
      return padded(hour, width);
    case 'h':
      return padded(hour % 12 === 0 ? 12 : hour % 12, width);
    case 'm':
      return padded(Math.floor(inDay / MINUTE) % 60, width);
    case 's':
      return padded(Math.floor(inDay / SECOND) % 60, width);
    case 'S':
      return padded(inDay % SECOND, 6)
        .padEnd(width, '0')
        .slice(0, width);
    default:
      return 'Z';
  }
}

/** Monday is 0. */
export const weekdayOf = (day: number): number => (((day + 3) % 7) + 7) % 7;

/** The time that a text written by a pattern means; null when the text does not fit. Throws INVALID_DATETIME_PATTERN. */
export function parseTime(text: string, pattern: string): number | null {
  const fields = new Map<string, number>();
  let at = 0;
  for (const part of partsOf(pattern)) {
    if ('text' in part) {
      if (!text.startsWith(part.text, at)) return null;
      at += part.text.length;
      continue;
    }
    const read = readPart(text.slice(at), part.letter, part.width);
    if (read === null) return null;
    fields.set(part.letter, read.value);
    at += read.length;
  }
  if (at !== text.length) return null;
  return timeOf(fields);
}

function readPart(text: string, letter: string, width: number): { value: number; length: number } | null {
  switch (letter) {
    case 'E': {
      const found = WEEKDAYS.map((name) => (width <= 3 ? name.slice(0, 3) : name)).find((name) =>
        text.startsWith(name),
      );
      return found === undefined ? null : { value: 0, length: found.length };
    }
    case 'a': {
      const match = /^[AP]M/i.exec(text);
      return match === null ? null : { value: match[0].toUpperCase() === 'PM' ? 1 : 0, length: 2 };
    }
    case 'X': {
      const match = /^(?:Z|([+-])(\d{2}):?(\d{2})?)/.exec(text);
      if (match === null) return null;
      const size = Number(match[2] ?? 0) * HOUR + Number(match[3] ?? 0) * MINUTE;
      return { value: match[1] === '-' ? -size : size, length: match[0].length };
    }
    default:
  }
  if (letter === 'M' && width >= 3) {
    const month = MONTHS.findIndex((name) => text.startsWith(width === 3 ? name.slice(0, 3) : name));
    return month < 0 ? null : { value: month + 1, length: width === 3 ? 3 : MONTHS[month].length };
  }
  const digits = letter === 'S' || width > 1 ? new RegExp(`^\\d{${width}}`).exec(text) : /^\d{1,9}/.exec(text);
  if (digits === null) return null;
  const value = Number(letter === 'S' ? digits[0].slice(0, 6).padEnd(6, '0') : digits[0]);
  return { value: letter === 'y' && width === 2 ? 2000 + value : value, length: digits[0].length };
}

function timeOf(fields: ReadonlyMap<string, number>): number | null {
  const field = (letter: string, otherwise: number): number => fields.get(letter) ?? otherwise;
  const year = field('y', 1970);
  const month = field('M', 1);
  const day = field('d', 1);
  const half = fields.get('h');
  const hour = half === undefined ? field('H', 0) : (half % 12) + 12 * field('a', 0);
  const [minute, second] = [field('m', 0), field('s', 0)];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 59 || (half !== undefined && (half < 1 || half > 12))) return null;
  return (
    daysOf(year, month, day) * DAY + hour * HOUR + minute * MINUTE + second * SECOND + field('S', 0) - field('X', 0)
  );
}

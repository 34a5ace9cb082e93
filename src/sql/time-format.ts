import { dayOfYear, quarterOf, weekdayOf } from './calendar.ts';
import type { PatternPart } from './time-pattern.ts';
import { patternParts } from './time-pattern.ts';
import type { Civil } from './time-text.ts';
import { civilOf, DAY, dayOf, HOUR, MINUTE, padded, SECOND } from './time-text.ts';

export const MONTHS = [
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
export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const QUARTERS = ['1st', '2nd', '3rd', '4th'];

/** A time as text by a datetime pattern, in UTC. Throws INVALID_DATETIME_PATTERN. */
export function formatTime(micros: number, pattern: string): string {
  const day = dayOf(micros);
  return formatParts(patternParts(pattern), civilOf(day), day, micros - day * DAY);
}

function formatParts(parts: readonly PatternPart[], date: Civil, day: number, inDay: number): string {
  let text = '';
  for (const part of parts) {
    if (part.kind === 'text') text += part.text;
    else if (part.kind === 'field') text += formatField(part.letter, part.width, date, day, inDay);
    else text += formatParts(part.parts, date, day, inDay);
  }
  return text;
}

function formatField(letter: string, width: number, date: Civil, day: number, inDay: number): string {
  const hour = Math.floor(inDay / HOUR);
  switch (letter) {
    case 'G':
      return width < 4 ? (date.year > 0 ? 'AD' : 'BC') : date.year > 0 ? 'Anno Domini' : 'Before Christ';
    case 'y':
      return yearText(date.year, width);
    case 'M':
    case 'L':
      if (width >= 3) return width === 3 ? MONTHS[date.month - 1].slice(0, 3) : MONTHS[date.month - 1];
      return padded(date.month, width);
    case 'd':
      return padded(date.day, width);
    case 'D':
      return padded(dayOfYear(day), width);
    case 'Q':
    case 'q': {
      const quarter = quarterOf(day);
      return width < 3 ? padded(quarter, width) : width === 3 ? `Q${quarter}` : `${QUARTERS[quarter - 1]} quarter`;
    }
    case 'E': {
      const name = WEEKDAYS[weekdayOf(day)];
      return width < 4 ? name.slice(0, 3) : name;
    }
    case 'F':
      return String(((date.day - 1) % 7) + 1);
    case 'a':
      return hour < 12 ? 'AM' : 'PM';
    case 'H':
      return padded(hour, width);
    case 'k':
      return padded(hour === 0 ? 24 : hour, width);
    case 'K':
      return padded(hour % 12, width);
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
      return utcText(letter, width);
  }
}

/** Years beyond four digits have a sign, as Java writes them. */
function yearText(year: number, width: number): string {
  if (width === 2) return padded(Math.abs(year) % 100, 2);
  const digits = padded(Math.abs(year), width);
  return `${year < 0 ? '-' : width >= 4 && digits.length > width ? '+' : ''}${digits}`;
}

/** What the letters for zones write. */
function utcText(letter: string, width: number): string {
  switch (letter) {
    case 'V':
      return 'UTC';
    case 'z':
      return width < 4 ? 'UTC' : 'Coordinated Universal Time';
    case 'O':
      return 'GMT';
    case 'X':
      return 'Z';
    case 'x':
      return width === 1 ? '+00' : width % 2 === 0 ? '+0000' : '+00:00';
    default:
      return width < 4 ? '+0000' : width === 4 ? 'GMT' : 'Z';
  }
}

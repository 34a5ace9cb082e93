import type { DataType, IntervalType, YearMonthIntervalType } from './types.ts';

export type AnyInterval = IntervalType | YearMonthIntervalType;

export const DAY_TIME_FIELDS = ['day', 'hour', 'minute', 'second'] as const;
export const YEAR_MONTH_FIELDS = ['year', 'month'] as const;

export const isInterval = (type: DataType): type is AnyInterval =>
  type.kind === 'interval' || type.kind === 'yearMonthInterval';

/** Microseconds of the day-time fields, months of the others. */
export const FIELD_SIZE: Readonly<Record<string, number>> = {
  day: 86_400_000_000,
  hour: 3_600_000_000,
  minute: 60_000_000,
  second: 1_000_000,
  year: 12,
  month: 1,
};

/** What an interval of these fields can hold of a value: the smallest field's part and less is cut off. */
export function cutToField(value: number, type: AnyInterval): number {
  return type.to === 'second' ? value : value - (value % FIELD_SIZE[type.to]) + 0;
}

/** `INTERVAL '1 02:00:00' DAY TO SECOND`, `INTERVAL '1-2' YEAR TO MONTH`: how Spark casts intervals to strings. */
export function intervalText(value: number, type: AnyInterval): string {
  const fields = type.from === type.to ? type.from : `${type.from} to ${type.to}`;
  const size = Math.abs(value);
  const digits = type.kind === 'interval' ? dayTimeDigits(size, type) : yearMonthDigits(size, type);
  return `INTERVAL '${value < 0 ? '-' : ''}${digits}' ${fields.toUpperCase()}`;
}

const padded = (amount: number, width: number): string => String(amount).padStart(width, '0');

function yearMonthDigits(months: number, { from, to }: YearMonthIntervalType): string {
  if (from === 'month') return String(months);
  const years = String(Math.floor(months / 12));
  return to === 'year' ? years : `${years}-${months % 12}`;
}

function dayTimeDigits(micros: number, { from, to }: IntervalType): string {
  const [first, last] = [DAY_TIME_FIELDS.indexOf(from), DAY_TIME_FIELDS.indexOf(to)];
  let rest = micros;
  let text = '';
  for (let i = first; i <= last; i++) {
    const field = DAY_TIME_FIELDS[i];
    const amount = Math.floor(rest / FIELD_SIZE[field]);
    rest %= FIELD_SIZE[field];
    if (i > first) text += field === 'hour' ? ' ' : ':';
    text += field === 'day' ? String(amount) : padded(amount, 2);
  }
  return to === 'second' && rest > 0 ? `${text}.${padded(rest, 6).replace(/0+$/, '')}` : text;
}

const QUOTED = /^interval\s+([+-]?)'(.*)'\s+([a-z]+)(?:\s+to\s+([a-z]+))?$/i;

/** The interval that a text means to a cast: `1 02:00:00` or `INTERVAL '1 02:00:00' DAY TO SECOND`, with the type's fields. Null for others. */
export function intervalFromText(text: string, type: AnyInterval): number | null {
  const trimmed = text.trim();
  const quoted = QUOTED.exec(trimmed);
  if (quoted === null) return intervalOfDigits(trimmed, type);
  const [, sign, digits, from, to = from] = quoted;
  if (from.toLowerCase() !== type.from || to.toLowerCase() !== type.to) return null;
  const value = intervalOfDigits(digits, type);
  return value !== null && sign === '-' ? 0 - value : value;
}

const SHAPES = new Map<string, RegExp>();

/** The standard's digits for an interval of some fields, e.g. `1 02:03:04.5` for day to second; null when they do not fit. */
export function intervalOfDigits(text: string, type: AnyInterval): number | null {
  const name = `${type.from} ${type.to}`;
  const shape = SHAPES.get(name) ?? shapeOf(type);
  SHAPES.set(name, shape);
  const match = shape.exec(text.trim());
  if (match === null) return null;
  const fields = fieldsOf(type);
  let total = 0;
  for (let i = 0; i < fields.length; i++) {
    const amount = Number(match[i + 2]);
    if (i > 0 && amount > LARGEST[fields[i]]) return null;
    total += amount * FIELD_SIZE[fields[i]];
  }
  const fraction = match[fields.length + 2] ?? '';
  total += Number(fraction.slice(0, 6).padEnd(6, '0'));
  if (!Number.isSafeInteger(total)) return null;
  return match[1] === '-' ? 0 - total : total;
}

/** What fields behind the first can be at most. */
const LARGEST: Readonly<Record<string, number>> = { month: 11, hour: 23, minute: 59, second: 59 };

function fieldsOf({ kind, from, to }: AnyInterval): readonly string[] {
  const all: readonly string[] = kind === 'interval' ? DAY_TIME_FIELDS : YEAR_MONTH_FIELDS;
  return all.slice(all.indexOf(from), all.indexOf(to) + 1);
}

function shapeOf(type: AnyInterval): RegExp {
  const fields = fieldsOf(type);
  const separators: Readonly<Record<string, string>> = { month: '-', hour: '\\s+', minute: ':', second: ':' };
  const digits = fields.map((field, i) => (i === 0 ? '(\\d+)' : `${separators[field]}(\\d{1,2})`)).join('');
  return new RegExp(`^([+-])?${digits}${type.to === 'second' ? '(?:\\.(\\d{1,9}))?' : ''}$`);
}

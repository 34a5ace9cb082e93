import { civilOf, DAY, dayOf, daysInMonth, daysOf, HOUR, MINUTE, SECOND } from './time-text.ts';

/** Arithmetic of Spark's calendar: days since 1970-01-01, and microseconds since then in UTC. */

/** The remainder that is never negative. */
export const modulo = (value: number, by: number): number => ((value % by) + by) % by;

/** Monday is 0. */
export const weekdayOf = (day: number): number => modulo(day + 3, 7);

/** The same day of another month, or its last day. */
export function addMonths(days: number, months: number): number {
  const { year, month, day } = civilOf(days);
  const total = year * 12 + month - 1 + months;
  const [y, m] = [Math.floor(total / 12), modulo(total, 12) + 1];
  return daysOf(y, m, Math.min(day, daysInMonth(y, m)));
}

/** `addMonths` of the day, with the time of the day kept. */
export function addMonthsToTime(micros: number, months: number): number {
  const day = dayOf(micros);
  return addMonths(day, months) * DAY + (micros - day * DAY);
}

export function lastDay(days: number): number {
  const { year, month } = civilOf(days);
  return daysOf(year, month, daysInMonth(year, month));
}

/** The next day behind `days` that is a weekday, counted from 0 for Monday. */
export const nextWeekday = (days: number, weekday: number): number =>
  days + 1 + modulo(weekday - weekdayOf(days) - 1, 7);

/** ISO 8601: the week that holds the year's first Thursday is the first. */
export function weekOfYear(days: number): number {
  const thursday = days - weekdayOf(days) + 3;
  return Math.floor((thursday - daysOf(civilOf(thursday).year, 1, 1)) / 7) + 1;
}

/** The year that the ISO week belongs to. */
export const yearOfWeek = (days: number): number => civilOf(days - weekdayOf(days) + 3).year;

export const quarterOf = (days: number): number => Math.ceil(civilOf(days).month / 3);
export const dayOfYear = (days: number): number => days - daysOf(civilOf(days).year, 1, 1) + 1;

const CLOCK_UNITS: Readonly<Record<string, number>> = {
  day: DAY,
  dd: DAY,
  hour: HOUR,
  minute: MINUTE,
  second: SECOND,
  millisecond: 1_000,
  microsecond: 1,
};

/** The first day of a day's year, quarter, month or week; null for another unit. */
export function truncatedDay(days: number, unit: string): number | null {
  const { year, month } = civilOf(days);
  switch (unit.toLowerCase()) {
    case 'year':
    case 'yyyy':
    case 'yy':
      return daysOf(year, 1, 1);
    case 'quarter':
      return daysOf(year, month - ((month - 1) % 3), 1);
    case 'month':
    case 'mm':
    case 'mon':
      return daysOf(year, month, 1);
    case 'week':
      return days - weekdayOf(days);
    default:
      return null;
  }
}

/** The start of the unit that a time lies in; null for an unknown unit. */
export function truncatedTime(unit: string, micros: number): number | null {
  const size = CLOCK_UNITS[unit.toLowerCase()];
  if (size !== undefined) return Math.floor(micros / size) * size;
  const days = truncatedDay(dayOf(micros), unit);
  return days === null ? null : days * DAY;
}

/** Whole months between two times where both are the same day of the month or its last, else with a part of 31 days. */
export function monthsBetween(end: number, start: number, rounded = true): number {
  const [endDay, startDay] = [dayOf(end), dayOf(start)];
  const [a, b] = [civilOf(endDay), civilOf(startDay)];
  const months = (a.year - b.year) * 12 + a.month - b.month;
  const bothLast = a.day === daysInMonth(a.year, a.month) && b.day === daysInMonth(b.year, b.month);
  if (a.day === b.day || bothLast) return months;
  const inDay = (micros: number, day: number): number => Math.floor((micros - day * DAY) / SECOND);
  const seconds = (a.day - b.day) * 86_400 + inDay(end, endDay) - inDay(start, startDay);
  const difference = months + seconds / (31 * 86_400);
  return rounded ? Math.round(difference * 1e8) / 1e8 : difference;
}

/** Months that passed entirely between two times, negative when `end` comes first. */
export function wholeMonths(start: number, end: number): number {
  const [a, b] = [civilOf(dayOf(start)), civilOf(dayOf(end))];
  const months = (b.year - a.year) * 12 + b.month - a.month;
  const inMonth = (micros: number, day: number): number => day * DAY + modulo(micros, DAY);
  const rest = inMonth(end, b.day) - inMonth(start, a.day);
  if (months > 0 && rest < 0) return months - 1;
  return months < 0 && rest > 0 ? months + 1 : months;
}

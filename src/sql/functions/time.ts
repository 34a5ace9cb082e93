import { BIGINT, DATE, DOUBLE, INT, STRING, TIMESTAMP } from '../../core/types.ts';
import type { DataType, Value } from '../../core/types.ts';
import { addLong, fitting, overflow } from '../arithmetic.ts';
import { castTo } from '../coercion.ts';
import type { Expression } from '../expression.ts';
import { fail } from '../failure.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { call, expectCount, operandAs, takes } from '../function-spec.ts';
import { civilOf, DAY, dayOf, daysInMonth, daysOf, HOUR, MINUTE, SECOND } from '../time-text.ts';
import { formatTime, parseTime, weekdayOf } from '../time-format.ts';

function now(site: CallSite): Expression {
  expectCount(site, 0);
  return { kind: 'batchTime', type: TIMESTAMP, span: site.span };
}

function today(site: CallSite): Expression {
  return castTo(now(site), DATE, false, site.span);
}

/** A part of a calendar day. */
const dayPart = (part: (days: number) => number): ((site: CallSite) => Expression) => takes([DATE], INT, part);
/** A part of the time of day. */
const clockPart = (unit: number, modulus: number): ((site: CallSite) => Expression) =>
  takes([TIMESTAMP], INT, (micros: number) => modulo(Math.floor(micros / unit), modulus));

const modulo = (value: number, by: number): number => ((value % by) + by) % by;

/** ISO 8601: the week that holds the year's first Thursday is the first. */
function weekOfYear(days: number): number {
  const thursday = days - weekdayOf(days) + 3;
  return Math.floor((thursday - daysOf(civilOf(thursday).year, 1, 1)) / 7) + 1;
}

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
function truncatedDay(days: number, unit: string): number | null {
  const { year, month } = civilOf(days);
  switch (unit) {
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

function truncated(unit: string, micros: number): Value {
  const name = unit.toLowerCase();
  const size = CLOCK_UNITS[name];
  if (size !== undefined) return Math.floor(micros / size) * size;
  const days = truncatedDay(dayOf(micros), name);
  return days === null ? null : days * DAY;
}

/** `add_months`: the same day of another month, or its last day. */
function addMonths(days: number, months: number): number {
  const { year, month, day } = civilOf(days);
  const total = year * 12 + month - 1 + months;
  const [y, m] = [Math.floor(total / 12), modulo(total, 12) + 1];
  return daysOf(y, m, Math.min(day, daysInMonth(y, m)));
}

/** A text to a time, by Spark's own rules or a pattern. */
function toTime(type: DataType, attempt: boolean): (site: CallSite) => Expression {
  return (site) => {
    expectCount(site, 1, 2);
    if (site.count === 1 || site.operand(0).type.kind !== 'string')
      return castTo(site.operand(0), type, attempt, site.span);
    const parse = (text: string, pattern: string): Value => {
      const micros = parseTime(text, pattern);
      if (micros === null) {
        if (attempt) return null;
        return fail(
          'CANNOT_PARSE_TIMESTAMP',
          `'${text}' does not fit the pattern '${pattern}'; use try_to_timestamp to get null instead`,
        );
      }
      return type.kind === 'date' ? dayOf(micros) : micros;
    };
    return call(site, [site.operand(0), operandAs(site, 1, STRING)], type, parse);
  };
}

function unixTimestamp(site: CallSite): Expression {
  expectCount(site, 0, 2);
  const span = site.span;
  if (site.count === 0) return castTo(now(site), BIGINT, false, span);
  return castTo(toTime(TIMESTAMP, false)(site), BIGINT, false, span);
}

function fromUnixTime(site: CallSite): Expression {
  expectCount(site, 1, 2);
  const pattern = site.count === 2 ? [operandAs(site, 1, STRING)] : [];
  const format = (seconds: number, text = 'yyyy-MM-dd HH:mm:ss'): string => formatTime(seconds * SECOND, text);
  return call(site, [operandAs(site, 0, BIGINT), ...pattern], STRING, format);
}

/** A count of units since the epoch as a timestamp. */
const fromUnits = (unit: number): ((site: CallSite) => Expression) => {
  return (site) => {
    expectCount(site, 1);
    const fraction = unit === SECOND && ['float', 'double'].includes(site.operand(0).type.kind);
    const fit = fitting(BIGINT);
    const convert = (value: number): number =>
      Number.isFinite(value) ? fit(Math.trunc(value * unit)) : overflow('bigint');
    return call(site, [operandAs(site, 0, fraction ? DOUBLE : BIGINT)], TIMESTAMP, convert);
  };
};

const toUnits = (unit: number): ((site: CallSite) => Expression) =>
  takes([TIMESTAMP], BIGINT, (micros: number) => Math.floor(micros / unit));

function makeDate(site: CallSite): Expression {
  const make = (year: number, month: number, day: number): number => {
    if (month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)) return daysOf(year, month, day);
    return fail('DATETIME_FIELD_OUT_OF_BOUNDS', `there is no day ${day} in month ${month} of ${year}`);
  };
  return takes([INT, INT, INT], DATE, make)(site);
}

function lastDay(days: number): number {
  const { year, month } = civilOf(days);
  return daysOf(year, month, daysInMonth(year, month));
}

const family = 'time';

export const TIME: readonly FunctionSpec[] = [
  {
    name: 'now',
    aliases: ['current_timestamp'],
    family,
    signature: 'now() -> timestamp',
    summary: 'the time of the batch, the same for all its rows',
    build: now,
  },
  {
    name: 'current_date',
    aliases: ['curdate'],
    family,
    signature: 'current_date() -> date',
    summary: 'the day of the batch',
    build: today,
  },
  {
    name: 'year',
    family,
    signature: 'year(d date) -> int',
    summary: 'the year',
    build: dayPart((d) => civilOf(d).year),
  },
  {
    name: 'quarter',
    family,
    signature: 'quarter(d date) -> int',
    summary: 'the quarter, 1 to 4',
    build: dayPart((d) => Math.ceil(civilOf(d).month / 3)),
  },
  {
    name: 'month',
    family,
    signature: 'month(d date) -> int',
    summary: 'the month, 1 to 12',
    build: dayPart((d) => civilOf(d).month),
  },
  {
    name: 'day',
    aliases: ['dayofmonth'],
    family,
    signature: 'day(d date) -> int',
    summary: 'the day of the month',
    build: dayPart((d) => civilOf(d).day),
  },
  {
    name: 'dayofweek',
    family,
    signature: 'dayofweek(d date) -> int',
    summary: '1 for Sunday to 7 for Saturday',
    build: dayPart((d) => ((weekdayOf(d) + 1) % 7) + 1),
  },
  {
    name: 'weekday',
    family,
    signature: 'weekday(d date) -> int',
    summary: '0 for Monday to 6 for Sunday',
    build: dayPart(weekdayOf),
  },
  {
    name: 'dayofyear',
    family,
    signature: 'dayofyear(d date) -> int',
    summary: 'the day of the year, from 1',
    build: dayPart((d) => d - daysOf(civilOf(d).year, 1, 1) + 1),
  },
  {
    name: 'weekofyear',
    family,
    signature: 'weekofyear(d date) -> int',
    summary: 'the ISO week of the year',
    build: dayPart(weekOfYear),
  },
  {
    name: 'hour',
    family,
    signature: 'hour(t timestamp) -> int',
    summary: 'the hour of the day, UTC',
    build: clockPart(HOUR, 24),
  },
  {
    name: 'minute',
    family,
    signature: 'minute(t timestamp) -> int',
    summary: 'the minute of the hour',
    build: clockPart(MINUTE, 60),
  },
  {
    name: 'second',
    family,
    signature: 'second(t timestamp) -> int',
    summary: 'the second of the minute',
    build: clockPart(SECOND, 60),
  },
  {
    name: 'date_trunc',
    family,
    signature: 'date_trunc(unit string, t timestamp) -> timestamp',
    summary: 'the start of the year, quarter, month, week, day, hour, minute, second … that t lies in',
    build: takes([STRING, TIMESTAMP], TIMESTAMP, truncated),
  },
  {
    name: 'trunc',
    family,
    signature: 'trunc(d date, unit string) -> date',
    summary: 'the first day of the year, quarter, month or week',
    build: takes([DATE, STRING], DATE, (days: number, unit: string) => truncatedDay(days, unit.toLowerCase())),
  },
  {
    name: 'date_format',
    family,
    signature: 'date_format(t timestamp, pattern string) -> string',
    summary: 'the time as a text, e.g. by yyyy-MM-dd HH:mm:ss',
    build: takes([TIMESTAMP, STRING], STRING, formatTime),
  },
  {
    name: 'unix_timestamp',
    aliases: ['to_unix_timestamp'],
    family,
    signature: 'unix_timestamp([t timestamp|string [, pattern string]]) -> bigint',
    summary: 'seconds since 1970',
    build: unixTimestamp,
  },
  {
    name: 'from_unixtime',
    family,
    signature: 'from_unixtime(seconds bigint [, pattern string]) -> string',
    summary: 'seconds since 1970 as a text',
    build: fromUnixTime,
  },
  {
    name: 'to_timestamp',
    family,
    signature: 'to_timestamp(text string [, pattern string]) -> timestamp',
    summary: 'the time that a text means',
    build: toTime(TIMESTAMP, false),
  },
  {
    name: 'try_to_timestamp',
    family,
    signature: 'try_to_timestamp(text string [, pattern string]) -> timestamp',
    summary: 'as to_timestamp, null where the text means none',
    build: toTime(TIMESTAMP, true),
  },
  {
    name: 'to_date',
    family,
    signature: 'to_date(text string [, pattern string]) -> date',
    summary: 'the day that a text means',
    build: toTime(DATE, false),
  },
  {
    name: 'try_to_date',
    family,
    signature: 'try_to_date(text string [, pattern string]) -> date',
    summary: 'as to_date, null where the text means none',
    build: toTime(DATE, true),
  },
  {
    name: 'timestamp_seconds',
    family,
    signature: 'timestamp_seconds(n number) -> timestamp',
    summary: 'the time so many seconds after 1970',
    build: fromUnits(SECOND),
  },
  {
    name: 'timestamp_millis',
    family,
    signature: 'timestamp_millis(n bigint) -> timestamp',
    summary: 'the time so many milliseconds after 1970',
    build: fromUnits(1_000),
  },
  {
    name: 'timestamp_micros',
    family,
    signature: 'timestamp_micros(n bigint) -> timestamp',
    summary: 'the time so many microseconds after 1970',
    build: fromUnits(1),
  },
  {
    name: 'unix_seconds',
    family,
    signature: 'unix_seconds(t timestamp) -> bigint',
    summary: 'seconds since 1970',
    build: toUnits(SECOND),
  },
  {
    name: 'unix_millis',
    family,
    signature: 'unix_millis(t timestamp) -> bigint',
    summary: 'milliseconds since 1970',
    build: toUnits(1_000),
  },
  {
    name: 'unix_micros',
    family,
    signature: 'unix_micros(t timestamp) -> bigint',
    summary: 'microseconds since 1970',
    build: toUnits(1),
  },
  {
    name: 'unix_date',
    family,
    signature: 'unix_date(d date) -> int',
    summary: 'days since 1970',
    build: takes([DATE], INT, (days: number) => days),
  },
  {
    name: 'date_add',
    aliases: ['dateadd'],
    family,
    signature: 'date_add(d date, days int) -> date',
    summary: 'the day so many days later',
    build: takes([DATE, INT], DATE, addLong),
  },
  {
    name: 'date_sub',
    family,
    signature: 'date_sub(d date, days int) -> date',
    summary: 'the day so many days before',
    build: takes([DATE, INT], DATE, (d: number, days: number) => addLong(d, -days)),
  },
  {
    name: 'datediff',
    aliases: ['date_diff'],
    family,
    signature: 'datediff(end date, start date) -> int',
    summary: 'days from start to end',
    build: takes([DATE, DATE], INT, (end: number, start: number) => end - start),
  },
  {
    name: 'add_months',
    family,
    signature: 'add_months(d date, months int) -> date',
    summary: 'the same day so many months later, or the last of that month',
    build: takes([DATE, INT], DATE, addMonths),
  },
  {
    name: 'last_day',
    family,
    signature: 'last_day(d date) -> date',
    summary: 'the last day of the month',
    build: takes([DATE], DATE, lastDay),
  },
  {
    name: 'make_date',
    family,
    signature: 'make_date(year int, month int, day int) -> date',
    summary: 'the day of these parts',
    build: makeDate,
  },
];

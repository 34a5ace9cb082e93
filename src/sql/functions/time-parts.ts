import type { DataType, Value } from '../../core/types.ts';
import { DATE, decimalOf, INT, STRING, TIMESTAMP, TINYINT, typeName } from '../../core/types.ts';
import {
  dayOfYear,
  lastDay,
  modulo,
  nextWeekday,
  quarterOf,
  truncatedDay,
  truncatedTime,
  weekdayOf,
  weekOfYear,
  yearOfWeek,
} from '../calendar.ts';
import { coerced } from '../coercion.ts';
import { Complaint } from '../complaint.ts';
import type { Expression } from '../expression.ts';
import { fail } from '../failure.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { call, expectCount, takes, unexpected } from '../function-spec.ts';
import { DAY_TIME_FIELDS, FIELD_SIZE, isInterval, YEAR_MONTH_FIELDS } from '../../core/interval.ts';
import { MONTHS, WEEKDAYS } from '../time-format.ts';
import { civilOf, dayOf, HOUR, MINUTE, SECOND } from '../time-text.ts';
import { wordOperand } from './time-operands.ts';

/** Seconds of a minute, whose last digit are microseconds. */
const SECONDS = decimalOf(8, 6);

type NumberOf = (value: number) => number;

const yearOf: NumberOf = (days) => civilOf(days).year;
const monthOf: NumberOf = (days) => civilOf(days).month;
const dayOfMonth: NumberOf = (days) => civilOf(days).day;
/** Sunday is 1. */
const dayOfWeek: NumberOf = (days) => ((weekdayOf(days) + 1) % 7) + 1;
const hourOf: NumberOf = (micros) => modulo(Math.floor(micros / HOUR), 24);
const minuteOf: NumberOf = (micros) => modulo(Math.floor(micros / MINUTE), 60);
const secondOf: NumberOf = (micros) => modulo(Math.floor(micros / SECOND), 60);

const dayPart = (part: NumberOf): ((site: CallSite) => Expression) => takes([DATE], INT, part);
const clockPart = (part: NumberOf): ((site: CallSite) => Expression) => takes([TIMESTAMP], INT, part);

/** The names that `extract` knows for its fields, the first being the field. */
const NAMES: readonly (readonly string[])[] = [
  ['year', 'y', 'years', 'yr', 'yrs'],
  ['yearofweek'],
  ['quarter', 'qtr'],
  ['month', 'mon', 'mons', 'months'],
  ['week', 'w', 'weeks'],
  ['day', 'd', 'days'],
  ['dayofweek', 'dow'],
  ['dayofweek_iso', 'dow_iso'],
  ['doy'],
  ['hour', 'h', 'hours', 'hr', 'hrs'],
  ['minute', 'm', 'min', 'mins', 'minutes'],
  ['second', 's', 'sec', 'seconds', 'secs'],
];
const FIELDS = new Map(NAMES.flatMap((names) => names.map((name) => [name, names[0]] as const)));

const DAY_FIELDS: Readonly<Record<string, NumberOf>> = {
  year: yearOf,
  yearofweek: yearOfWeek,
  quarter: quarterOf,
  month: monthOf,
  week: weekOfYear,
  day: dayOfMonth,
  dayofweek: dayOfWeek,
  dayofweek_iso: (days) => weekdayOf(days) + 1,
  doy: dayOfYear,
};
const CLOCK_FIELDS: Readonly<Record<string, NumberOf>> = { hour: hourOf, minute: minuteOf };

/** `extract(field from x)` of a date, a timestamp or an interval. */
function extract(site: CallSite): Expression {
  expectCount(site, 2);
  const { word, operand } = wordOperand(site, 0, 'the name of a field as a literal');
  const source = site.operand(1);
  const field = FIELDS.get(word) ?? '';
  const result = isInterval(source.type)
    ? intervalField(site, operand, source, field)
    : timeField(site, operand, source, field);
  if (result !== null) return result;
  const message = `a ${typeName(source.type)} has no field \`${word}\``;
  throw new Complaint(
    'INVALID_EXTRACT_FIELD',
    operand.span,
    message,
    'fields are year, month, day, hour, minute, second …',
  );
}

function timeField(site: CallSite, name: Expression, source: Expression, field: string): Expression | null {
  const { kind } = source.type;
  if (!['date', 'timestamp', 'string', 'void'].includes(kind))
    throw unexpected(site, 1, source, 'a time or an interval');
  const over = (type: DataType, result: DataType, part: (value: number) => Value): Expression =>
    call(site, [name, coerced(source, type)], result, (_: string, value: number) => part(value));
  if (field in DAY_FIELDS) {
    const part = DAY_FIELDS[field];
    return kind === 'date' ? over(DATE, INT, part) : over(TIMESTAMP, INT, (micros) => part(dayOf(micros)));
  }
  if (field in CLOCK_FIELDS) return over(TIMESTAMP, INT, CLOCK_FIELDS[field]);
  return field === 'second' ? over(TIMESTAMP, SECONDS, (micros) => BigInt(modulo(micros, MINUTE))) : null;
}

/** A field of an interval has the interval's sign. */
function intervalField(site: CallSite, name: Expression, source: Expression, field: string): Expression | null {
  if (!isInterval(source.type)) return null;
  const { kind, from, to } = source.type;
  const fields: readonly string[] = kind === 'interval' ? DAY_TIME_FIELDS : YEAR_MONTH_FIELDS;
  const position = fields.indexOf(field);
  if (position < fields.indexOf(from) || position > fields.indexOf(to)) return null;
  const size = FIELD_SIZE[field];
  const outer = position === 0 ? Infinity : FIELD_SIZE[fields[position - 1]];
  const type = field === 'second' ? SECONDS : position === 0 ? INT : TINYINT;
  const part =
    field === 'second'
      ? (value: number) => BigInt(value % outer)
      : (value: number) => Math.trunc((value % outer) / size) + 0;
  return call(site, [name, source], type, (_: string, value: number) => part(value));
}

const SHORT_DAYS = WEEKDAYS.map((name) => name.slice(0, 3).toLowerCase());

function nextDay(days: number, name: string): number {
  const wanted = name.toLowerCase();
  const weekday = WEEKDAYS.findIndex(
    (full, i) => wanted === full.toLowerCase() || wanted === SHORT_DAYS[i] || wanted === SHORT_DAYS[i].slice(0, 2),
  );
  return weekday < 0 ? fail('ILLEGAL_DAY_OF_WEEK', `'${name}' is no day of the week`) : nextWeekday(days, weekday);
}

const family = 'time';

/** Parts of dates, times and intervals, and days that are found by their place in the calendar. */
export const TIME_PARTS: readonly FunctionSpec[] = [
  {
    name: 'extract',
    aliases: ['date_part', 'datepart'],
    family,
    signature: 'extract(field from x date|timestamp|interval) -> int',
    summary: 'a field such as year, week, dow, hour or second (a decimal with the microseconds)',
    build: extract,
  },
  { name: 'year', family, signature: 'year(d date) -> int', summary: 'the year', build: dayPart(yearOf) },
  {
    name: 'quarter',
    family,
    signature: 'quarter(d date) -> int',
    summary: 'the quarter, 1 to 4',
    build: dayPart(quarterOf),
  },
  { name: 'month', family, signature: 'month(d date) -> int', summary: 'the month, 1 to 12', build: dayPart(monthOf) },
  {
    name: 'monthname',
    family,
    signature: 'monthname(d date) -> string',
    summary: 'Jan to Dec',
    build: takes([DATE], STRING, (days: number) => MONTHS[monthOf(days) - 1].slice(0, 3)),
  },
  {
    name: 'day',
    aliases: ['dayofmonth'],
    family,
    signature: 'day(d date) -> int',
    summary: 'the day of the month',
    build: dayPart(dayOfMonth),
  },
  {
    name: 'dayname',
    family,
    signature: 'dayname(d date) -> string',
    summary: 'Mon to Sun',
    build: takes([DATE], STRING, (days: number) => WEEKDAYS[weekdayOf(days)].slice(0, 3)),
  },
  {
    name: 'dayofweek',
    family,
    signature: 'dayofweek(d date) -> int',
    summary: '1 for Sunday to 7 for Saturday',
    build: dayPart(dayOfWeek),
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
    build: dayPart(dayOfYear),
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
    build: clockPart(hourOf),
  },
  {
    name: 'minute',
    family,
    signature: 'minute(t timestamp) -> int',
    summary: 'the minute of the hour',
    build: clockPart(minuteOf),
  },
  {
    name: 'second',
    family,
    signature: 'second(t timestamp) -> int',
    summary: 'the second of the minute',
    build: clockPart(secondOf),
  },
  {
    name: 'date_trunc',
    family,
    signature: 'date_trunc(unit string, t timestamp) -> timestamp',
    summary: 'the start of the year, quarter, month, week, day, hour, minute, second … that t lies in',
    build: takes([STRING, TIMESTAMP], TIMESTAMP, truncatedTime),
  },
  {
    name: 'trunc',
    family,
    signature: 'trunc(d date, unit string) -> date',
    summary: 'the first day of the year, quarter, month or week',
    build: takes([DATE, STRING], DATE, truncatedDay),
  },
  {
    name: 'last_day',
    family,
    signature: 'last_day(d date) -> date',
    summary: 'the last day of the month',
    build: takes([DATE], DATE, lastDay),
  },
  {
    name: 'next_day',
    family,
    signature: 'next_day(d date, weekday string) -> date',
    summary: 'the next such day behind d, e.g. of Monday, Mon or Mo',
    build: takes([DATE, STRING], DATE, nextDay),
  },
];

import type { Span } from '../../core/diagnostic.ts';
import type { DataType } from '../../core/types.ts';
import {
  BIGINT,
  BOOLEAN,
  DATE,
  decimalOf,
  DOUBLE,
  INT,
  INTERVAL,
  TIMESTAMP,
  YEAR_MONTH_INTERVAL,
} from '../../core/types.ts';
import { addLong, fitting } from '../arithmetic.ts';
import { addMonths, addMonthsToTime, monthsBetween, wholeMonths } from '../calendar.ts';
import { Complaint } from '../complaint.ts';
import type { Expression } from '../expression.ts';
import { fail } from '../failure.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { call, expectCount, operandAs, takes, unexpected } from '../function-spec.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../time-text.ts';
import { wordOperand } from './time-operands.ts';

const fit = fitting(BIGINT);

/** Units of fixed length in microseconds. */
const LENGTHS: Readonly<Record<string, number>> = {
  microsecond: 1,
  millisecond: 1_000,
  second: SECOND,
  minute: MINUTE,
  hour: HOUR,
  day: DAY,
  dayofyear: DAY,
  week: 7 * DAY,
};
/** The others in months. */
const MONTHS: Readonly<Record<string, number>> = { month: 1, quarter: 3, year: 12 };

function unitOperand(site: CallSite): {
  readonly operand: Expression;
  readonly length: number;
  readonly months: number;
} {
  const { word, operand } = wordOperand(site, 0, 'a unit such as HOUR');
  if (word in LENGTHS) return { operand, length: LENGTHS[word], months: 0 };
  if (word in MONTHS) return { operand, length: 0, months: MONTHS[word] };
  throw unknownUnit(word, operand.span);
}

const unknownUnit = (word: string, span: Span): Complaint =>
  new Complaint(
    'INVALID_PARAMETER_VALUE.DATETIME_UNIT',
    span,
    `no unit of time \`${word}\``,
    `units are ${[...Object.keys(MONTHS), ...Object.keys(LENGTHS)].join(', ')}`,
  );

/** `timestampadd(unit, count, t)`. */
function timestampAdd(site: CallSite): Expression {
  expectCount(site, 3);
  const { operand, length, months } = unitOperand(site);
  const move =
    months > 0
      ? (_: string, count: number, t: number): number => fit(addMonthsToTime(t, count * months))
      : (_: string, count: number, t: number): number => fit(t + fit(count * length));
  return call(site, [operand, operandAs(site, 1, BIGINT), operandAs(site, 2, TIMESTAMP)], TIMESTAMP, move);
}

/** `timestampdiff(unit, start, end)`: whole units. */
function timestampDiff(site: CallSite): Expression {
  expectCount(site, 3);
  const { operand, length, months } = unitOperand(site);
  const measure =
    months > 0
      ? (_: string, start: number, end: number): number => Math.trunc(wholeMonths(start, end) / months) + 0
      : (_: string, start: number, end: number): number => Math.trunc((end - start) / length) + 0;
  return call(site, [operand, operandAs(site, 1, TIMESTAMP), operandAs(site, 2, TIMESTAMP)], BIGINT, measure);
}

/** A date moved by a count of days, which is no bigint or fraction. */
const movedByDays =
  (sign: 1 | -1) =>
  (site: CallSite): Expression => {
    expectCount(site, 2);
    const { kind } = site.operand(1).type;
    if (['bigint', 'float', 'double', 'decimal'].includes(kind)) throw unexpected(site, 1, site.operand(1), 'int');
    const move = (day: number, days: number): number => addLong(day, sign * days);
    return call(site, [operandAs(site, 0, DATE), operandAs(site, 1, INT)], DATE, move);
  };

/** `date_add(d, days)`, or `date_add(unit, count, t)`. */
function dateAdd(site: CallSite): Expression {
  expectCount(site, 2, 3);
  return site.count === 3 ? timestampAdd(site) : movedByDays(1)(site);
}

/** `datediff(end, start)`, or `datediff(unit, start, end)`. */
function dateDiff(site: CallSite): Expression {
  expectCount(site, 2, 3);
  if (site.count === 3) return timestampDiff(site);
  return takes([DATE, DATE], INT, (end: number, start: number) => end - start)(site);
}

/** An interval of several parts of these sizes, each of them zero when left out; a decimal counts in units of its last digit. */
const interval =
  (parameters: readonly DataType[], sizes: readonly number[], type: DataType): ((site: CallSite) => Expression) =>
  (site) => {
    const make = (...parts: (number | bigint)[]): number => {
      const total = parts.reduce<number>((sum, part, i) => sum + Number(part) * sizes[i], 0);
      const most = type.kind === 'interval' ? Number.MAX_SAFE_INTEGER : 2 ** 31 - 1;
      return Math.abs(total) <= most
        ? total + 0
        : fail('INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION', 'the interval is too long');
    };
    return takes(parameters, type, make, { optional: parameters.length })(site);
  };

const family = 'time';

/** Functions that move times, measure between them, and make intervals. */
export const TIME_MOVES: readonly FunctionSpec[] = [
  {
    name: 'date_add',
    aliases: ['dateadd'],
    family,
    signature: 'date_add(d date, days int) | date_add(UNIT, count bigint, t timestamp) -> date|timestamp',
    summary: 'the day so many days later, or the time so many units later',
    build: dateAdd,
  },
  {
    name: 'date_sub',
    family,
    signature: 'date_sub(d date, days int) -> date',
    summary: 'the day so many days before',
    build: movedByDays(-1),
  },
  {
    name: 'datediff',
    aliases: ['date_diff'],
    family,
    signature: 'datediff(end date, start date) | datediff(UNIT, start timestamp, end timestamp) -> int|bigint',
    summary: 'days from start to end, or whole units from start to end',
    build: dateDiff,
  },
  {
    name: 'timestampadd',
    family,
    signature: 'timestampadd(UNIT, count bigint, t timestamp) -> timestamp',
    summary: 'the time so many units later; months end where the month does',
    build: timestampAdd,
  },
  {
    name: 'timestampdiff',
    family,
    signature: 'timestampdiff(UNIT, start timestamp, end timestamp) -> bigint',
    summary: 'whole units from start to end',
    build: timestampDiff,
  },
  {
    name: 'add_months',
    family,
    signature: 'add_months(d date, months int) -> date',
    summary: 'the same day so many months later, or the last of that month',
    build: takes([DATE, INT], DATE, addMonths),
  },
  {
    name: 'months_between',
    family,
    signature: 'months_between(end timestamp, start timestamp [, rounded boolean]) -> double',
    summary: 'months from start to end, with a part of 31 days; to 8 digits unless rounded is false',
    build: takes([TIMESTAMP, TIMESTAMP, BOOLEAN], DOUBLE, monthsBetween, { optional: 1 }),
  },
  {
    name: 'make_dt_interval',
    family,
    signature:
      'make_dt_interval([days int [, hours int [, minutes int [, seconds decimal]]]]) -> interval day to second',
    summary: 'an interval of days and times',
    build: interval([INT, INT, INT, decimalOf(18, 6)], [DAY, HOUR, MINUTE, 1], INTERVAL),
  },
  {
    name: 'make_ym_interval',
    family,
    signature: 'make_ym_interval([years int [, months int]]) -> interval year to month',
    summary: 'an interval of years and months',
    build: interval([INT, INT], [12, 1], YEAR_MONTH_INTERVAL),
  },
];

import { localToUtc, offsetAt } from '../../core/time-zone.ts';
import type { DataType, Value } from '../../core/types.ts';
import { BIGINT, DATE, decimalOf, DOUBLE, INT, STRING, TIMESTAMP } from '../../core/types.ts';
import { fitting, isFraction, overflow } from '../arithmetic.ts';
import { castTo, coerced } from '../coercion.ts';
import type { Expression } from '../expression.ts';
import { fail } from '../failure.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { call, expectCount, operandAs, takes, unexpected } from '../function-spec.ts';
import { formatTime } from '../time-format.ts';
import { parseTime } from '../time-reader.ts';
import { DAY, dayOf, daysInMonth, daysOf, HOUR, MINUTE, SECOND } from '../time-text.ts';
import { patternOperand, readingPatternOperand, zoneNamed, zoneOperand } from './time-operands.ts';

const DEFAULT_PATTERN = 'yyyy-MM-dd HH:mm:ss';

function now(site: CallSite): Expression {
  expectCount(site, 0);
  return { kind: 'batchTime', type: TIMESTAMP, span: site.span };
}

function today(site: CallSite): Expression {
  return castTo(now(site), DATE, false, site.span);
}

/** A text to a time, by Spark's own rules or a pattern; other types are cast. */
const toTime =
  (type: DataType, attempt: boolean) =>
  (site: CallSite): Expression => {
    expectCount(site, 1, 2);
    const [operand] = [site.operand(0)];
    if (site.count === 1 || operand.type.kind !== 'string') return castTo(operand, type, attempt, site.span);
    return parsed(site, operand, readingPatternOperand(site, 1), type, attempt);
  };

function parsed(site: CallSite, text: Expression, pattern: Expression, type: DataType, attempt: boolean): Expression {
  const parse = (value: string, by: string): Value => {
    const micros = parseTime(value, by);
    if (micros !== null) return type.kind === 'date' ? dayOf(micros) : micros;
    if (attempt) return null;
    const message = `'${value}' does not fit the pattern '${by}'; use try_to_timestamp to get null instead`;
    return fail('CANNOT_PARSE_TIMESTAMP', message);
  };
  return call(site, [text, pattern], type, parse);
}

/** Seconds of a time, or of a text by a pattern. */
/** Cut towards zero, as Spark does here and nowhere else. */
const secondsOf = (site: CallSite, time: Expression): Expression =>
  call(site, [time], BIGINT, (micros: number) => Math.trunc(micros / SECOND) + 0);

function unixTimestamp(site: CallSite): Expression {
  expectCount(site, 1, 2);
  const operand = site.operand(0);
  if (operand.type.kind !== 'string') return secondsOf(site, coerced(operand, TIMESTAMP));
  const pattern: Expression =
    site.count === 2
      ? readingPatternOperand(site, 1)
      : { kind: 'literal', value: DEFAULT_PATTERN, type: STRING, span: site.span };
  return secondsOf(site, parsed(site, operand, pattern, TIMESTAMP, false));
}

function fromUnixTime(site: CallSite): Expression {
  expectCount(site, 1, 2);
  const pattern = site.count === 2 ? [patternOperand(site, 1)] : [];
  const format = (seconds: number, text = DEFAULT_PATTERN): string => formatTime(seconds * SECOND, text);
  return call(site, [operandAs(site, 0, BIGINT), ...pattern], STRING, format);
}

function dateFormat(site: CallSite): Expression {
  expectCount(site, 2);
  return call(site, [operandAs(site, 0, TIMESTAMP), patternOperand(site, 1)], STRING, formatTime);
}

/** Seconds whose last digit are microseconds. */
const SECONDS = decimalOf(16, 6);

/** A count of units since the epoch as a timestamp. */
const fromUnits =
  (unit: number) =>
  (site: CallSite): Expression => {
    expectCount(site, 1);
    const operand = site.operand(0);
    const fraction = isFraction(operand.type);
    const decimal = operand.type.kind === 'decimal';
    if (unit !== SECOND && (fraction || decimal)) throw unexpected(site, 0, operand, 'an integer');
    if (decimal) return castTo(operand, TIMESTAMP, false, site.span);
    const fit = fitting(BIGINT);
    const convert = (value: number): number =>
      Number.isFinite(value) ? fit(Math.trunc(value * unit)) : overflow('bigint');
    return call(site, [operandAs(site, 0, fraction ? DOUBLE : BIGINT)], TIMESTAMP, convert);
  };

const toUnits = (unit: number): ((site: CallSite) => Expression) =>
  takes([TIMESTAMP], BIGINT, (micros: number) => Math.floor(micros / unit));

const outOfBounds = (what: string): never => fail('DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION', what);

function makeDate(year: number, month: number, day: number): number {
  if (month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)) return daysOf(year, month, day);
  return outOfBounds(`there is no day ${day} in month ${month} of ${year}`);
}

function makeTime(y: number, mo: number, d: number, h: number, mi: number, micros: number): number {
  const day = makeDate(y, mo, d);
  if (micros > MINUTE && micros < MINUTE + SECOND)
    return fail('INVALID_FRACTION_OF_SECOND', 'second 60 is the next minute, and has no fraction');
  if (h < 0 || h > 23 || mi < 0 || mi > 59 || micros < 0 || micros > MINUTE)
    outOfBounds(`there is no time ${h}:${mi}:${micros / SECOND}`);
  return day * DAY + h * HOUR + mi * MINUTE + micros;
}

const makeTimestamp =
  (attempt: boolean) =>
  (site: CallSite): Expression => {
    expectCount(site, 6, 7);
    const numbers = [0, 1, 2, 3, 4].map((i) => operandAs(site, i, INT));
    const zone = site.count === 7 ? [zoneOperand(site, 6)] : [];
    const make = (...parts: [number, number, number, number, number, bigint, string?]): number => {
      const [y, mo, d, h, mi, micros, name] = parts;
      const local = makeTime(y, mo, d, h, mi, Number(micros));
      return name === undefined ? local : localToUtc(zoneNamed(name), local);
    };
    const tried = (...parts: Parameters<typeof make>): Value => {
      try {
        return make(...parts);
      } catch {
        return null;
      }
    };
    return call(site, [...numbers, operandAs(site, 5, SECONDS), ...zone], TIMESTAMP, attempt ? tried : make);
  };

/** What clocks in a zone show at a time, and the time at which they show it: both as if local were UTC. */
const shownIn = (micros: number, zone: string): number => micros + offsetAt(zoneNamed(zone), micros);
const shownAt = (local: number, zone: string): number => localToUtc(zoneNamed(zone), local);

const zoned =
  (convert: (micros: number, zone: string) => number) =>
  (site: CallSite): Expression => {
    expectCount(site, 2);
    return call(site, [operandAs(site, 0, TIMESTAMP), zoneOperand(site, 1)], TIMESTAMP, convert);
  };

/** `convert_timezone([from,] to, t)`. */
function convertZone(site: CallSite): Expression {
  expectCount(site, 2, 3);
  const zones = Array.from({ length: site.count - 1 }, (_, i) => zoneOperand(site, i));
  const time = operandAs(site, site.count - 1, TIMESTAMP);
  const convert =
    site.count === 2
      ? (to: string, local: number): number => shownIn(local, to)
      : (from: string, to: string, local: number): number => shownIn(shownAt(local, from), to);
  return call(site, [...zones, time], TIMESTAMP, convert);
}

function currentZone(site: CallSite): Expression {
  expectCount(site, 0);
  return { kind: 'literal', value: 'UTC', type: STRING, span: site.span };
}

const family = 'time';

/** Times from and to texts, numbers, parts and time zones. */
export const TIME_CONVERSION: readonly FunctionSpec[] = [
  {
    name: 'now',
    aliases: ['current_timestamp', 'localtimestamp'],
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
    name: 'current_timezone',
    family,
    signature: 'current_timezone() -> string',
    summary: 'UTC, the time zone of all texts that name none',
    build: currentZone,
  },
  {
    name: 'date_format',
    family,
    signature: 'date_format(t timestamp, pattern string) -> string',
    summary: 'the time as a text, e.g. by yyyy-MM-dd HH:mm:ss',
    build: dateFormat,
  },
  {
    name: 'unix_timestamp',
    family,
    signature: 'unix_timestamp([t timestamp|string [, pattern string]]) -> bigint',
    summary: 'seconds since 1970, of the batch when there is no argument',
    build: (site) => (site.count === 0 ? castTo(now(site), BIGINT, false, site.span) : unixTimestamp(site)),
  },
  {
    name: 'to_unix_timestamp',
    family,
    signature: 'to_unix_timestamp(t timestamp|string [, pattern string]) -> bigint',
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
    aliases: ['to_timestamp_ltz'],
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
    name: 'date_from_unix_date',
    family,
    signature: 'date_from_unix_date(days int) -> date',
    summary: 'the day so many days after 1970-01-01',
    build: takes([INT], DATE, (days: number) => days),
  },
  {
    name: 'make_date',
    family,
    signature: 'make_date(year int, month int, day int) -> date',
    summary: 'the day of these parts',
    build: takes([INT, INT, INT], DATE, makeDate),
  },
  {
    name: 'make_timestamp',
    aliases: ['make_timestamp_ltz'],
    family,
    signature:
      'make_timestamp(year int, month int, day int, hour int, minute int, second decimal [, zone string]) -> timestamp',
    summary: 'the time of these parts',
    build: makeTimestamp(false),
  },
  {
    name: 'try_make_timestamp',
    aliases: ['try_make_timestamp_ltz'],
    family,
    signature:
      'try_make_timestamp(year int, month int, day int, hour int, minute int, second decimal [, zone string]) -> timestamp',
    summary: 'as make_timestamp, null where there is no such time',
    build: makeTimestamp(true),
  },
  {
    name: 'from_utc_timestamp',
    family,
    signature: 'from_utc_timestamp(t timestamp, zone string) -> timestamp',
    summary: 'what clocks in the zone show at t',
    build: zoned(shownIn),
  },
  {
    name: 'to_utc_timestamp',
    family,
    signature: 'to_utc_timestamp(t timestamp, zone string) -> timestamp',
    summary: 'the time at which clocks in the zone show t',
    build: zoned(shownAt),
  },
  {
    name: 'convert_timezone',
    family,
    signature: 'convert_timezone([from string,] to string, t timestamp) -> timestamp',
    summary: 'what clocks in one zone show when those in the other (UTC when left out) show t',
    build: convertZone,
  },
];

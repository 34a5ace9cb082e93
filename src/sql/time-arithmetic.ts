import type { Span } from '../core/diagnostic.ts';
import { powerOfTen, quotient } from '../core/decimal.ts';
import type { DataType, DecimalType } from '../core/types.ts';
import {
  BIGINT,
  DATE,
  DOUBLE,
  INT,
  INTERVAL,
  intervalOf,
  sameType,
  STRING,
  TIMESTAMP,
  YEAR_MONTH_INTERVAL,
} from '../core/types.ts';
import { fitting, isInteger, isNumeric } from './arithmetic.ts';
import { addMonths, addMonthsToTime } from './calendar.ts';
import { castTo, coerced, commonType } from './coercion.ts';
import type { Evaluate, Expression } from './expression.ts';
import { fail } from './failure.ts';
import { call } from './function-spec.ts';
import { isInterval } from '../core/interval.ts';
import { DAY } from './time-text.ts';

type Operator = '+' | '-' | '*' | '/' | 'div' | '%' | '&' | '|' | '^';

const fit = fitting(BIGINT);
const add = (a: number, b: number): number => fit(a + b);
const subtract = (a: number, b: number): number => fit(a - b);

/**
 * An operator over dates, timestamps and intervals, by Spark's rules: a date moved by days or months stays a date, by hours it becomes a
 * timestamp; months end where the month does. Null where the operands are something else.
 */
export function timeArithmetic(operator: Operator, left: Expression, right: Expression, span: Span): Expression | null {
  const site = { name: operator, span };
  const [a, b] = [left.type, right.type];
  if (isInterval(a) && isInterval(b)) return intervals(operator, left, right, span);
  if (operator === '*' && isInterval(b) && isFactor(a)) return scaled(site, right, left);
  if ((operator === '*' || operator === '/') && isInterval(a) && isFactor(b)) return scaled(site, left, right);
  if (operator !== '+' && operator !== '-') return null;
  if (isInterval(b)) {
    if (b.kind === a.kind || a.kind === 'void') return call(site, [coerced(left, b), right], b, add);
    return moved(site, left, right, operator === '-' ? -1 : 1, false);
  }
  if (isInterval(a)) {
    if (b.kind === 'void') return call(site, [left, coerced(right, a)], a, add);
    return operator === '+' ? moved(site, right, left, 1, true) : null;
  }
  if (a.kind === 'date' && isDays(b))
    return call(site, [left, coerced(right, INT)], DATE, operator === '+' ? add : subtract);
  if (b.kind === 'date' && isDays(a) && operator === '+') return call(site, [coerced(left, INT), right], DATE, add);
  return operator === '-' ? difference(site, left, right) : null;
}

/** What a date can be moved by, counted in days. */
const isDays = (type: DataType): boolean => isInteger(type) && type.kind !== 'bigint';
const isFactor = (type: DataType): boolean => isNumeric(type) || type.kind === 'string';

function intervals(operator: Operator, left: Expression, right: Expression, span: Span): Expression | null {
  const type = commonType(left.type, right.type);
  if (type === null) return null;
  const operands = [coerced(left, type), coerced(right, type)];
  const site = { name: operator, span };
  if (operator === '+' || operator === '-') return call(site, operands, type, operator === '+' ? add : subtract);
  if (operator !== 'div') return null;
  return call(site, operands, BIGINT, (a: number, b: number) => Math.trunc(a / notZero(b)) + 0);
}

/** An interval times or divided by a number, rounded half away from zero; the result has all fields. */
function scaled(site: { name: string; span: Span }, interval: Expression, factor: Expression): Expression {
  const type = interval.type.kind === 'interval' ? INTERVAL : YEAR_MONTH_INTERVAL;
  if (factor.type.kind === 'decimal') return scaledByDecimal(site, interval, factor, factor.type, type);
  const number = factor.type.kind === 'string' ? coerced(factor, DOUBLE) : factor;
  const rounded = (value: number): number => fit(Math.sign(value) * Math.round(Math.abs(value)));
  const evaluate: Evaluate =
    site.name === '*' ? (a: number, b: number) => rounded(a * b) : (a: number, b: number) => rounded(a / notZero(b));
  return call(site, [interval, number], type, evaluate);
}

function scaledByDecimal(
  site: { name: string; span: Span },
  interval: Expression,
  factor: Expression,
  { scale }: DecimalType,
  type: DataType,
): Expression {
  const unit = powerOfTen(scale);
  const evaluate: Evaluate =
    site.name === '*'
      ? (a: number, b: bigint) => fit(Number(quotient(BigInt(a) * b, unit)))
      : (a: number, b: bigint) => fit(Number(quotient(BigInt(a) * unit, notZero(b))));
  return call(site, [interval, factor], type, evaluate);
}

const notZero = <T extends number | bigint>(divisor: T): T =>
  Number(divisor) === 0 ? fail('INTERVAL_DIVIDED_BY_ZERO', 'an interval is divided by zero') : divisor;

/** A time moved by an interval. */
function moved(
  site: { name: string; span: Span },
  time: Expression,
  interval: Expression,
  sign: number,
  intervalFirst: boolean,
): Expression | null {
  const { kind } = time.type;
  if (kind === 'string' && interval.type.kind === 'interval') {
    // As in Spark, a text moved by an interval is a text again.
    const result = moved(site, coerced(time, TIMESTAMP), interval, sign, intervalFirst);
    return result === null ? null : castTo(result, STRING, false, site.span);
  }
  if (kind !== 'date' && kind !== 'timestamp') return null;
  const [type, move] = mover(kind, interval.type, sign);
  const evaluate: Evaluate = intervalFirst ? (i: number, t: number) => move(t, i) : move;
  return call(site, intervalFirst ? [interval, time] : [time, interval], type, evaluate);
}

function mover(
  kind: 'date' | 'timestamp',
  interval: DataType,
  sign: number,
): [DataType, (time: number, interval: number) => number] {
  if (interval.kind === 'yearMonthInterval') {
    return kind === 'date'
      ? [DATE, (days, months) => fit(addMonths(days, sign * months))]
      : [TIMESTAMP, (micros, months) => fit(addMonthsToTime(micros, sign * months))];
  }
  if (kind === 'timestamp') return [TIMESTAMP, (micros, length) => fit(micros + sign * length)];
  return sameType(interval, intervalOf('day', 'day'))
    ? [DATE, (days, length) => fit(days + (sign * length) / DAY)]
    : [TIMESTAMP, (days, length) => fit(days * DAY + sign * length)];
}

/** Of dates in days, of others to the microsecond; a text beside a date or timestamp means one. */
function difference(site: { name: string; span: Span }, left: Expression, right: Expression): Expression | null {
  const kinds = [left.type.kind, right.type.kind];
  if (!kinds.some((kind) => kind === 'date' || kind === 'timestamp')) return null;
  if (!kinds.every((kind) => kind === 'date' || kind === 'timestamp' || kind === 'string')) return null;
  if (kinds.includes('timestamp'))
    return call(site, [coerced(left, TIMESTAMP), coerced(right, TIMESTAMP)], INTERVAL, subtract);
  const days: Evaluate = (a: number, b: number) => (a - b) * DAY;
  return call(site, [coerced(left, DATE), coerced(right, DATE)], intervalOf('day', 'day'), days);
}

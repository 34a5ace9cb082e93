import type { Span } from '../core/diagnostic.ts';
import type { DataType, Value } from '../core/types.ts';
import { BIGINT, BOOLEAN, DATE, DOUBLE, INTERVAL, STRING, TIMESTAMP, typeName } from '../core/types.ts';
import { divide, divideWhole, fitting, isInteger, isNumeric, remainder } from './arithmetic.ts';
import { coerced, commonType, unified } from './coercion.ts';
import { comparatorOf } from './comparison.ts';
import { Complaint } from './complaint.ts';
import type { Call, Evaluate, Expression } from './expression.ts';
import { call } from './function-spec.ts';
import type { BinaryOperator } from './syntax.ts';
import { DAY } from './time-text.ts';

export type Comparison = '=' | '<' | '<=' | '>' | '>=' | '<=>';
type Arithmetic = Exclude<BinaryOperator, Comparison | '<>' | 'and' | 'or' | '||'>;

/** The operator's call with operands of fitting types. Throws DATATYPE_MISMATCH. */
export function arithmetic(operator: Arithmetic, left: Expression, right: Expression, span: Span): Expression {
  const time = timeArithmetic(operator, left, right, span);
  if (time !== null) return time;
  const site = { name: operator, span };
  const common = numericType(left.type, right.type);
  if (common === null) throw mismatch(operator, left, right, span, 'takes numbers');
  const over = (type: DataType): Expression[] => [coerced(left, type), coerced(right, type)];
  switch (operator) {
    case '+':
    case '-':
    case '*':
      return call(site, over(common), common, ...resultOf(operator, common));
    case '/':
      return call(site, over(DOUBLE), DOUBLE, divide);
    case '%':
      return call(site, over(common), common, remainder);
    case 'div': {
      if (!isInteger(common)) throw mismatch(operator, left, right, span, 'takes integers');
      return call(site, over(BIGINT), BIGINT, divideWhole);
    }
    case '&':
    case '|':
    case '^':
      if (!isInteger(common)) throw mismatch(operator, left, right, span, 'takes integers');
      return call(site, over(common), common, bitwise(operator));
  }
}

function resultOf(
  operator: '+' | '-' | '*',
  type: DataType,
): [Evaluate, { inline?: (a: string, b: string) => string }] {
  const fit = fitting(type);
  const plain = type.kind === 'double' ? { inline: (a: string, b: string): string => `(${a} ${operator} ${b})` } : {};
  switch (operator) {
    case '+':
      return [(a: number, b: number) => fit(a + b), plain];
    case '-':
      return [(a: number, b: number) => fit(a - b), plain];
    case '*':
      return [(a: number, b: number) => fit(a * b), plain];
  }
}

/** Over BigInt, because JavaScript's own operators cut to 32 bits. */
function bitwise(operator: '&' | '|' | '^'): Evaluate {
  const apply = (a: bigint, b: bigint): bigint => (operator === '&' ? a & b : operator === '|' ? a | b : a ^ b);
  return (a: number, b: number) => Number(apply(BigInt(a), BigInt(b)));
}

/** The type that two operands of arithmetic meet in: a string becomes what the other one calls for. */
function numericType(a: DataType, b: DataType): DataType | null {
  if (a.kind === 'string' && b.kind === 'string') return DOUBLE;
  if (a.kind === 'void' && b.kind === 'void') return DOUBLE;
  const common = commonType(a, b);
  if (common?.kind === 'string') return DOUBLE;
  return common !== null && isNumeric(common) ? common : null;
}

/** Sums and differences of dates, timestamps and intervals; null when neither operand is one. */
function timeArithmetic(operator: Arithmetic, left: Expression, right: Expression, span: Span): Expression | null {
  const site = { name: operator, span };
  const kinds = `${left.type.kind} ${operator} ${right.type.kind}`;
  const fit = fitting(BIGINT);
  const add: Evaluate = (a: number, b: number) => fit(a + b);
  const subtract: Evaluate = (a: number, b: number) => fit(a - b);
  const apply = operator === '-' ? subtract : add;
  switch (kinds) {
    case 'timestamp + interval':
    case 'timestamp - interval':
    case 'interval + timestamp':
      return call(site, [left, right], TIMESTAMP, apply);
    case 'date + interval':
    case 'date - interval':
      return plusInterval(site, left, right, operator === '-' ? -1 : 1, [left, right]);
    case 'interval + date':
      return plusInterval(site, right, left, 1, [left, right]);
    case 'interval + interval':
    case 'interval - interval':
      return call(site, [left, right], INTERVAL, apply);
    case 'timestamp - timestamp':
    case 'timestamp - date':
    case 'date - timestamp':
      return call(site, [coerced(left, TIMESTAMP), coerced(right, TIMESTAMP)], INTERVAL, subtract);
    case 'date - date':
      return call(site, [left, right], INTERVAL, (a: number, b: number) => (a - b) * DAY);
    default:
  }
  if (left.type.kind === 'date' && isInteger(right.type) && (operator === '+' || operator === '-'))
    return call(site, [left, right], DATE, apply);
  if (left.type.kind === 'interval' && isNumeric(right.type) && (operator === '*' || operator === '/')) {
    const scale: Evaluate =
      operator === '*'
        ? (a: number, b: number) => fit(Math.round(a * b))
        : (a: number, b: number) => fit(Math.round(divide(a, b)));
    return call(site, [left, right], INTERVAL, scale);
  }
  if (isNumeric(left.type) && right.type.kind === 'interval' && operator === '*')
    return call(site, [left, right], INTERVAL, (a: number, b: number) => fit(Math.round(a * b)));
  if (['date', 'timestamp', 'interval'].some((kind) => kind === left.type.kind || kind === right.type.kind)) {
    if (left.type.kind !== 'void' && right.type.kind !== 'void') {
      const hint = operator === '+' || operator === '-' ? 'takes a time and an interval' : 'does not take times';
      throw mismatch(operator, left, right, span, hint);
    }
  }
  return null;
}

/** A date moved by whole days stays a date, by anything else it becomes a timestamp. */
function plusInterval(
  site: { name: string; span: Span },
  date: Expression,
  interval: Expression,
  sign: number,
  operands: Expression[],
): Call {
  const order = operands[0] === date ? 1 : -1;
  const swap = (f: (date: number, interval: number) => number): Evaluate =>
    order === 1 ? f : (a: number, b: number) => f(b, a);
  if (interval.kind === 'literal' && typeof interval.value === 'number' && interval.value % DAY === 0)
    return call(
      site,
      operands,
      DATE,
      swap((d, i) => d + (sign * i) / DAY),
    );
  return call(
    site,
    operands,
    TIMESTAMP,
    swap((d, i) => d * DAY + sign * i),
  );
}

/** `-operand`. Throws DATATYPE_MISMATCH. */
export function negation(operand: Expression, span: Span): Expression {
  const number = operand.type.kind === 'string' || operand.type.kind === 'void' ? coerced(operand, DOUBLE) : operand;
  const site = { name: '-', span };
  if (operand.type.kind === 'interval') return call(site, [operand], INTERVAL, (value: number) => 0 - value);
  if (!isNumeric(number.type)) {
    const message = `\`-\` takes a number, this is ${typeName(operand.type)}`;
    throw new Complaint('DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE', operand.span, message);
  }
  const fit = fitting(number.type);
  return call(site, [number], number.type, (value: number) => fit(-value));
}

/** `left operator right` in their common type. Throws DATATYPE_MISMATCH for types that differ or have no order. */
export function comparison(operator: Comparison, left: Expression, right: Expression, span: Span): Expression {
  const type = comparedType(left.type, right.type);
  if (type === null) throw mismatch(operator, left, right, span, 'compares two of a kind');
  const compare = comparatorOf(type) as ((a: Value, b: Value) => number) | null;
  if (compare === null) {
    const message = `\`${operator}\` does not compare values of type ${typeName(type)}`;
    throw new Complaint('DATATYPE_MISMATCH.INVALID_ORDERING_TYPE', span, message, 'compare a part of it');
  }
  const operands = [coerced(left, type), coerced(right, type)];
  const site = { name: operator, span };
  if (operator === '<=>') {
    const same = (a: Value, b: Value): boolean => (a === null || b === null ? a === b : compare(a, b) === 0);
    return call(site, operands, BOOLEAN, same, { nulls: 'passed' });
  }
  const inline = inlineComparison(operator, type);
  return call(site, operands, BOOLEAN, COMPARED[operator](compare), inline === null ? {} : { inline });
}

/** Beside a string, a date is compared as a date and so on; a boolean that meets a number is an error. */
const comparedType = (a: DataType, b: DataType): DataType | null =>
  a.kind === 'void' && b.kind === 'void' ? BOOLEAN : (commonType(a, b) ?? null);

const COMPARED: Record<
  Exclude<Comparison, '<=>'>,
  (compare: (a: Value, b: Value) => number) => (a: Value, b: Value) => boolean
> = {
  '=': (compare) => (a, b) => compare(a, b) === 0,
  '<': (compare) => (a, b) => compare(a, b) < 0,
  '<=': (compare) => (a, b) => compare(a, b) <= 0,
  '>': (compare) => (a, b) => compare(a, b) > 0,
  '>=': (compare) => (a, b) => compare(a, b) >= 0,
};

/** JavaScript for a comparison of two values that are not null; null where there is no short one. */
export function inlineComparison(
  operator: Exclude<Comparison, '<=>'>,
  type: DataType,
): ((a: string, b: string) => string) | null {
  switch (type.kind) {
    case 'string':
    case 'boolean':
      return operator === '=' ? (a, b) => `(${a} === ${b})` : null;
    case 'float':
    case 'double':
      return (a, b) => inlineDouble(operator, a, b);
    case 'binary':
    case 'array':
    case 'map':
    case 'struct':
      return null;
    default:
      return (a, b) => `(${a} ${operator === '=' ? '===' : operator} ${b})`;
  }
}

/** NaN is told by not being itself: it equals NaN and is larger than all others. */
function inlineDouble(operator: Exclude<Comparison, '<=>'>, a: string, b: string): string {
  switch (operator) {
    case '=':
      return `(${a} === ${b} || (${a} !== ${a} && ${b} !== ${b}))`;
    case '<':
      return `(${a} < ${b} || (${b} !== ${b} && ${a} === ${a}))`;
    case '<=':
      return `(${a} <= ${b} || ${b} !== ${b})`;
    case '>':
      return `(${a} > ${b} || (${a} !== ${a} && ${b} === ${b}))`;
    case '>=':
      return `(${a} >= ${b} || ${a} !== ${a})`;
  }
}

export const not = (operand: Expression, span: Span): Expression =>
  call({ name: 'not', span }, [operand], BOOLEAN, (value: boolean) => !value, { inline: (value) => `!${value}` });

/** `operand in (list)`: a set where the list is literals, else comparisons joined by OR. */
export function inList(operand: Expression, list: readonly Expression[], span: Span): Expression {
  const [value, ...candidates] = unified([operand, ...list], '`in`');
  const literals = candidates.filter((c) => c.kind === 'literal');
  const simple =
    value.type.kind !== 'binary' && comparatorOf(value.type) !== null && typeof literals[0]?.value !== 'object';
  if (simple && literals.length === candidates.length && ['array', 'struct'].every((kind) => kind !== value.type.kind))
    return { kind: 'in', operand: value, list: literals, type: BOOLEAN, span };
  return candidates
    .map((candidate) => comparison('=', value, candidate, span))
    .reduce((left, right) => ({ kind: 'or', left, right, type: BOOLEAN, span }));
}

function mismatch(operator: string, left: Expression, right: Expression, span: Span, rule: string): Complaint {
  return new Complaint(
    'DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES',
    span,
    `\`${operator}\` ${rule}, not ${typeName(left.type)} and ${typeName(right.type)}`,
    left.type.kind === STRING.kind || right.type.kind === STRING.kind ? 'cast the string' : 'cast one of them',
  );
}

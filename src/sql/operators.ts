import type { Span } from '../core/diagnostic.ts';
import type { DataType, Value } from '../core/types.ts';
import { BIGINT, BOOLEAN, DOUBLE, STRING, typeName } from '../core/types.ts';
import { divide, divideWhole, fitting, isInteger, isNumeric, remainderOf } from './arithmetic.ts';
import { coerced, commonType, typeBeside, unified } from './coercion.ts';
import { comparatorOf } from './comparison.ts';
import { Complaint } from './complaint.ts';
import { decimalArithmetic } from './decimal-operators.ts';
import type { Evaluate, Expression } from './expression.ts';
import { call } from './function-spec.ts';
import type { BinaryOperator } from './syntax.ts';
import { isInterval } from '../core/interval.ts';
import { timeArithmetic } from './time-arithmetic.ts';

export type Comparison = '=' | '<' | '<=' | '>' | '>=' | '<=>';
type Arithmetic = Exclude<BinaryOperator, Comparison | '<>' | 'and' | 'or' | '||'>;

/** The operator's call with operands of fitting types. Throws DATATYPE_MISMATCH. */
export function arithmetic(operator: Arithmetic, left: Expression, right: Expression, span: Span): Expression {
  const time = timeArithmetic(operator, left, right, span);
  if (time !== null) return time;
  const decimal = isBitwise(operator) ? null : decimalArithmetic(operator, left, right, span);
  if (decimal !== null) return decimal;
  const site = { name: operator, span };
  const common = numericType(left.type, right.type);
  if (common === null) throw mismatch(operator, left, right, span, expectedBy(operator, left, right));
  const over = (type: DataType): Expression[] => [coerced(left, type), coerced(right, type)];
  switch (operator) {
    case '+':
    case '-':
    case '*':
      return call(site, over(common), common, ...resultOf(operator, common));
    case '/':
      return call(site, over(DOUBLE), DOUBLE, divide);
    case '%':
      return call(site, over(common), common, remainderOf(common));
    case 'div': {
      if (!isInteger(common)) throw mismatch(operator, left, right, span, 'takes integers');
      return call(site, over(BIGINT), BIGINT, divideWhole);
    }
    case '&':
    case '|':
    case '^':
      if (!isInteger(common)) throw mismatch(operator, left, right, span, 'takes integers');
      return call(site, over(common), common, bitwise(operator, common));
  }
}

const isBitwise = (operator: Arithmetic): operator is '&' | '|' | '^' => ['&', '|', '^'].includes(operator);

function expectedBy(operator: Arithmetic, left: Expression, right: Expression): string {
  const times = [left.type, right.type].some((t) => t.kind === 'date' || t.kind === 'timestamp' || isInterval(t));
  if (!times) return 'takes numbers';
  return operator === '+' || operator === '-' ? 'takes a time and an interval' : 'does not take these times';
}

function resultOf(
  operator: '+' | '-' | '*',
  type: DataType,
): [Evaluate, { inline?: (a: string, b: string) => string }] {
  const isNarrow = type.kind === 'tinyint' || type.kind === 'smallint';
  const fit = fitting(type, isNarrow ? 'BINARY_ARITHMETIC_OVERFLOW' : 'ARITHMETIC_OVERFLOW');
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

/** JavaScript's own operators cut to 32 bits, so that bigints take a detour. */
function bitwise(operator: '&' | '|' | '^', type: DataType): Evaluate {
  if (type.kind !== 'bigint') {
    switch (operator) {
      case '&':
        return (a: number, b: number) => a & b;
      case '|':
        return (a: number, b: number) => a | b;
      case '^':
        return (a: number, b: number) => a ^ b;
    }
  }
  const fit = fitting(type);
  const apply = (a: bigint, b: bigint): bigint => (operator === '&' ? a & b : operator === '|' ? a | b : a ^ b);
  return (a: number, b: number) => fit(Number(apply(BigInt(a), BigInt(b))));
}

/** The type that two operands of arithmetic meet in: a string becomes what the other one calls for, and two strings call for nothing. */
function numericType(a: DataType, b: DataType): DataType | null {
  if (a.kind === 'string' && b.kind === 'string') return null;
  if (a.kind === 'void' && b.kind === 'void') return DOUBLE;
  const common = commonType(a, b);
  if (common?.kind === 'string') return DOUBLE;
  return common !== null && isNumeric(common) ? common : null;
}

/** `+operand`: the number or interval itself, which a text becomes first. Throws DATATYPE_MISMATCH. */
export const affirmation = (operand: Expression): Expression => signed('+', operand);

function signed(operator: '+' | '-', operand: Expression): Expression {
  const number = operand.type.kind === 'string' || operand.type.kind === 'void' ? coerced(operand, DOUBLE) : operand;
  if (isNumeric(number.type) || isInterval(number.type)) return number;
  const message = `\`${operator}\` takes a number, this is ${typeName(operand.type)}`;
  throw new Complaint('DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE', operand.span, message);
}

/** `-operand`. Throws DATATYPE_MISMATCH. */
export function negation(operand: Expression, span: Span): Expression {
  const number = signed('-', operand);
  const site = { name: '-', span };
  if (isInterval(number.type)) return call(site, [number], number.type, (value: number) => 0 - value);
  if (number.type.kind === 'decimal') return call(site, [number], number.type, (value: bigint) => -value);
  const fit = fitting(number.type);
  return call(site, [number], number.type, (value: number) => fit(-value));
}

/** `left operator right` in their common type. Throws DATATYPE_MISMATCH for types that differ or have no order. */
export function comparison(operator: Comparison, left: Expression, right: Expression, span: Span): Expression {
  const type = comparedType(typeBeside(left, right.type), typeBeside(right, left.type));
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

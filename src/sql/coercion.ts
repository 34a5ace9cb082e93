import { MillraceError } from '../core/errors.ts';
import type { Span } from '../core/diagnostic.ts';
import type { DataType, Value } from '../core/types.ts';
import { arrayOf, BIGINT, DOUBLE, mapOf, sameType, STRING, TIMESTAMP, typeName } from '../core/types.ts';
import { isFraction, isInteger, isNumeric } from './arithmetic.ts';
import { decimalFor, narrowest, wider } from './decimal.ts';
import { Complaint } from './complaint.ts';
import { castFunction, converterOf } from './conversion.ts';
import type { Expression, Literal } from './expression.ts';
import { expressionText } from './expression.ts';
import { isAtomic } from './atomic.ts';
import type { AnyInterval } from '../core/interval.ts';
import { FIELD_SIZE, isInterval } from '../core/interval.ts';

const WIDTH = ['tinyint', 'smallint', 'int', 'bigint', 'float', 'double'];

/** The type that values of both types can be converted to, by the rules of Spark's ANSI mode; null when there is none. */
export function commonType(a: DataType, b: DataType): DataType | null {
  if (a.kind === 'void' || sameType(a, b)) return b;
  if (b.kind === 'void') return a;
  if (isNumeric(a) && isNumeric(b)) return commonNumber(a, b);
  if (a.kind === 'string') return stringPromotion(b);
  if (b.kind === 'string') return stringPromotion(a);
  if (isTime(a) && isTime(b)) return TIMESTAMP;
  if (isInterval(a) && isInterval(b)) return commonInterval(a, b);
  if (a.kind === 'array' && b.kind === 'array') {
    const element = commonType(a.element, b.element);
    return element === null ? null : arrayOf(element);
  }
  if (a.kind === 'map' && b.kind === 'map') {
    const key = commonType(a.key, b.key);
    const value = commonType(a.value, b.value);
    return key === null || value === null ? null : mapOf(key, value);
  }
  if (a.kind === 'struct' && b.kind === 'struct' && a.fields.length === b.fields.length) {
    const types = a.fields.map((f, i) => commonType(f.type, b.fields[i].type));
    if (types.includes(null)) return null;
    return { kind: 'struct', fields: a.fields.map((f, i) => ({ name: f.name, type: types[i] ?? f.type })) };
  }
  return null;
}

function commonNumber(a: DataType, b: DataType): DataType {
  if (a.kind === 'decimal' || b.kind === 'decimal') {
    const [left, right] = [decimalFor(a), decimalFor(b)];
    return left === null || right === null || isFraction(a) || isFraction(b) ? DOUBLE : wider(left, right);
  }
  const further = WIDTH.indexOf(a.kind) > WIDTH.indexOf(b.kind) ? a : b;
  // An integer has more digits than a float can keep.
  return further.kind === 'float' ? DOUBLE : further;
}

/** The type that an operand of an operator or a comparison counts with: beside a decimal, a whole number that is written out has as many digits as it shows. */
export function typeBeside(operand: Expression, other: DataType): DataType {
  const { type } = operand;
  if (other.kind !== 'decimal' || operand.kind !== 'literal' || operand.isCast === true) return type;
  const counts = isInteger(type) && type.kind !== 'tinyint' && operand.value !== null;
  return counts ? narrowest({ unscaled: BigInt(Number(operand.value)), scale: 0 }) : type;
}

/** What a string becomes beside another type: the other type, but the widest integer or fraction for a number. */
function stringPromotion(other: DataType): DataType | null {
  if (isInteger(other)) return BIGINT;
  if (isNumeric(other)) return DOUBLE;
  return isAtomic(other) && !isInterval(other) ? other : null;
}

/** The fields of both; null for months and times, which have none in common. */
function commonInterval(a: AnyInterval, b: AnyInterval): AnyInterval | null {
  if (a.kind !== b.kind) return null;
  const from = FIELD_SIZE[a.from] >= FIELD_SIZE[b.from] ? a.from : b.from;
  const to = FIELD_SIZE[a.to] <= FIELD_SIZE[b.to] ? a.to : b.to;
  return { ...a, from, to } as AnyInterval;
}

const isTime = (type: DataType): boolean => type.kind === 'date' || type.kind === 'timestamp';

/** The common type of all; null when there is none. */
export function commonTypeOf(types: readonly DataType[]): DataType | null {
  return types.reduce<DataType | null>((common, type) => (common === null ? null : commonType(common, type)), types[0]);
}

/** True where a function that takes `to` may be given `from`. */
export function acceptable(from: DataType, to: DataType): boolean {
  if (from.kind === 'void' || sameType(from, to)) return true;
  if (isNumeric(from) && isNumeric(to)) return true;
  if (to.kind === 'string') return isAtomic(from) && from.kind !== 'binary';
  if (from.kind === 'string') return isAtomic(to) && !isInterval(to) && to.kind !== 'boolean';
  if (isInterval(from) && from.kind === to.kind) return true;
  if (isTime(from) && isTime(to)) return true;
  if (from.kind === 'array' && to.kind === 'array') return acceptable(from.element, to.element);
  if (from.kind === 'map' && to.kind === 'map') return acceptable(from.key, to.key) && acceptable(from.value, to.value);
  if (from.kind === 'struct' && to.kind === 'struct' && from.fields.length === to.fields.length)
    return from.fields.every((f, i) => acceptable(f.type, to.fields[i].type));
  return false;
}

/** The expression as a value of `type`; literals are converted at once. Throws a complaint when a literal cannot be. */
export function coerced(expression: Expression, type: DataType): Expression {
  if (sameType(expression.type, type)) return expression;
  if (expression.kind === 'literal') return convertedLiteral(expression, type);
  if (expression.kind === 'lambda') return { ...expression, body: coerced(expression.body, type), type };
  return { kind: 'cast', operand: expression, attempt: false, type, span: expression.span };
}

function convertedLiteral(literal: Literal, type: DataType): Literal {
  if (literal.value === null) return { ...literal, type };
  try {
    return { ...literal, value: castFunction(literal.type, type, false)(literal.value), type };
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    const { errorClass } = error.details;
    const message = `${expressionText(literal)} is no ${typeName(type)}`;
    throw new Complaint(String(errorClass), literal.span, message, `write a ${typeName(type)}, or cast the other side`);
  }
}

/** CAST and TRY_CAST. Throws a complaint where Spark does not allow the cast. */
export function castTo(operand: Expression, type: DataType, attempt: boolean, span: Span): Expression {
  if (sameType(operand.type, type)) return operand.kind === 'literal' ? { ...operand, isCast: true } : operand;
  if (converterOf(operand.type, type, attempt) === null) {
    const message = `a ${typeName(operand.type)} cannot be cast to ${typeName(type)}`;
    throw new Complaint('DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION', span, message);
  }
  if (operand.kind === 'literal') {
    const value = attemptLiteral(operand, type);
    // What fails now may stand in a branch that is never taken, so it fails when it is evaluated.
    if (value !== null || operand.value === null || attempt)
      return { kind: 'literal', value, type, span, isCast: true };
  }
  return { kind: 'cast', operand, type, attempt, span };
}

const attemptLiteral = (literal: Literal, type: DataType): Value =>
  literal.value === null ? null : castFunction(literal.type, type, true)(literal.value);

/** All expressions in their common type. Throws DATATYPE_MISMATCH at the first that does not fit. */
export function unified(expressions: readonly Expression[], what: string): Expression[] {
  let common: DataType = expressions[0].type;
  for (const expression of expressions) {
    const next = commonType(common, expression.type);
    if (next === null) {
      throw new Complaint(
        'DATATYPE_MISMATCH.DATA_DIFF_TYPES',
        expression.span,
        `${what} mixes ${typeName(common)} and ${typeName(expression.type)}`,
        'cast one of them',
      );
    }
    common = next;
  }
  const type = common;
  return expressions.map((expression) => coerced(expression, type));
}

/** The expression as a boolean condition. Throws DATATYPE_MISMATCH. */
export function condition(expression: Expression, what: string): Expression {
  if (expression.type.kind === 'boolean') return expression;
  if (expression.type.kind === 'void') return coerced(expression, { kind: 'boolean' });
  throw new Complaint(
    'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE',
    expression.span,
    `${what} takes a boolean, this is ${typeName(expression.type)}`,
    expression.type.kind === STRING.kind ? 'cast it to boolean or compare it' : 'compare it with something',
  );
}

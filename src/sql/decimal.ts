import { decimalText, digitCount, fitsDigits, MOST_DIGITS, powerOfTen, quotient, rescaled } from '../core/decimal.ts';
import type { Digits } from '../core/decimal.ts';
import type { DataType, DecimalType, Value } from '../core/types.ts';
import { decimalOf, typeName } from '../core/types.ts';
import { fail } from './failure.ts';

/** The type with the digits that are asked for, as far as there is room. */
export const bounded = (precision: number, scale: number): DecimalType =>
  decimalOf(Math.min(precision, MOST_DIGITS), Math.min(scale, MOST_DIGITS));

/** What a result that needs too many digits is kept in: those in front of the point first, but at least six behind it. */
function adjusted(precision: number, scale: number): DecimalType {
  if (precision <= MOST_DIGITS) return decimalOf(precision, scale);
  return decimalOf(MOST_DIGITS, Math.max(MOST_DIGITS - (precision - scale), Math.min(scale, 6)));
}

const DIGITS: Readonly<Record<string, DecimalType>> = {
  tinyint: decimalOf(3, 0),
  smallint: decimalOf(5, 0),
  int: decimalOf(10, 0),
  bigint: decimalOf(20, 0),
  float: decimalOf(14, 7),
  double: decimalOf(30, 15),
};

/** The decimal that stands for a string or null where any decimal will do. */
export const USUAL_DECIMAL = decimalOf(38, 18);

/** The decimal type that holds the values of a numeric type, or nearly so for fractions; null for other types. */
export const decimalFor = (type: DataType): DecimalType | null =>
  type.kind === 'decimal' ? type : (DIGITS[type.kind] ?? null);

/** The narrowest type with the digits of a number; its scale is not negative. */
export function narrowest({ unscaled, scale }: Digits): DecimalType {
  const digits = digitCount(unscaled);
  return scale < 0 ? decimalOf(digits - scale, 0) : decimalOf(Math.max(digits, scale), scale);
}

/** The type that holds the values of both; where there is no room digits behind the point give way. */
export function wider(a: DecimalType, b: DecimalType): DecimalType {
  const scale = Math.max(a.scale, b.scale);
  const precision = Math.max(a.precision - a.scale, b.precision - b.scale) + scale;
  return precision <= MOST_DIGITS
    ? decimalOf(precision, scale)
    : decimalOf(MOST_DIGITS, Math.max(0, scale - (precision - MOST_DIGITS)));
}

export type DecimalOperator = '+' | '-' | '*' | '/' | '%' | 'pmod';

/** The type of `a operator b`. */
export function resultType(operator: DecimalOperator, a: DecimalType, b: DecimalType): DecimalType {
  const scale = Math.max(a.scale, b.scale);
  const [wholeA, wholeB] = [a.precision - a.scale, b.precision - b.scale];
  switch (operator) {
    case '+':
    case '-':
      return adjusted(Math.max(wholeA, wholeB) + scale + 1, scale);
    case '*':
      return adjusted(a.precision + b.precision + 1, a.scale + b.scale);
    case '/': {
      const digits = Math.max(6, a.scale + b.precision + 1);
      return adjusted(wholeA + b.scale + digits, digits);
    }
    case '%':
    case 'pmod':
      return adjusted(Math.min(wholeA, wholeB) + scale, scale);
  }
}

/** Throws NUMERIC_VALUE_OUT_OF_RANGE. */
function outOfRange(unscaled: bigint, scale: number, type: DecimalType): never {
  const message = `${decimalText(unscaled, scale)} has too many digits for ${typeName(type)}`;
  return fail('NUMERIC_VALUE_OUT_OF_RANGE.WITHOUT_SUGGESTION', message);
}

/** Makes values of a scale values of the type, further digits rounded half up. Throws NUMERIC_VALUE_OUT_OF_RANGE. */
export function settling(scale: number, type: DecimalType): (unscaled: bigint) => bigint {
  const limit = powerOfTen(type.precision);
  return (unscaled) => {
    const value = rescaled(unscaled, scale, type.scale);
    return value < limit && value > -limit ? value : outOfRange(unscaled, scale, type);
  };
}

type Operation = (a: bigint, b: bigint) => bigint;

/** `a operator b`, a value of `resultType`. Throws NUMERIC_VALUE_OUT_OF_RANGE, DIVIDE_BY_ZERO or REMAINDER_BY_ZERO. */
export function operation(operator: DecimalOperator, a: DecimalType, b: DecimalType): Operation {
  const type = resultType(operator, a, b);
  const scale = Math.max(a.scale, b.scale);
  const [shiftA, shiftB] = [powerOfTen(scale - a.scale), powerOfTen(scale - b.scale)];
  const settle = settling(scale, type);
  switch (operator) {
    case '+':
      if (a.scale === b.scale) return (x, y) => settle(x + y);
      return (x, y) => settle(x * shiftA + y * shiftB);
    case '-':
      if (a.scale === b.scale) return (x, y) => settle(x - y);
      return (x, y) => settle(x * shiftA - y * shiftB);
    case '*':
      return multiplication(a, b, type);
    case '/':
      return division(a, b, type);
    case '%':
      return (x, y) => settle((x * shiftA) % notZero(y * shiftB, 'REMAINDER_BY_ZERO'));
    case 'pmod':
      return (x, y) => {
        const divisor = notZero(y * shiftB, 'REMAINDER_BY_ZERO');
        const rest = (x * shiftA) % divisor;
        return settle(rest < 0n ? (rest + divisor) % divisor : rest);
      };
  }
}

/** Spark computes with 39 digits, the last one rounded half down, before it rounds to the digits of the type. */
const WORKING_DIGITS = MOST_DIGITS + 1;

function multiplication(a: DecimalType, b: DecimalType, type: DecimalType): Operation {
  const scale = a.scale + b.scale;
  const settle = settling(scale, type);
  if (a.precision + b.precision <= WORKING_DIGITS) return (x, y) => settle(x * y);
  return (x, y) => {
    const product = x * y;
    if (fitsDigits(product, WORKING_DIGITS)) return settle(product);
    const cut = powerOfTen(digitCount(product) - WORKING_DIGITS);
    return settle(quotient(product, cut, 'halfDown') * cut);
  };
}

/** `a / b` as a value of the type. Throws NUMERIC_VALUE_OUT_OF_RANGE or DIVIDE_BY_ZERO. */
export function division(a: DecimalType, b: DecimalType, type: DecimalType): Operation {
  const direct = type.scale + b.scale - a.scale;
  // With so few digits no quotient lies so near to a tie that the 39th digit would make it one.
  if (direct >= 0 && type.scale + b.precision + Math.max(0, a.scale - b.scale) < WORKING_DIGITS) {
    const settle = settling(type.scale, type);
    const shift = powerOfTen(direct);
    return (x, y) => settle(quotient(x * shift, notZero(y, 'DIVIDE_BY_ZERO')));
  }
  const settle = settling(WORKING_DIGITS, type);
  const shift = powerOfTen(WORKING_DIGITS + b.scale - a.scale);
  return (x, y) => settle(quotient(x * shift, notZero(y, 'DIVIDE_BY_ZERO'), 'halfDown'));
}

const notZero = (divisor: bigint, errorClass: string): bigint =>
  divisor === 0n ? fail(errorClass, `${errorClass === 'DIVIDE_BY_ZERO' ? 'division' : 'remainder'} by zero`) : divisor;

/** `a div b`, cut towards zero: a bigint. Throws ARITHMETIC_OVERFLOW or DIVIDE_BY_ZERO. */
export function wholeQuotient(
  a: DecimalType,
  b: DecimalType,
  fit: (value: number) => number,
): (x: bigint, y: bigint) => Value {
  const scale = Math.max(a.scale, b.scale);
  const [shiftA, shiftB] = [powerOfTen(scale - a.scale), powerOfTen(scale - b.scale)];
  return (x, y) => fit(Number((x * shiftA) / notZero(y * shiftB, 'DIVIDE_BY_ZERO')));
}

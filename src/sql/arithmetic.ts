import type { DataType } from '../core/types.ts';
import { fail } from './failure.ts';

/** Least and largest value of each integer type; a bigint is a JavaScript number, hence exact up to 2^53 only. */
export const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  tinyint: [-(2 ** 7), 2 ** 7 - 1],
  smallint: [-(2 ** 15), 2 ** 15 - 1],
  int: [-(2 ** 31), 2 ** 31 - 1],
  bigint: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

export const isInteger = (type: DataType): boolean => type.kind in RANGES;
/** A number with an exponent in binary. */
export const isFraction = (type: DataType): boolean => type.kind === 'float' || type.kind === 'double';
export const isNumeric = (type: DataType): boolean => isInteger(type) || isFraction(type) || type.kind === 'decimal';

/** What makes a result fit its type, which is no decimal: a range check for integers, rounding for float. Throws `errorClass`. */
export function fitting(type: DataType, errorClass = 'ARITHMETIC_OVERFLOW'): (result: number) => number {
  switch (type.kind) {
    case 'float':
      return Math.fround;
    case 'double':
      return (result) => result;
    default: {
      const [least, largest] = RANGES[type.kind] ?? RANGES.bigint;
      const name = type.kind;
      // Adding zero turns -0 into 0, which integers do not have.
      return (result) => (result >= least && result <= largest ? result + 0 : overflow(name, errorClass));
    }
  }
}

export function overflow(type: string, errorClass = 'ARITHMETIC_OVERFLOW'): never {
  return fail(errorClass, type === 'bigint' ? 'bigint overflow: beyond 2^53' : `${type} overflow`);
}

/** The sum of two bigints. Throws ARITHMETIC_OVERFLOW beyond 2^53. */
export function addLong(a: number, b: number): number {
  const sum = a + b;
  return sum <= Number.MAX_SAFE_INTEGER && sum >= Number.MIN_SAFE_INTEGER ? sum : overflow('bigint');
}

export function divide(a: number, b: number): number {
  return b === 0 ? fail('DIVIDE_BY_ZERO', 'division by zero') : a / b;
}

/** The quotient of two integers, cut towards zero. */
export function divideWhole(a: number, b: number): number {
  return b === 0 ? fail('DIVIDE_BY_ZERO', 'division by zero') : Math.trunc(a / b) + 0;
}

/** The remainder, with the sign of the dividend. */
function remainder(a: number, b: number): number {
  return b === 0 ? fail('REMAINDER_BY_ZERO', 'remainder by zero') : a % b;
}

/** The remainder that is never negative for a positive divisor. */
function positiveRemainder(a: number, b: number): number {
  const rest = remainder(a, b);
  return rest < 0 ? (rest + b) % b : rest;
}

type Remainder = (a: number, b: number) => number;

/** Adding zero turns -0 into 0, which integers do not have. */
const whole =
  (of: Remainder): Remainder =>
  (a, b) =>
    of(a, b) + 0;

/** The remainder of two values of the type, with the sign of the dividend. */
export const remainderOf = (type: DataType): Remainder => (isInteger(type) ? whole(remainder) : remainder);

/** The remainder of two values of the type that is never negative for a positive divisor. */
export const positiveRemainderOf = (type: DataType): Remainder =>
  isInteger(type) ? whole(positiveRemainder) : positiveRemainder;

import { MillraceError } from '../../core/errors.ts';
import type { DataType, Value } from '../../core/types.ts';
import { isInteger } from '../arithmetic.ts';
import type { Evaluate, Expression } from '../expression.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { call, expectCount } from '../function-spec.ts';
import { arithmetic } from '../operators.ts';

/** Null in place of an overflow or a division by zero. */
const attempted =
  (operator: '+' | '-' | '*' | '/' | '%') =>
  (site: CallSite): Expression => {
    expectCount(site, 2);
    const plain = arithmetic(operator, site.operand(0), site.operand(1), site.span);
    if (plain.kind !== 'call') return plain;
    if (plain.type.kind === 'decimal')
      return call(site, plain.operands, plain.type, nullInPlaceOfError(plain.evaluate));
    const evaluate = plain.evaluate as (a: Value, b: Value) => number;
    const zeroFails = operator === '/' || operator === '%';
    const fits = isInteger(plain.type) ? fitsIn(plain.type) : null;
    const raw = RAW[operator];
    const attempt: Evaluate = (a: number, b: number) => {
      if (zeroFails && b === 0) return null;
      if (fits !== null && !fits(raw(a, b))) return null;
      return evaluate(a, b);
    };
    return call(site, plain.operands, plain.type, attempt);
  };

const nullInPlaceOfError =
  (evaluate: Evaluate): Evaluate =>
  (...operands) => {
    try {
      return evaluate(...operands);
    } catch (error) {
      if (error instanceof MillraceError) return null;
      throw error;
    }
  };

const RAW: Record<'+' | '-' | '*' | '/' | '%', (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

function fitsIn(type: DataType): (value: number) => boolean {
  const bits = { tinyint: 7, smallint: 15, int: 31 }[type.kind as string];
  if (bits === undefined) return Number.isSafeInteger;
  return (value) => value >= -(2 ** bits) && value < 2 ** bits;
}

const family = 'numbers';

export const ATTEMPTS: readonly FunctionSpec[] = [
  {
    name: 'try_add',
    family,
    signature: 'try_add(a, b) -> number',
    summary: 'a + b, null where that overflows',
    build: attempted('+'),
  },
  {
    name: 'try_subtract',
    family,
    signature: 'try_subtract(a, b) -> number',
    summary: 'a - b, null where that overflows',
    build: attempted('-'),
  },
  {
    name: 'try_multiply',
    family,
    signature: 'try_multiply(a, b) -> number',
    summary: 'a * b, null where that overflows',
    build: attempted('*'),
  },
  {
    name: 'try_divide',
    family,
    signature: 'try_divide(a, b) -> double|decimal',
    summary: 'a / b, null where b is 0',
    build: attempted('/'),
  },
  {
    name: 'try_mod',
    family,
    signature: 'try_mod(a, b) -> number',
    summary: 'a % b, null where b is 0',
    build: attempted('%'),
  },
];

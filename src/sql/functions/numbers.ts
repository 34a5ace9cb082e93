import type { DataType, Value } from '../../core/types.ts';
import { BIGINT, DOUBLE, INT } from '../../core/types.ts';
import { divide, fitting, isInteger, isNumeric, positiveRemainder } from '../arithmetic.ts';
import { coerced, commonTypeOf, unified } from '../coercion.ts';
import { comparatorOf } from '../comparison.ts';
import type { Evaluate, Expression } from '../expression.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { call, expectCount, operandAs, operandsAt, takes, unexpected } from '../function-spec.ts';
import { arithmetic, negation } from '../operators.ts';

/** The operand as a number; a string counts as a double. */
function number(site: CallSite, index: number): Expression {
  const operand = site.operand(index);
  if (isNumeric(operand.type)) return operand;
  if (operand.type.kind === 'string' || operand.type.kind === 'void') return coerced(operand, DOUBLE);
  throw unexpected(site, index, operand, 'a number');
}

/** One number in, a number of the same type out. */
const sameType =
  (evaluate: (type: DataType) => (value: number) => number) =>
  (site: CallSite): Expression => {
    expectCount(site, 1);
    const operand = number(site, 0);
    return call(site, [operand], operand.type, evaluate(operand.type));
  };

/** A fraction in, a bigint out. */
const toWhole =
  (evaluate: (value: number) => number) =>
  (site: CallSite): Expression => {
    expectCount(site, 1);
    const operand = number(site, 0);
    const fit = fitting(BIGINT);
    if (isInteger(operand.type)) return coerced(operand, BIGINT);
    return call(site, [operand], BIGINT, (value: number) => fit(evaluate(value)));
  };

const ofDouble = (evaluate: (value: number) => Value): ((site: CallSite) => Expression) =>
  takes([DOUBLE], DOUBLE, evaluate);

/** Half away from zero, in decimal digits as written: 2.675 rounds to 2.68. */
function rounded(value: number, digits: number): number {
  if (!Number.isFinite(value)) return value;
  const [mantissa, exponent = '0'] = String(Math.abs(value)).split('e');
  const shifted = Number(`${mantissa}e${Number(exponent) + digits}`);
  if (!Number.isFinite(shifted)) return value;
  const [whole, wholeExponent = '0'] = String(Math.floor(shifted + 0.5)).split('e');
  return Math.sign(value) * Number(`${whole}e${Number(wholeExponent) - digits}`);
}

function round(site: CallSite): Expression {
  expectCount(site, 1, 2);
  const operand = number(site, 0);
  const digits = site.count === 2 ? [operandAs(site, 1, INT)] : [];
  const fit = fitting(operand.type);
  return call(site, [operand, ...digits], operand.type, (value: number, places = 0) => fit(rounded(value, places)));
}

/** `greatest` and `least` skip nulls. */
const extreme =
  (sign: 1 | -1) =>
  (site: CallSite): Expression => {
    expectCount(site, 2, Infinity);
    const operands = unified(operandsAt(site), `\`${site.name}\``);
    const { type } = operands[0];
    const compare = comparatorOf(type) as ((a: Value, b: Value) => number) | null;
    if (compare === null) throw unexpected(site, 0, operands[0], 'of a type with an order');
    const pick = (...values: Value[]): Value =>
      values.reduce(
        (best, value) => (value !== null && (best === null || compare(value, best) * sign > 0) ? value : best),
        null,
      );
    return call(site, operands, type, pick, { nulls: 'passed' });
  };

/** `a operator b`, as a function. */
const asOperator =
  (operator: '%' | 'div') =>
  (site: CallSite): Expression => {
    expectCount(site, 2);
    return arithmetic(operator, site.operand(0), site.operand(1), site.span);
  };

/** Null in place of an overflow or a division by zero. */
const attempted =
  (operator: '+' | '-' | '*' | '/' | '%') =>
  (site: CallSite): Expression => {
    expectCount(site, 2);
    const plain = arithmetic(operator, site.operand(0), site.operand(1), site.span);
    if (plain.kind !== 'call') return plain;
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

function pmod(site: CallSite): Expression {
  expectCount(site, 2);
  const operands = [number(site, 0), number(site, 1)];
  const type = commonTypeOf(operands.map((o) => o.type)) ?? DOUBLE;
  return call(
    site,
    operands.map((o) => coerced(o, type)),
    type,
    positiveRemainder,
  );
}

function negative(site: CallSite): Expression {
  expectCount(site, 1);
  return negation(site.operand(0), site.span);
}

function logarithm(site: CallSite): Expression {
  expectCount(site, 1, 2);
  if (site.count === 1) return ofDouble((value) => (value > 0 ? Math.log(value) : null))(site);
  const log = (base: number, value: number): Value => (base > 0 && value > 0 ? exactLog(value, base) : null);
  return takes([DOUBLE, DOUBLE], DOUBLE, log)(site);
}

const exactLog = (value: number, base: number): number =>
  base === 10 ? Math.log10(value) : base === 2 ? Math.log2(value) : divide(Math.log(value), Math.log(base));

function bucket(site: CallSite): Expression {
  const width = (value: number, low: number, high: number, count: number): Value => {
    if (count <= 0 || low === high || !Number.isFinite(low) || !Number.isFinite(high) || Number.isNaN(value))
      return null;
    const [from, to, at] = low < high ? [low, high, value] : [-low, -high, -value];
    if (at < from) return 0;
    return at >= to ? count + 1 : Math.floor((count * (at - from)) / (to - from)) + 1;
  };
  return takes([DOUBLE, DOUBLE, DOUBLE, BIGINT], BIGINT, width)(site);
}

function factorOf(name: string, evaluate: (value: number) => Value, summary: string): FunctionSpec {
  return { name, family, signature: `${name}(x double) -> double`, summary, build: ofDouble(evaluate) };
}

const family = 'numbers';

export const NUMBERS: readonly FunctionSpec[] = [
  {
    name: 'abs',
    family,
    signature: 'abs(x number) -> number',
    summary: 'the size of a number',
    build: sameType((type) => {
      const fit = fitting(type);
      return (value) => fit(Math.abs(value));
    }),
  },
  {
    name: 'negative',
    family,
    signature: 'negative(x number) -> number',
    summary: 'the number with the other sign',
    build: negative,
  },
  {
    name: 'ceil',
    aliases: ['ceiling'],
    family,
    signature: 'ceil(x number) -> bigint',
    summary: 'the least integer not below x',
    build: toWhole(Math.ceil),
  },
  {
    name: 'floor',
    family,
    signature: 'floor(x number) -> bigint',
    summary: 'the largest integer not above x',
    build: toWhole(Math.floor),
  },
  {
    name: 'round',
    family,
    signature: 'round(x number [, digits int]) -> number',
    summary: 'x rounded to decimal digits, halves away from zero',
    build: round,
  },
  {
    name: 'sign',
    aliases: ['signum'],
    family,
    signature: 'sign(x double) -> double',
    summary: '-1, 0 or 1',
    build: ofDouble(Math.sign),
  },
  factorOf('sqrt', Math.sqrt, 'the square root, NaN for negative numbers'),
  factorOf('cbrt', Math.cbrt, 'the cubic root'),
  factorOf('exp', Math.exp, 'e to the power of x'),
  factorOf('ln', (value) => (value > 0 ? Math.log(value) : null), 'the natural logarithm, null unless x is positive'),
  factorOf(
    'log10',
    (value) => (value > 0 ? Math.log10(value) : null),
    'the decimal logarithm, null unless x is positive',
  ),
  factorOf('log2', (value) => (value > 0 ? Math.log2(value) : null), 'the binary logarithm, null unless x is positive'),
  factorOf('sin', Math.sin, 'the sine of an angle in radians'),
  factorOf('cos', Math.cos, 'the cosine of an angle in radians'),
  factorOf('tan', Math.tan, 'the tangent of an angle in radians'),
  factorOf('radians', (value) => (value / 180) * Math.PI, 'degrees as radians'),
  factorOf('degrees', (value) => (value * 180) / Math.PI, 'radians as degrees'),
  {
    name: 'log',
    family,
    signature: 'log([base double,] x double) -> double',
    summary: 'the logarithm of x to a base, natural without one; null unless x is positive',
    build: logarithm,
  },
  {
    name: 'power',
    aliases: ['pow'],
    family,
    signature: 'power(x double, exponent double) -> double',
    summary: 'x to the power of the exponent',
    build: takes([DOUBLE, DOUBLE], DOUBLE, (x: number, exponent: number) => x ** exponent),
  },
  {
    name: 'mod',
    family,
    signature: 'mod(a number, b number) -> number',
    summary: 'the remainder, with the sign of a',
    build: asOperator('%'),
  },
  {
    name: 'pmod',
    family,
    signature: 'pmod(a number, b number) -> number',
    summary: 'the remainder that is not negative',
    build: pmod,
  },
  {
    name: 'greatest',
    family,
    signature: 'greatest(a, b, …) -> their common type',
    summary: 'the largest of the values that are not null',
    build: extreme(1),
  },
  {
    name: 'least',
    family,
    signature: 'least(a, b, …) -> their common type',
    summary: 'the least of the values that are not null',
    build: extreme(-1),
  },
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
    signature: 'try_divide(a, b) -> double',
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
  {
    name: 'width_bucket',
    family,
    signature: 'width_bucket(x double, low double, high double, count bigint) -> bigint',
    summary: 'number of the bucket that x falls in, of `count` equal ones between low and high',
    build: bucket,
  },
];

import { isInterval } from '../../core/interval.ts';
import type { Value } from '../../core/types.ts';
import { BIGINT, DOUBLE, INT } from '../../core/types.ts';
import { fitting, isInteger, isNumeric, positiveRemainderOf } from '../arithmetic.ts';
import { decimalFor, USUAL_DECIMAL } from '../decimal.ts';
import { decimalArithmetic } from '../decimal-operators.ts';
import { coerced, commonTypeOf, unified } from '../coercion.ts';
import { comparatorOf } from '../comparison.ts';
import type { Expression } from '../expression.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { call, expectCount, operandAs, operandsAt, takes, unexpected } from '../function-spec.ts';
import { affirmation, arithmetic, negation } from '../operators.ts';
import { rounded } from '../rounding.ts';
import { roundedDecimal, wholeDecimal } from './decimal-rounding.ts';

/** The operand as a number; a string counts as a double. */
function number(site: CallSite, index: number): Expression {
  const operand = site.operand(index);
  if (isNumeric(operand.type)) return operand;
  if (operand.type.kind === 'string' || operand.type.kind === 'void') return coerced(operand, DOUBLE);
  throw unexpected(site, index, operand, 'a number');
}

function absolute(site: CallSite): Expression {
  expectCount(site, 1);
  const operand = isInterval(site.operand(0).type) ? site.operand(0) : number(site, 0);
  if (operand.type.kind === 'decimal')
    return call(site, [operand], operand.type, (value: bigint) => (value < 0n ? -value : value));
  const fit = fitting(operand.type);
  return call(site, [operand], operand.type, (value: number) => fit(Math.abs(value)));
}

/** `ceil` or `floor`: a bigint, 0 for NaN; of a decimal, or to decimal places, a decimal. */
const toWhole =
  (evaluate: (value: number) => number, mode: 'up' | 'down') =>
  (site: CallSite): Expression => {
    expectCount(site, 1, 2);
    if (site.count === 2) {
      const type = decimalFor(site.operand(0).type) ?? USUAL_DECIMAL;
      return roundedDecimal(site, operandAs(site, 0, type), type, mode);
    }
    const operand = number(site, 0);
    if (operand.type.kind === 'decimal') return wholeDecimal(site, operand, operand.type, mode);
    const fit = fitting(BIGINT);
    if (isInteger(operand.type)) return coerced(operand, BIGINT);
    return call(site, [operand], BIGINT, (value: number) => (Number.isNaN(value) ? 0 : fit(evaluate(value))));
  };

const round =
  (mode: 'halfUp' | 'halfEven') =>
  (site: CallSite): Expression => {
    expectCount(site, 1, 2);
    const operand = number(site, 0);
    if (operand.type.kind === 'decimal') return roundedDecimal(site, operand, operand.type, mode);
    const digits = site.count === 2 ? [operandAs(site, 1, INT)] : [];
    const fit = fitting(operand.type);
    return call(site, [operand, ...digits], operand.type, (value: number, places = 0) =>
      fit(rounded(value, places, mode)),
    );
  };

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

function pmod(site: CallSite): Expression {
  expectCount(site, 2);
  const decimal = decimalArithmetic('pmod', site.operand(0), site.operand(1), site.span);
  if (decimal !== null) return decimal;
  const operands = operandsAt(site).map((operand, i) => (operand.type.kind === 'void' ? operand : number(site, i)));
  const common = commonTypeOf(operands.map((o) => o.type));
  const type = common === null || common.kind === 'void' ? DOUBLE : common;
  return call(
    site,
    operands.map((o) => coerced(o, type)),
    type,
    positiveRemainderOf(type),
  );
}

function negative(site: CallSite): Expression {
  expectCount(site, 1);
  return negation(site.operand(0), site.span);
}

/** The number itself, which a text becomes first. */
function positive(site: CallSite): Expression {
  expectCount(site, 1);
  return affirmation(site.operand(0));
}

function factorial(n: number): Value {
  if (n < 0 || n > 20) return null;
  let product = 1;
  for (let factor = 2; factor <= n; factor++) product *= factor;
  return fitting(BIGINT)(product);
}

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

const family = 'numbers';

export const NUMBERS: readonly FunctionSpec[] = [
  {
    name: 'abs',
    family,
    signature: 'abs(x number|interval) -> type of x',
    summary: 'the size of a number or an interval',
    build: absolute,
  },
  {
    name: 'negative',
    family,
    signature: 'negative(x number) -> number',
    summary: 'the number with the other sign',
    build: negative,
  },
  {
    name: 'positive',
    family,
    signature: 'positive(x number) -> number',
    summary: 'the number itself',
    build: positive,
  },
  {
    name: 'ceil',
    aliases: ['ceiling'],
    family,
    signature: 'ceil(x number [, digits int]) -> bigint|decimal',
    summary: 'the least integer, or number of so many decimal digits, not below x',
    build: toWhole(Math.ceil, 'up'),
  },
  {
    name: 'floor',
    family,
    signature: 'floor(x number [, digits int]) -> bigint|decimal',
    summary: 'the largest integer, or number of so many decimal digits, not above x',
    build: toWhole(Math.floor, 'down'),
  },
  {
    name: 'round',
    family,
    signature: 'round(x number [, digits int]) -> number',
    summary: 'x rounded to decimal digits, halves away from zero',
    build: round('halfUp'),
  },
  {
    name: 'bround',
    family,
    signature: 'bround(x number [, digits int]) -> number',
    summary: 'x rounded to decimal digits, halves to the even digit',
    build: round('halfEven'),
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
    name: 'factorial',
    family,
    signature: 'factorial(n int) -> bigint',
    summary: 'the product of 1 to n, null unless n is between 0 and 20',
    build: takes([INT], BIGINT, factorial),
  },
  {
    name: 'width_bucket',
    family,
    signature: 'width_bucket(x double, low double, high double, count bigint) -> bigint',
    summary: 'number of the bucket that x falls in, of `count` equal ones between low and high',
    build: bucket,
  },
];

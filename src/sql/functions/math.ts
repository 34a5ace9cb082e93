import type { Value } from '../../core/types.ts';
import { DOUBLE } from '../../core/types.ts';
import type { Expression } from '../expression.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { expectCount, takes } from '../function-spec.ts';

const family = 'numbers';

/** A function of doubles. */
const real = (
  name: string,
  evaluate: (...operands: number[]) => Value,
  summary: string,
  operands: readonly string[] = ['x'],
  aliases: readonly string[] = [],
): FunctionSpec => ({
  name,
  aliases,
  family,
  signature: `${name}(${operands.map((operand) => `${operand} double`).join(', ')}) -> double`,
  summary,
  build: takes(
    operands.map(() => DOUBLE),
    DOUBLE,
    evaluate,
  ),
});

const constant = (name: string, value: number, summary: string): FunctionSpec => ({
  name,
  family,
  signature: `${name}() -> double`,
  summary,
  build: (site) => {
    expectCount(site, 0);
    return { kind: 'literal', value, type: DOUBLE, span: site.span };
  },
});

const ofPositive =
  (evaluate: (x: number) => number): ((x: number) => Value) =>
  (x) =>
    x <= 0 ? null : evaluate(x);

function logarithm(site: CallSite): Expression {
  expectCount(site, 1, 2);
  if (site.count === 1) return takes([DOUBLE], DOUBLE, ofPositive(Math.log))(site);
  const log = (base: number, x: number): Value => (base <= 0 || x <= 0 ? null : Math.log(x) / Math.log(base));
  return takes([DOUBLE, DOUBLE], DOUBLE, log)(site);
}

/** Math.hypot is off by more than the last digit at times; its care is needed only where squares do not fit. */
function hypotenuse(a: number, b: number): number {
  const square = a * a + b * b;
  return square > 1e-280 && square < Infinity ? Math.sqrt(square) : Math.hypot(a, b);
}

export const MATH: readonly FunctionSpec[] = [
  constant('e', Math.E, "Euler's number"),
  constant('pi', Math.PI, 'the ratio of a circle to its diameter'),
  real('sign', Math.sign, '-1, 0 or 1', ['x'], ['signum']),
  real('sqrt', Math.sqrt, 'the square root, NaN for negative numbers'),
  real('cbrt', Math.cbrt, 'the cubic root'),
  real('exp', Math.exp, 'e to the power of x'),
  real('expm1', Math.expm1, 'e to the power of x, less 1'),
  real('ln', ofPositive(Math.log), 'the natural logarithm, null unless x is positive'),
  real('log10', ofPositive(Math.log10), 'the decimal logarithm, null unless x is positive'),
  real(
    'log2',
    ofPositive((x) => Math.log(x) / Math.LN2),
    'the binary logarithm, null unless x is positive',
  ),
  real(
    'log1p',
    (x) => (x <= -1 ? null : Math.log1p(x)),
    'the natural logarithm of x + 1, null unless that is positive',
  ),
  {
    name: 'log',
    family,
    signature: 'log([base double,] x double) -> double',
    summary: 'the logarithm of x to a base, natural without one; null unless both are positive',
    build: logarithm,
  },
  real('power', Math.pow, 'x to the power of the exponent', ['x', 'exponent'], ['pow']),
  real('hypot', hypotenuse, 'the square root of a * a + b * b', ['a', 'b']),
  real('rint', nearestEven, 'the nearest whole number, of two the even one'),
  real('degrees', (x) => x * 57.29577951308232, 'radians as degrees'),
  real('radians', (x) => x * 0.017453292519943295, 'degrees as radians'),
  real('sin', Math.sin, 'the sine of an angle in radians'),
  real('cos', Math.cos, 'the cosine of an angle in radians'),
  real('tan', Math.tan, 'the tangent of an angle in radians'),
  real('cot', (x) => 1 / Math.tan(x), 'the cotangent of an angle in radians'),
  real('sec', (x) => 1 / Math.cos(x), 'the secant of an angle in radians'),
  real('csc', (x) => 1 / Math.sin(x), 'the cosecant of an angle in radians'),
  real('asin', Math.asin, 'the angle in radians with this sine'),
  real('acos', Math.acos, 'the angle in radians with this cosine'),
  real('atan', Math.atan, 'the angle in radians with this tangent'),
  // Adding zero turns -0 into 0, as Spark does.
  real('atan2', (y, x) => Math.atan2(y + 0, x + 0), 'the angle in radians of the point (x, y)', ['y', 'x']),
  real('sinh', Math.sinh, 'the hyperbolic sine'),
  real('cosh', Math.cosh, 'the hyperbolic cosine'),
  real('tanh', Math.tanh, 'the hyperbolic tangent'),
  real('asinh', Math.asinh, 'the inverse hyperbolic sine'),
  real('acosh', Math.acosh, 'the inverse hyperbolic cosine'),
  real('atanh', Math.atanh, 'the inverse hyperbolic tangent'),
];

function nearestEven(x: number): number {
  const below = Math.floor(x);
  const fraction = x - below;
  const up = fraction > 0.5 || (fraction === 0.5 && below % 2 !== 0);
  // A negative number that rounds to zero gives -0, as in Java.
  return Object.is(x, -0) || (x < 0 && below === -1 && up) ? -0 : below + (up ? 1 : 0);
}

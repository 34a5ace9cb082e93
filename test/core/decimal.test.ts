import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decimalFromText,
  decimalText,
  decimalToDouble,
  digitsOf,
  quotient,
  rescaled,
  type DecimalRounding,
} from '../../src/core/decimal.ts';
import { decimalOf, type DecimalType } from '../../src/core/types.ts';

const type: fc.Arbitrary<DecimalType> = fc
  .integer({ min: 1, max: 38 })
  .chain((precision) => fc.integer({ min: 0, max: precision }).map((scale) => decimalOf(precision, scale)));
const valueOf = ({ precision }: DecimalType): fc.Arbitrary<bigint> =>
  fc.bigInt({ min: -(10n ** BigInt(precision)) + 1n, max: 10n ** BigInt(precision) - 1n });
const typed = type.chain((t) => valueOf(t).map((value) => [t, value] as const));

test('the text of a decimal reads back as the same decimal', () => {
  fc.assert(
    fc.property(typed, ([t, value]) => {
      expect(decimalFromText(decimalText(value, t.scale), t)).toBe(value);
    }),
  );
});

test('a decimal without a point is a whole number, and one of only fractions starts with 0', () => {
  expect(decimalText(-1n, 0)).toBe('-1');
  expect(decimalText(-1n, 1)).toBe('-0.1');
  expect(decimalText(-1n, 3)).toBe('-0.001');
  expect(decimalText(1234n, 2)).toBe('12.34');
  expect(decimalText(0n, 2)).toBe('0.00');
});

test('the nearest double is the one that JavaScript reads in the text', () => {
  fc.assert(
    fc.property(typed, ([{ scale }, value]) => {
      expect(decimalToDouble(value, scale)).toBe(Number(decimalText(value, scale)) + 0);
    }),
  );
});

describe('a text', () => {
  test.each([
    ['1.005', 101n, 1n],
    ['-1.005', -101n, -1n],
    ['+.5', 50n, 1n],
    ['5.', 500n, 5n],
    ['1.5e2', 15_000n, 150n],
    ['15E-1', 150n, 2n],
    ['1e-400', 0n, 0n],
    ['0e400', 0n, 0n],
    ['0.0049999999999999999999999999999999999999999', 0n, 0n],
    ['0.005', 1n, 0n],
  ])('%s is rounded half away from zero', (text, hundredths, whole) => {
    expect(decimalFromText(text, decimalOf(10, 2))).toBe(hundredths);
    expect(decimalFromText(text, decimalOf(10, 0))).toBe(whole);
  });

  test.each(['', '.', '-', '1.5.2', '1e', 'e1', '1_0', ' 1', '0x1', 'NaN', 'Infinity', '1,5', '１'])(
    '‹%s› is no number',
    (text) => expect(digitsOf(text)).toBeNull(),
  );

  test.each(['1000', '999.995', '1e400', '-1000'])('%s has too many digits for decimal(5,2)', (text) => {
    expect(digitsOf(text)).not.toBeNull();
    expect(decimalFromText(text, decimalOf(5, 2))).toBeNull();
  });
});

describe('a quotient', () => {
  const ROUNDED: readonly (readonly [DecimalRounding, readonly bigint[]])[] = [
    ['halfUp', [-3n, -2n, -1n, 0n, 1n, 2n, 3n]],
    ['halfDown', [-2n, -1n, -1n, 0n, 1n, 1n, 2n]],
    ['halfEven', [-2n, -2n, -1n, 0n, 1n, 2n, 2n]],
    ['up', [-2n, -1n, -1n, 0n, 2n, 2n, 3n]],
    ['down', [-3n, -2n, -2n, 0n, 1n, 1n, 2n]],
  ];

  test.each(ROUNDED)('of -2.5, -1.5, -1.25, 0, 1.25, 1.5, 2.5 rounded %s', (rounding, expected) => {
    const dividends = [-250n, -150n, -125n, 0n, 125n, 150n, 250n];
    expect(dividends.map((dividend) => quotient(dividend, 100n, rounding))).toEqual(expected);
    expect(dividends.map((dividend) => quotient(-dividend, -100n, rounding))).toEqual(expected);
  });

  test('rounded half up is at most half a unit away', () => {
    const divisor = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).filter((n) => n !== 0n);
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }), divisor, (a, b) => {
        const error = 2n * (quotient(a, b) * b - a);
        expect((error < 0n ? -error : error) <= (b < 0n ? -b : b)).toBe(true);
      }),
    );
  });
});

test('more digits behind the point and back again change nothing', () => {
  fc.assert(
    fc.property(typed, fc.integer({ min: 0, max: 38 }), ([{ scale }, value], more) => {
      expect(rescaled(rescaled(value, scale, scale + more), scale + more, scale)).toBe(value);
    }),
  );
});

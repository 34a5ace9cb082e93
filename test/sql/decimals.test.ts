import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Diagnostics } from '../../src/core/diagnostic.ts';
import { decimalText } from '../../src/core/decimal.ts';
import type { DecimalType, Row, Value } from '../../src/core/types.ts';
import { decimalOf, field, INT, typeName } from '../../src/core/types.ts';
import { makeAggregator } from '../../src/sql/aggregator.ts';
import { expressionText, GroupedAnalysis } from '../../src/sql/sql.ts';
import { at, BACKENDS, CONTEXT, expressionOf, items, outcome } from './support.ts';

const type: fc.Arbitrary<DecimalType> = fc
  .integer({ min: 1, max: 38 })
  .chain((precision) => fc.integer({ min: 0, max: precision }).map((scale) => decimalOf(precision, scale)));
const typed = type.chain((t) => {
  const most = 10n ** BigInt(t.precision) - 1n;
  return fc.bigInt({ min: -most, max: most }).map((value) => ({ type: t, value }));
});
type Typed = { readonly type: DecimalType; readonly value: bigint };

const size = (value: bigint): bigint => (value < 0n ? -value : value);

/** `a operator b` over columns of the types. */
function evaluated(operator: string, a: Typed, b: Typed): { type: DecimalType; results: ReturnType<typeof outcome>[] } {
  const scope = { columns: [field('a', a.type), field('b', b.type)], qualifiers: [] };
  const expression = expressionOf(`a ${operator} b`, scope);
  const results = BACKENDS.map(([, backend]) => outcome(() => backend.value(expression)([a.value, b.value], CONTEXT)));
  return { type: expression.type as DecimalType, results };
}

/** Numerator and denominator of the exact result. */
function exactly(operator: string, a: Typed, b: Typed): [bigint, bigint] {
  const [unitA, unitB] = [10n ** BigInt(a.type.scale), 10n ** BigInt(b.type.scale)];
  switch (operator) {
    case '+':
      return [a.value * unitB + b.value * unitA, unitA * unitB];
    case '-':
      return [a.value * unitB - b.value * unitA, unitA * unitB];
    case '*':
      return [a.value * b.value, unitA * unitB];
    case '/':
      return [a.value * unitB, b.value * unitA];
    default:
      return [(a.value * unitB) % (b.value * unitA), unitA * unitB];
  }
}

describe.each(['+', '-', '*', '/', '%'])('a %s b', (operator) => {
  test('is the exact result but for the rounding of its last digit, or out of range', () => {
    fc.assert(
      fc.property(typed, typed, (a, b) => {
        fc.pre(b.value !== 0n || !'/%'.includes(operator));
        const { type: resultType, results } = evaluated(operator, a, b);
        const [numerator, denominator] = exactly(operator, a, b);
        const unit = 10n ** BigInt(resultType.scale);
        // Rounded first at the 39th digit, hence up to 0.05 further off than by half.
        const furthest = 11n * size(denominator);
        for (const result of results) {
          if ('error' in result) {
            expect(result.error).toMatch(/^NUMERIC_VALUE_OUT_OF_RANGE/);
            const limit = 10n ** BigInt(resultType.precision) * size(denominator);
            expect(20n * size(numerator) * unit >= 20n * limit - furthest).toBe(true);
          } else {
            const error = size((result.value as bigint) * denominator - numerator * unit);
            expect(20n * error <= furthest).toBe(true);
          }
        }
      }),
      { numRuns: 400 },
    );
  });
});

test('beside a zero there is no quotient and no remainder', () => {
  const zero: Typed = { type: decimalOf(5, 2), value: 0n };
  const one: Typed = { type: decimalOf(5, 2), value: 100n };
  expect(evaluated('/', one, zero).results).toEqual([{ error: 'DIVIDE_BY_ZERO' }, { error: 'DIVIDE_BY_ZERO' }]);
  expect(evaluated('%', one, zero).results).toEqual([{ error: 'REMAINDER_BY_ZERO' }, { error: 'REMAINDER_BY_ZERO' }]);
});

test('decimals are ordered as numbers whatever their digits behind the point', () => {
  fc.assert(
    fc.property(typed, typed, (a, b) => {
      fc.pre(a.type.precision - a.type.scale + Math.max(a.type.scale, b.type.scale) <= 38);
      fc.pre(b.type.precision - b.type.scale + Math.max(a.type.scale, b.type.scale) <= 38);
      const [left, right] = [a.value * 10n ** BigInt(b.type.scale), b.value * 10n ** BigInt(a.type.scale)];
      for (const [operator, holds] of [
        ['<', left < right],
        ['=', left === right],
        ['>=', left >= right],
      ] as const)
        expect(evaluated(operator, a, b).results).toEqual([{ value: holds }, { value: holds }]);
    }),
  );
});

test('a decimal becomes a text and that becomes the decimal again', () => {
  fc.assert(
    fc.property(typed, ({ type: t, value }) => {
      const scope = { columns: [field('a', t)], qualifiers: [] };
      const back = expressionOf(`cast(cast(a as string) as ${typeName(t)})`, scope);
      for (const [, backend] of BACKENDS) expect(backend.value(back)([value], CONTEXT)).toBe(value);
    }),
  );
});

describe('the canonical text of a literal', () => {
  test.each([
    ['1.50', '1.50BD'],
    ['-0.05', '-0.05BD'],
    ['1e3BD', '1000BD'],
    ['cast(1.5 as decimal(10, 2))', 'cast(1.50BD as decimal(10,2))'],
    ['cast(7 as decimal(1, 0))', '7BD'],
  ])('%s is %s, which means the same', (written, text) => {
    const literal = expressionOf(written);
    expect(expressionText(literal)).toBe(text);
    const again = expressionOf(text);
    expect(expressionText(again)).toBe(text);
    expect(typeName(again.type)).toBe(typeName(literal.type));
  });
});

test('an item without an alias is named by the digits as they were written', () => {
  expect(items('1.50 + i')[0].name).toBe('(1.50 + i)');
  expect(items('decimal(i)')[0].name).toBe('i');
  expect(items('cast(i as decimal(10, 2))')[0].name).toBe('CAST(i AS DECIMAL(10,2))');
});

describe.each(BACKENDS)('aggregates in %s code', (_, backend) => {
  const columns = [field('a', decimalOf(10, 2)), field('w', decimalOf(38, 0)), field('n', INT)];
  const aggregator = (text: string): ReturnType<typeof makeAggregator> & { readonly type: string } => {
    const analysis = new GroupedAnalysis({ columns, qualifiers: [] }, [], new Diagnostics(), '');
    const [item] = analysis.items([at(text)]) ?? [];
    return { ...makeAggregator(analysis.calls, backend), type: typeName(item.expression.type) };
  };
  const filled = (all: ReturnType<typeof aggregator>, rows: readonly Row[]): Row => {
    const buffer = all.initial();
    for (const row of rows) all.update(buffer, row, CONTEXT);
    return buffer;
  };
  const result = (all: ReturnType<typeof aggregator>, buffer: Row): Value => {
    const output: Row = [];
    all.finish(buffer, output);
    return output[0];
  };

  test.each(['sum(a)', 'try_sum(a)', 'avg(a)', 'try_avg(a)', 'min(a)', 'max(a)', 'count(distinct a)'])(
    '%s over parts is the same as over all',
    (text) => {
      const value = fc.option(fc.bigInt({ min: -9_999_999_999n, max: 9_999_999_999n }), { nil: null });
      const all = aggregator(text);
      fc.assert(
        fc.property(fc.array(value), fc.array(value), (left, right) => {
          const row = (a: Value): Row => [a, null, null];
          const merged = filled(all, left.map(row));
          all.merge(merged, filled(all, right.map(row)));
          expect(result(all, merged)).toEqual(result(all, filled(all, [...left, ...right].map(row))));
        }),
      );
    },
  );

  test('a sum has ten digits more, a mean four more behind the point', () => {
    expect(aggregator('sum(a)').type).toBe('decimal(20,2)');
    expect(aggregator('avg(a)').type).toBe('decimal(14,6)');
    const mean = aggregator('avg(a)');
    expect(
      result(
        mean,
        filled(mean, [
          [100n, null, null],
          [100n, null, null],
          [0n, null, null],
        ]),
      ),
    ).toBe(666_667n);
  });

  const most = 10n ** 38n - 1n;
  const rows: readonly Row[] = [
    [null, most, null],
    [null, 1n, null],
    [null, -5n, null],
  ];

  test('a sum that overflows fails, and leaves the buffer as it was', () => {
    const sum = aggregator('sum(w)');
    const buffer = filled(sum, rows.slice(0, 1));
    expect(outcome(() => (sum.update(buffer, rows[1], CONTEXT), null))).toEqual({ error: 'ARITHMETIC_OVERFLOW' });
    expect(result(sum, buffer)).toBe(most);
  });

  test.each(['try_sum(w)', 'try_avg(w)'])('%s is null from an overflow on, also across parts', (text) => {
    const tried = aggregator(text);
    expect(result(tried, filled(tried, rows))).toBeNull();
    const merged = filled(tried, rows.slice(2));
    tried.merge(merged, filled(tried, rows.slice(0, 2)));
    expect(result(tried, merged)).toBeNull();
  });
});

test('a sum of hundredths is exact where one of doubles is not', () => {
  const scope = { columns: [field('a', decimalOf(10, 2))], qualifiers: [] };
  const total = expressionOf('a + 0.10 + 0.20', scope);
  expect(decimalText(BACKENDS[0][1].value(total)([0n], CONTEXT) as bigint, 2)).toBe('0.30');
});

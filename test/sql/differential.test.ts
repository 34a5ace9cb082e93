import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Row } from '../../src/core/types.ts';
import { BOOLEAN, decimalOf, DOUBLE, field, INT, STRING, arrayOf } from '../../src/core/types.ts';
import { generated } from '../../src/sql/generate.ts';
import { interpreted } from '../../src/sql/interpret.ts';
import { expressionOf, outcome } from './support.ts';

const SCOPE = {
  columns: [
    field('i', INT),
    field('j', INT),
    field('d', DOUBLE),
    field('s', STRING),
    field('b', BOOLEAN),
    field('xs', arrayOf(INT)),
    field('m', decimalOf(5, 2)),
    field('k', decimalOf(30, 10)),
  ],
  qualifiers: [],
};

/** Texts of expressions by type, nested to a depth. */
const { number, text, truth } = fc.letrec<{ number: string; text: string; truth: string }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom('i', 'j', 'd', 'm', 'k', '0', '-3', '2147483647', '1.5', '0.25D', 'null', 'length(s)'),
    fc
      .tuple(tie('number'), fc.constantFrom('+', '-', '*', '/', '%'), tie('number'))
      .map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc.tuple(tie('truth'), tie('number'), tie('number')).map(([c, a, b]) => `case when ${c} then ${a} else ${b} end`),
    fc.tuple(tie('number'), tie('number')).map(([a, b]) => `coalesce(${a}, ${b})`),
    fc.tuple(tie('number'), tie('number')).map(([a, b]) => `greatest(${a}, ${b})`),
    tie('number').map((a) => `try_cast(${a} as int)`),
    tie('number').map((a) => `abs(${a})`),
    tie('number').map((a) => `aggregate(xs, 0, (sum, x) -> try_cast(coalesce(x, sum) + ${a} as int))`),
  ),
  text: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom('s', "'a'", "''", "'\u{1F600}'", 'null'),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => `(${a} || ${b})`),
    fc.tuple(tie('truth'), tie('text'), tie('text')).map(([c, a, b]) => `if(${c}, ${a}, ${b})`),
    tie('number').map((a) => `cast(${a} as string)`),
    tie('text').map((a) => `upper(${a})`),
    fc.tuple(tie('text'), tie('number')).map(([a, n]) => `substring(${a}, try_cast(${n} as int), 2)`),
  ),
  truth: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom('b', 'true', 'false', 'null'),
    fc
      .tuple(tie('number'), fc.constantFrom('=', '<>', '<', '<=', '>', '>=', '<=>'), tie('number'))
      .map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc.tuple(tie('text'), fc.constantFrom('=', '<', '>=', '<=>'), tie('text')).map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc.tuple(tie('truth'), fc.constantFrom('and', 'or'), tie('truth')).map(([a, op, b]) => `(${a} ${op} ${b})`),
    tie('truth').map((a) => `(not ${a})`),
    tie('truth').map((a) => `(${a} is null)`),
    fc.tuple(tie('number'), fc.constantFrom('1, 2', '0, null', 'i, 3')).map(([a, list]) => `(${a} in (${list}))`),
    tie('number').map((a) => `exists(xs, x -> x > ${a})`),
  ),
}));

const orNull = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values, { nil: null });
const ints = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constantFrom(2147483647, -2147483648));
const rows: fc.Arbitrary<Row> = fc
  .tuple(
    orNull(ints),
    orNull(ints),
    orNull(fc.constantFrom(0, -0, 1.5, NaN, Infinity, 1e300)),
    orNull(fc.constantFrom('', 'a', 'B', 'é')),
    orNull(fc.boolean()),
    orNull(fc.array(orNull(fc.integer({ min: -3, max: 3 })), { maxLength: 3 })),
    orNull(fc.bigInt({ min: -99999n, max: 99999n })),
    orNull(fc.bigInt({ min: -(10n ** 30n) + 1n, max: 10n ** 30n - 1n })),
  )
  .map((values) => values);

test('generated code and closures give the same values and the same errors for every expression', () => {
  fc.assert(
    fc.property(
      fc.oneof(number, text, truth),
      fc.array(rows, { minLength: 1, maxLength: 5 }),
      (expressionText, inputs) => {
        const expression = expressionOf(expressionText, SCOPE);
        const [a, b] = [generated.value(expression), interpreted.value(expression)];
        const context = { batchTime: 0 };
        for (const row of inputs) expect(outcome(() => a(row, context))).toEqual(outcome(() => b(row, context)));
        if (expression.type.kind !== 'boolean') return;
        const [p, q] = [generated.predicate(expression), interpreted.predicate(expression)];
        for (const row of inputs) expect(outcome(() => p(row, context))).toEqual(outcome(() => q(row, context)));
      },
    ),
    { numRuns: 500 },
  );
});

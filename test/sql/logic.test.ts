import { describe, expect, test } from 'vitest';
import { BOOLEAN, field } from '../../src/core/types.ts';
import { BACKENDS, CONTEXT, expressionOf, predicate } from './support.ts';

const SCOPE = { columns: [field('a', BOOLEAN), field('b', BOOLEAN)], qualifiers: [] };
const VALUES = [true, false, null];

/** Written out from the SQL standard, rows for a, columns for b, both in the order true, false, unknown. */
const AND = [
  [true, false, null],
  [false, false, false],
  [null, false, null],
];
const OR = [
  [true, true, true],
  [true, false, null],
  [true, null, null],
];

describe.each(BACKENDS)('%s code', (_, backend) => {
  test.each([
    ['and', AND],
    ['or', OR],
  ])('%s follows the truth table of three values', (operator, table) => {
    const evaluate = backend.value(expressionOf(`a ${operator} b`, SCOPE));
    expect(VALUES.map((a) => VALUES.map((b) => evaluate([a, b], CONTEXT)))).toEqual(table);
  });

  test('not leaves unknown unknown', () => {
    const evaluate = backend.value(expressionOf('not a', SCOPE));
    expect(VALUES.map((a) => evaluate([a, null], CONTEXT))).toEqual([false, true, null]);
  });

  test.each(['a and b', 'a or b', 'not a', 'not (a and b)', 'a is not true or b'])(
    'a condition %s holds exactly where its value is true',
    (text) => {
      const value = backend.value(expressionOf(text, SCOPE));
      const holds = backend.predicate(predicate(text, SCOPE));
      for (const a of VALUES) {
        for (const b of VALUES) expect(holds([a, b], CONTEXT)).toBe(value([a, b], CONTEXT) === true);
      }
    },
  );

  test('a false left side of and, and a true one of or, keep the right side from failing', () => {
    expect(backend.value(expressionOf('a and 1 / 0 > 1', SCOPE))([false, null], CONTEXT)).toBe(false);
    expect(backend.value(expressionOf('a or 1 / 0 > 1', SCOPE))([true, null], CONTEXT)).toBe(true);
    expect(() => backend.value(expressionOf('a or 1 / 0 > 1', SCOPE))([false, null], CONTEXT)).toThrow(
      /DIVIDE_BY_ZERO/,
    );
  });
});

import type { Diagnostic, Located } from '../../src/core/diagnostic.ts';
import { Diagnostics } from '../../src/core/diagnostic.ts';
import { MillraceError } from '../../src/core/errors.ts';
import type { Row, Schema, Value } from '../../src/core/types.ts';
import * as t from '../../src/core/types.ts';
import type { Backend } from '../../src/sql/backend.ts';
import { generated } from '../../src/sql/generate.ts';
import { interpreted } from '../../src/sql/interpret.ts';
import type { Expression, Scope, SelectItem } from '../../src/sql/sql.ts';
import { analyzeItems, analyzePredicate } from '../../src/sql/sql.ts';

/** 2026-01-31T12:07:05.5Z */
export const TIME = 1_769_861_225_500_000;
export const CONTEXT = { batchTime: TIME };

export const at = (value: string, start = 0): Located<string> => ({
  value,
  span: { file: 'orders.yaml', start, end: start + value.length, verbatim: true },
});

export const COLUMNS: Schema = [
  t.field('i', t.INT),
  t.field('n', t.INT),
  t.field('l', t.BIGINT),
  t.field('d', t.DOUBLE),
  t.field('f', t.FLOAT),
  t.field('s', t.STRING),
  t.field('b', t.BOOLEAN),
  t.field('ts', t.TIMESTAMP),
  t.field('day', t.DATE),
  t.field('xs', t.arrayOf(t.INT)),
  t.field('m', t.mapOf(t.STRING, t.INT)),
  t.field('st', t.structOf(t.field('a', t.INT), t.field('in', t.structOf(t.field('c', t.STRING))))),
  t.field('bin', t.BINARY),
  t.field('sts', t.arrayOf(t.structOf(t.field('a', t.INT)))),
];

/** `n` is null. */
export const ROW: Row = [
  7,
  null,
  9_000_000_000,
  2.5,
  Math.fround(0.1),
  'Hello',
  true,
  TIME,
  20_484,
  [3, null, 1],
  new Map<Value, Value>([
    ['k', 1],
    ['z', null],
  ]),
  [5, ['deep']],
  new Uint8Array([65, 66]),
  [[1], null, [2]],
];

export const SCOPE: Scope = { columns: COLUMNS, qualifiers: ['orders'] };

export const BACKENDS: readonly (readonly [string, Backend])[] = [
  ['generated', generated],
  ['interpreted', interpreted],
];

/** The items of one text; fails the test when there is a complaint. */
export function items(text: string, scope: Scope = SCOPE): SelectItem[] {
  const diagnostics = new Diagnostics();
  const result = analyzeItems([at(text)], scope, diagnostics, 'view `v`');
  if (result === null) throw new Error(`${text}: ${diagnostics.all.map((d) => `${d.code} ${d.message}`).join('; ')}`);
  return result;
}

export const expressionOf = (text: string, scope: Scope = SCOPE): Expression => items(text, scope)[0].expression;

/** The complaints about one item. */
export function complaints(text: string, scope: Scope = SCOPE): Diagnostic[] {
  const diagnostics = new Diagnostics();
  const result = analyzeItems([at(text)], scope, diagnostics, 'view `v`');
  if ((result === null) !== diagnostics.hasErrors) throw new Error('null must mean that there was an error');
  return diagnostics.all;
}

export function predicate(text: string, scope: Scope = SCOPE): Expression {
  const diagnostics = new Diagnostics();
  const result = analyzePredicate(at(text), scope, diagnostics, '');
  if (result === null) throw new Error(`${text}: ${diagnostics.all.map((d) => d.message).join('; ')}`);
  return result;
}

/** What evaluation gives: the value, or the Spark error class it failed with. */
export function outcome(evaluate: () => Value): { value: Value } | { error: string } {
  try {
    return { value: evaluate() };
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'EXPRESSION_FAILED')
      return { error: String(error.details.errorClass) };
    throw error;
  }
}

import { describe, expect, test } from 'vitest';
import { Diagnostics } from '../../src/core/diagnostic.ts';
import { typeName } from '../../src/core/types.ts';
import { analyzeItems, compileRow, expressionText, functionCatalogue, usedColumns } from '../../src/sql/sql.ts';
import { at, COLUMNS, complaints, CONTEXT, expressionOf, items, ROW, SCOPE } from './support.ts';

describe('the name of an item', () => {
  test.each([
    ['i', 'i'],
    ['orders.i', 'i'],
    ['st.in.c', 'c'],
    ['upper(s) as u', 'u'],
    ['upper(s) u', 'u'],
    ['upper(s) as `odd name`', 'odd name'],
    ['upper(s)', 'upper(s)'],
    ['i + 1', '(i + 1)'],
    ['-i', '(- i)'],
    ["s || 'x'", 'concat(s, x)'],
    ['i <> 1', '(NOT (i = 1))'],
    ['not b', '(NOT b)'],
    ['i = 1 and b', '((i = 1) AND b)'],
    ['i is not null', '(i IS NOT NULL)'],
    ['i in (1, 2)', '(i IN (1, 2))'],
    ['i between 1 and 2', 'between(i, 1, 2)'],
    ["s like 'x%'", 's LIKE x%'],
    ['cast(i as string)', 'CAST(i AS STRING)'],
    ["case when b then s else 'x' end", 'CASE WHEN b THEN s ELSE x END'],
    ['if(b, 1, 2)', '(IF(b, 1, 2))'],
    ['xs[0]', 'xs[0]'],
    ['i << 2', '(i << 2)'],
    ['i >>> 1', '(i >>> 1)'],
    ['(i, 2)', 'named_struct(i, i, col2, 2)'],
    ['double(i)', 'i'],
  ])('%s is %s', (text, name) => {
    expect(items(text)[0].name).toBe(name);
  });
});

describe('a star', () => {
  test.each(['*', 'orders.*', 'ORDERS.*'])('%s is every column in order', (text) => {
    expect(items(text).map((item) => item.name)).toEqual(COLUMNS.map((c) => c.name));
  });

  test('of a struct is its fields', () => {
    const found = items('st.*');
    expect(found.map((item) => item.name)).toEqual(['a', 'in']);
    expect(compileRow(found.map((item) => item.expression))(ROW, CONTEXT)).toEqual([5, ['deep']]);
  });

  test.each(['* as x', 'other.*', 'i.*', 'upper(*)'])('%s is refused', (text) => {
    expect(complaints(text)).toHaveLength(1);
  });
});

describe('a generator', () => {
  test.each([
    ['explode(xs)', ['col int']],
    ['explode(xs) as x', ['x int']],
    ['explode_outer(m)', ['key string', 'value int']],
    ['explode(m) as (a, b)', ['a string', 'b int']],
    ['posexplode(xs)', ['pos int', 'col int']],
    ['posexplode(xs) as (p, c)', ['p int', 'c int']],
    ['posexplode_outer(m)', ['pos int', 'key string', 'value int']],
    ['inline(sts)', ['a int']],
    ['inline_outer(array(st)) as (x, y)', ['x int', 'y struct<c: string>']],
  ])('%s makes the columns %j', (text, columns) => {
    const expression = expressionOf(text);
    if (expression.kind !== 'generator') throw new Error('expected a generator');
    expect(expression.outputs.map((o) => `${o.name} ${typeName(o.type)}`)).toEqual(columns);
    expect(items(text)[0].name).toBe(columns[0].split(' ')[0]);
  });

  test('compiles to its argument', () => {
    expect(compileRow([expressionOf("explode(split(lower(s), 'l')) as part")])(ROW, CONTEXT)).toEqual([
      ['he', '', 'o'],
    ]);
  });

  test.each(['explode(s)', 'posexplode(xs) as p', 'explode(xs, 1)', 'inline(xs)', 'inline(sts) as (a, b)'])(
    '%s is refused',
    (text) => {
      expect(complaints(text)).toHaveLength(1);
    },
  );

  test('is legal once in a view', () => {
    const diagnostics = new Diagnostics();
    expect(analyzeItems([at('explode(xs) as a'), at('explode(xs) as b')], SCOPE, diagnostics, '')).toBeNull();
    expect(diagnostics.all[0].code).toBe('UNSUPPORTED_GENERATOR.MULTI_GENERATOR');
  });
});

describe('the canonical text', () => {
  test.each([
    ['I + 1', 'i  +  1'],
    ['ORDERS.i', 'i'],
    ['i != 1', 'not (i = 1)'],
    ['nvl(n, 1)', 'coalesce(n, 1)'],
    ['substr(s, 1)', 'substring(s, 1)'],
    ['mod(i, 2)', 'i % 2'],
    ["ts > '2026-01-31'", "ts > timestamp '2026-01-31 00:00:00'"],
  ])('of %s is that of %s', (a, b) => {
    expect(expressionText(expressionOf(a))).toBe(expressionText(expressionOf(b)));
  });

  test.each([
    ['i - 1 - 1', 'i - (1 - 1)'],
    ['i + 1', 'i + 1L'],
    ["s = 'a'", "s = 'A'"],
    ["s like 'a!%' escape '!'", "s like 'a!%'"],
    ['struct(1).col1', 'struct(1L).col1'],
    ["named_struct('a', i)", "named_struct('b', i)"],
    ['cast(s as int)', 'try_cast(s as int)'],
    ["'a\\'' || s", "'a' || s"],
  ])('of %s is not that of %s', (a, b) => {
    expect(expressionText(expressionOf(a))).not.toBe(expressionText(expressionOf(b)));
  });
});

test('used columns are those that the expressions read, also within lambdas', () => {
  expect(usedColumns([expressionOf('transform(xs, x -> x + i)'), expressionOf('st.a')])).toEqual(new Set([9, 0, 11]));
});

test('the catalogue names every function once, with a signature that begins with a known name', () => {
  const names = functionCatalogue.map((f) => f.name);
  expect(new Set(names).size).toBe(names.length);
  for (const { signature, summary } of functionCatalogue) {
    expect(names).toContain(/^\w+/.exec(signature)?.[0]);
    expect(summary).not.toBe('');
  }
});

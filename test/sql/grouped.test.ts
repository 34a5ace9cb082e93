import { describe, expect, test } from 'vitest';
import { Diagnostics } from '../../src/core/diagnostic.ts';
import type { Row } from '../../src/core/types.ts';
import { BIGINT, DOUBLE, INT, schemaName, STRING, TIMESTAMP, field } from '../../src/core/types.ts';
import { makeAggregator } from '../../src/sql/aggregator.ts';
import { analyzeItems, compileAggregator, compileRow, GroupedAnalysis, usedColumnsOfCalls } from '../../src/sql/sql.ts';
import { at, BACKENDS, CONTEXT } from './support.ts';

const SCOPE = {
  columns: [
    field('country', STRING),
    field('amount', INT),
    field('price', DOUBLE),
    field('ts', TIMESTAMP),
    field('big', BIGINT),
  ],
  qualifiers: ['orders'],
};

function grouped(...groups: string[]): { analysis: GroupedAnalysis; diagnostics: Diagnostics } {
  const diagnostics = new Diagnostics();
  const items =
    analyzeItems(
      groups.map((g) => at(g)),
      SCOPE,
      diagnostics,
      '',
    ) ?? [];
  return { analysis: new GroupedAnalysis(SCOPE, items, diagnostics, 'view `v`'), diagnostics };
}

const codes = (diagnostics: Diagnostics): string[] => diagnostics.all.map((d) => d.code);

describe('behind a groupBy', () => {
  test('equal aggregates share a place, whatever they are called', () => {
    const { analysis } = grouped('country');
    analysis.items([at('count(*) as n'), at('COUNT(1) + 1 as more'), at('sum(amount)'), at('sum(orders.Amount) as s')]);
    expect(analysis.calls.map((c) => c.text)).toEqual(['count(*)', 'sum(amount)']);
    expect(schemaName(analysis.groupSchema)).toBe('country string, count(*) bigint, sum(amount) bigint');
  });

  test('names mean groups, equal expressions, and aliases of items before', () => {
    const { analysis, diagnostics } = grouped('upper(country) as c', 'amount % 2');
    const items = analysis.items([
      at('c'),
      at('upper(country) as again'),
      at('(amount % 2) * 10'),
      at('sum(amount) as total'),
      at('total / count(*) as mean'),
    ]);
    expect(diagnostics.all).toEqual([]);
    expect(items?.map((i) => i.name)).toEqual(['c', 'again', '((amount % 2) * 10)', 'total', 'mean']);
    const row = compileRow(items?.map((i) => i.expression) ?? []);
    // The groups, then sum(amount) and count(*).
    expect(row(['NL', 1, 30, 4], CONTEXT)).toEqual(['NL', 'NL', 10, 30, 7.5]);
  });

  test('having may use aggregates that no item has', () => {
    const { analysis } = grouped('country');
    const having = analysis.predicate(at("max(price) > 1 and country like 'N%'"));
    expect(analysis.calls.map((c) => c.text)).toEqual(['max(price)']);
    expect(having?.type.kind).toBe('boolean');
  });

  test('unaliased aggregates have the names that Spark gives them', () => {
    const { analysis } = grouped('country');
    const items = analysis.items([at('count(*)'), at('Sum(amount)'), at('count(amount) filter (where price > 1)')]);
    expect(items?.map((i) => i.name)).toEqual(['count(1)', 'sum(amount)', 'count(amount) FILTER (WHERE (price > 1))']);
  });

  test.each([
    ['amount', 'MISSING_AGGREGATION'],
    ['sum(amount) + amount', 'MISSING_AGGREGATION'],
    ['nothing', 'UNRESOLVED_COLUMN.WITH_SUGGESTION'],
    ['sum(nothing)', 'UNRESOLVED_COLUMN.WITH_SUGGESTION'],
    ['sum(max(amount))', 'NESTED_AGGREGATE_FUNCTION'],
    ['sum(country, amount)', 'WRONG_NUM_ARGS.WITHOUT_SUGGESTION'],
    ['count()', 'WRONG_NUM_ARGS.WITHOUT_SUGGESTION'],
    ['sum(ts)', 'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE'],
    ['sum(amount) over ()', 'UNSUPPORTED_FEATURE'],
    ["explode(split(country, ' '))", 'UNSUPPORTED_GENERATOR.OUTSIDE_SELECT'],
    ['sum(*)', 'INVALID_USAGE_OF_STAR_OR_REGEX'],
  ])('%s is refused with %s', (text, code) => {
    const { analysis, diagnostics } = grouped('country');
    expect(analysis.items([at(text)])).toBeNull();
    expect(codes(diagnostics)).toEqual([code]);
  });

  test('a map cannot be grouped by', () => {
    expect(codes(grouped("map('a', amount)").diagnostics)).toEqual(['GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE']);
  });
});

const ROWS: readonly Row[] = [
  ['NL', 5, 1.5, 30, 1],
  ['NL', null, 2.5, 10, 2],
  ['NL', 7, null, 20, 3],
];
const TEXTS = [
  'count(*)',
  'count(amount)',
  'count(amount, price)',
  'sum(amount)',
  'sum(price)',
  'avg(amount)',
  'mean(price)',
  'min(ts)',
  'max(ts)',
  'min(country)',
  'count(*) filter (where amount > 5)',
  'sum(amount) filter (where price is not null and amount > 100)',
];
const RESULTS = [3, 2, 1, 12, 4, 6, 2, 10, 30, 'NL', 1, null];

describe.each(BACKENDS)('aggregation by %s code', (_, backend) => {
  const make = (...texts: string[]) => {
    const { analysis, diagnostics } = grouped('country');
    analysis.items(texts.map((text) => at(text)));
    expect(diagnostics.all).toEqual([]);
    return makeAggregator(analysis.calls, backend);
  };

  test('gives what SQL says, skipping nulls and rows that the filter leaves out', () => {
    const aggregator = make(...TEXTS);
    const buffer = aggregator.initial();
    for (const row of ROWS) aggregator.update(buffer, row, CONTEXT);
    const output: Row = ['NL'];
    aggregator.finish(buffer, output);
    expect(output).toEqual(['NL', ...RESULTS]);
    expect(buffer).toHaveLength(aggregator.bufferTypes.length);
  });

  test('of no row gives 0 for counts and null for the others', () => {
    const aggregator = make('count(*)', 'sum(amount)', 'avg(price)', 'max(ts)');
    const output: Row = [];
    aggregator.finish(aggregator.initial(), output);
    expect(output).toEqual([0, null, null, null]);
  });

  test.each([[0], [1], [2], [3]])('merging parts cut after %i rows gives the same', (cut) => {
    const aggregator = make(...TEXTS);
    expect(aggregator.commutative).toBe(true);
    const [left, right] = [aggregator.initial(), aggregator.initial()];
    ROWS.forEach((row, i) => aggregator.update(i < cut ? left : right, row, CONTEXT));
    aggregator.merge(left, right);
    const output: Row = [];
    aggregator.finish(left, output);
    expect(output).toEqual(RESULTS);
  });

  test('a row that fails leaves the buffer as it was', () => {
    const aggregator = make('count(*)', 'sum(big)', 'sum(10 div amount)');
    const buffer = aggregator.initial();
    aggregator.update(buffer, ['NL', 5, 1, 1, Number.MAX_SAFE_INTEGER], CONTEXT);
    const before = [...buffer];
    expect(() => aggregator.update(buffer, ['NL', 5, 1, 1, 1], CONTEXT)).toThrow(/ARITHMETIC_OVERFLOW/);
    expect(() => aggregator.update(buffer, ['NL', 0, 1, 1, -1], CONTEXT)).toThrow(/DIVIDE_BY_ZERO/);
    expect(buffer).toEqual(before);
  });

  test('a maximum of doubles takes NaN for the largest', () => {
    const aggregator = make('max(price)', 'min(price)');
    const buffer = aggregator.initial();
    for (const price of [1, NaN, 2]) aggregator.update(buffer, ['NL', 1, price, 1, 1], CONTEXT);
    expect(buffer).toEqual([NaN, 1]);
  });
});

test('used columns of calls are those of arguments and filters', () => {
  const { analysis } = grouped('country');
  analysis.items([at('sum(amount) filter (where price > 1)'), at('count(*)')]);
  expect(usedColumnsOfCalls(analysis.calls)).toEqual(new Set([1, 2]));
});

test('an error names the argument that failed', () => {
  const { analysis } = grouped('country');
  analysis.items([at('sum(10 div amount)')]);
  const aggregator = compileAggregator(analysis.calls);
  expect(() => aggregator.update(aggregator.initial(), ['NL', 0, 1, 1, 1], CONTEXT)).toThrow(
    /in `\(10L div cast\(amount as bigint\)\)`/,
  );
});

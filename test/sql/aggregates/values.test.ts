import { describe, expect, test } from 'vitest';
import { Diagnostics } from '../../../src/core/diagnostic.ts';
import { ByteWriter } from '../../../src/core/bytes.ts';
import { decodeRow, encodeRow } from '../../../src/core/row-codec.ts';
import type { Row, Schema, Value } from '../../../src/core/types.ts';
import * as t from '../../../src/core/types.ts';
import { makeAggregator } from '../../../src/sql/aggregator.ts';
import { GroupedAnalysis } from '../../../src/sql/sql.ts';
import { at, BACKENDS } from '../support.ts';
import { aggregatorOf, analysisOf, bufferOf, codesOf, resultOf } from './support.ts';

const COLUMNS: Schema = [
  t.field('i', t.INT),
  t.field('d', t.DOUBLE),
  t.field('s', t.STRING),
  t.field('b', t.BOOLEAN),
  t.field('l', t.BIGINT),
  t.field('xs', t.arrayOf(t.INT)),
  t.field('bin', t.BINARY),
  t.field('day', t.DATE),
  t.field('m', t.mapOf(t.STRING, t.INT)),
];
const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

const ROWS: readonly Row[] = [
  [1, 2, 'a', true, 5, [1, 2], bytes(65), 10, null],
  [2, null, 'b', false, -1, [1, 2], bytes(66, 67), 30, null],
  [null, 3.5, 'a', null, 2 ** 40 + 1, null, null, 20, null],
  [2, 1, null, true, 7, [2], bytes(65), null, null],
];

/** What Spark 4 gives for the rows above. */
const CASES: readonly (readonly [text: string, type: string, value: Value])[] = [
  ['first(i)', 'int', 1],
  ['first(d)', 'double', 2],
  ['first(d) filter (where i = 2)', 'double', null],
  ['first(d, true) filter (where i = 2)', 'double', 1],
  ['first_value(s)', 'string', 'a'],
  ['any_value(i)', 'int', 1],
  ['last(s)', 'string', null],
  ['last(s, true)', 'string', 'a'],
  ['last_value(xs)', 'array<int>', [2]],
  ['collect_list(i)', 'array<int>', [1, 2, 2]],
  ['array_agg(s)', 'array<string>', ['a', 'b', 'a']],
  ['array_agg(i) filter (where d > 100)', 'array<int>', []],
  ['collect_set(s)', 'array<string>', ['a', 'b']],
  ['collect_set(xs)', 'array<array<int>>', [[1, 2], [2]]],
  ['collect_set(bin)', 'array<binary>', [bytes(65), bytes(66, 67)]],
  ['min_by(s, i)', 'string', 'a'],
  ['max_by(s, i)', 'string', null],
  ['max_by(s, d)', 'string', 'a'],
  ['max_by(i, xs)', 'int', 2],
  ['count_if(b)', 'bigint', 2],
  ['count_if(i > 1)', 'bigint', 2],
  ['bool_and(b)', 'boolean', false],
  ['every(i > 0)', 'boolean', true],
  ['some(b)', 'boolean', true],
  ['any(i > 5)', 'boolean', false],
  ['bool_or(b)', 'boolean', true],
  ['bit_and(i)', 'int', 0],
  ['bit_or(i)', 'int', 3],
  ['bit_xor(i)', 'int', 1],
  ['bit_or(l)', 'bigint', -1],
  ['bit_and(l) filter (where l > 1000 or l < 0)', 'bigint', 2 ** 40 + 1],
  ['bit_xor(l)', 'bigint', -(2 ** 40) - 4],
  ['stddev(i)', 'double', 0.5773502691896258],
  ['std(i)', 'double', 0.5773502691896258],
  ['stddev_samp(d)', 'double', 1.2583057392117916],
  ['stddev_pop(d)', 'double', 1.0274023338281628],
  ['variance(d)', 'double', 1.5833333333333333],
  ['var_samp(d)', 'double', 1.5833333333333333],
  ['var_pop(i)', 'double', 0.22222222222222224],
  ['covar_pop(i, d)', 'double', -0.25],
  ['covar_samp(i, d)', 'double', -0.5],
  ['corr(i, d)', 'double', -1],
  ['skewness(d)', 'double', 0.2390631469295445],
  ['kurtosis(d)', 'double', -1.5000000000000009],
  ['median(d)', 'double', 2],
  ['median(i)', 'double', 2],
  ['percentile(d, 0.3)', 'double', 1.6],
  ['percentile(i, array(0.0, 0.5, 1.0))', 'array<double>', [1, 2, 2]],
  ['percentile(d, 0.5, i)', 'double', 1],
  ['approx_percentile(d, 0.5)', 'double', 2],
  ['approx_percentile(i, array(0.25, 0.5, 0.75), 100)', 'array<int>', [1, 2, 2]],
  ['percentile_approx(day, 0.5)', 'date', 20],
  ['mode(s)', 'string', 'a'],
  ['mode(i, true)', 'int', 2],
  ["string_agg(s, ', ')", 'string', 'a, b, a'],
  ['listagg(s)', 'string', 'aba'],
  ['listagg(s, null)', 'string', 'aba'],
  ["listagg(i, '-')", 'string', '1-2-2'],
  ["listagg(bin, x'2d')", 'binary', bytes(65, 45, 66, 67, 45, 65)],
  ["string_agg(distinct s, ',')", 'string', 'a,b'],
  ['first(d) ignore nulls', 'double', 2],
  ['last_value(s) ignore nulls', 'string', 'a'],
  ['last(s) respect nulls', 'string', null],
  ["listagg(s, ',') within group (order by s desc)", 'string', 'b,a,a'],
  ["string_agg(s, ',') within group (order by i desc, s)", 'string', 'b,a,a'],
  ["listagg(s, '') within group (order by i nulls last)", 'string', 'aba'],
  ['listagg(bin) within group (order by bin desc)', 'binary', bytes(66, 67, 65, 65)],
  ["listagg(distinct s, ',') within group (order by s desc) filter (where i > 0)", 'string', 'b,a'],
  ['percentile_cont(0.5) within group (order by d)', 'double', 2],
  ['percentile_disc(0.5) within group (order by d desc)', 'double', 2],
  ['mode() within group (order by i)', 'int', 2],
  ['try_sum(i)', 'bigint', 5],
  ['try_avg(d)', 'double', 2.1666666666666665],
  ['try_sum(d)', 'double', 6.5],
  ['max(struct(i, s))', 'struct<i: int, s: string>', [2, 'b']],
  ['min(array(i, 2))', 'array<int>', [null, 2]],
  ['count(distinct s)', 'bigint', 2],
  ['count(distinct i, s)', 'bigint', 2],
  ['count(distinct 1)', 'bigint', 1],
  ['count(distinct xs)', 'bigint', 2],
  ['count(distinct i) filter (where b)', 'bigint', 2],
  ['sum(distinct i)', 'bigint', 3],
  ['avg(distinct i)', 'double', 1.5],
  ['collect_list(distinct s)', 'array<string>', ['a', 'b']],
  ['max(distinct i)', 'int', 2],
  ['first(distinct i)', 'int', 1],
  ['median(distinct i)', 'double', 1.5],
  ['approx_count_distinct(s)', 'bigint', 2],
  ['approx_count_distinct(i, 0.01)', 'bigint', 2],
  ["sum(interval '1' day)", 'interval day', 4 * 86_400_000_000],
  ["avg(interval '1' day)", 'interval day to second', 86_400_000_000],
  ["median(interval '1' day)", 'interval day to second', 86_400_000_000],
];

/** What Spark 4 gives where no row counts. */
const OF_NOTHING: readonly (readonly [string, Value])[] = [
  ['first(i)', null],
  ['first(i, true)', null],
  ['last(i)', null],
  ['collect_list(i)', []],
  ['collect_set(i)', []],
  ['min_by(s, i)', null],
  ['count_if(b)', 0],
  ['bool_and(b)', null],
  ['bit_xor(i)', null],
  ['stddev(i)', null],
  ['skewness(d)', null],
  ['kurtosis(d)', null],
  ['corr(i, d)', null],
  ['covar_samp(i, d)', null],
  ['median(d)', null],
  ['percentile(d, array(0.1))', null],
  ['approx_count_distinct(s)', 0],
  ['approx_percentile(d, array(0.5))', null],
  ['mode(s)', null],
  ["listagg(s, ',')", null],
  ["listagg(bin, x'00')", null],
  ['try_sum(i)', null],
  ['try_avg(i)', null],
  ['count(distinct i)', 0],
  ['sum(distinct i)', null],
];

describe.each(BACKENDS)('by %s code', (_, backend) => {
  test.each(CASES)('%s is %s, as in Spark', (text, type, value) => {
    const { calls } = analysisOf(COLUMNS, text);
    expect(calls.map((call) => t.typeName(call.type))).toEqual([type]);
    const aggregator = aggregatorOf(backend, COLUMNS, text);
    expect(resultOf(aggregator, bufferOf(aggregator, ROWS))).toEqual([value]);
  });

  test.each(OF_NOTHING)('%s of no row, and of nulls only, is what Spark gives', (text, value) => {
    const aggregator = aggregatorOf(backend, COLUMNS, text);
    expect(resultOf(aggregator, aggregator.initial())).toEqual([value]);
    const nulls = COLUMNS.map(() => null);
    expect(resultOf(aggregator, bufferOf(aggregator, [nulls, nulls]))).toEqual([value]);
  });

  test('parts that went through the row codec merge to what all rows give in sequence', () => {
    const { calls } = analysisOf(COLUMNS, ...CASES.map(([text]) => text));
    const aggregator = makeAggregator(calls, backend);
    const exact = resultOf(aggregator, bufferOf(aggregator, ROWS));
    const carried = (rows: readonly Row[]): Row => {
      const writer = new ByteWriter();
      encodeRow(bufferOf(aggregator, rows), writer);
      return decodeRow(writer.take(), aggregator.bufferTypes);
    };
    for (let cut = 0; cut <= ROWS.length; cut++) {
      const buffer = carried(ROWS.slice(0, cut));
      aggregator.merge(buffer, carried(ROWS.slice(cut)));
      const results = resultOf(aggregator, buffer);
      results.forEach((result, i) => {
        const { text, type } = calls[i];
        const name = `${text}, cut after ${cut} rows`;
        if (type.kind === 'double' && typeof exact[i] === 'number') expect(result, name).toBeCloseTo(exact[i], 12);
        else expect(result, name).toEqual(exact[i]);
      });
    }
  });
});

describe('special numbers', () => {
  const [, backend] = BACKENDS[0];
  const columns = [t.field('i', t.INT), t.field('d', t.DOUBLE), t.field('w', t.INT)];
  const one = (text: string, rows: readonly Row[]): Value => {
    const aggregator = aggregatorOf(backend, columns, text);
    return resultOf(aggregator, bufferOf(aggregator, rows))[0];
  };
  const odd: readonly Row[] = [2, NaN, -0, 0, NaN, Infinity].map((d, i) => [i + 1, d, 1]);

  test.each<[string, Value]>([
    ['stddev(d)', NaN],
    ['skewness(d)', NaN],
    ['corr(i, d)', NaN],
    ['median(d)', Infinity],
    ['percentile(d, 0.9)', NaN],
    ['approx_percentile(d, 0.99)', NaN],
    ['max_by(i, d)', 5],
    ['min_by(i, d)', 4],
    ['collect_set(d)', [2, NaN, 0, Infinity]],
    ['count(distinct d)', 4],
    ['sum(distinct d)', NaN],
    ['collect_list(distinct d)', [2, NaN, 0, Infinity]],
    ['max(d)', NaN],
    ['approx_count_distinct(d)', 4],
  ])('%s over NaN, infinity and both zeros', (text, value) => {
    expect(one(text, odd)).toEqual(value);
  });

  test.each<[string, readonly [number | null, number | null]]>([
    ['stddev(d)', [null, 0]],
    ['var_samp(d)', [null, 0]],
    ['var_pop(d)', [0, 0]],
    ['skewness(d)', [null, null]],
    ['kurtosis(d)', [null, null]],
    ['corr(i, d)', [null, null]],
    ['covar_samp(i, d)', [null, 0]],
    ['covar_pop(i, d)', [0, 0]],
  ])('%s of one row, and of two that are the same', (text, [single, twice]) => {
    const row: Row = [1, 2, 1];
    expect([one(text, [row]), one(text, [row, row])]).toEqual([single, twice]);
  });

  const spread: readonly Row[] = [
    [1, 1, 3],
    [2, 4, 1],
    [5, 2, 2],
    [7, 9.5, 0],
  ];
  test.each<[string, Value]>([
    ['stddev(d)', 3.7941841459440697],
    ['stddev_pop(i)', 2.384848003542364],
    ['skewness(d)', 0.8115949495329663],
    ['kurtosis(d)', -0.9617262257555792],
    ['corr(i, d)', 0.7537061939698079],
    ['covar_samp(i, d)', 7.874999999999999],
    ['percentile(d, 0.37)', 2.2199999999999998],
    ['percentile(d, 0.5, w)', 1.5],
    ['percentile(i, array(0.1, 0.9), w)', [1, 5]],
    ['approx_percentile(d, 0.37)', 2],
    ['approx_percentile(d, array(0, 0.25, 0.26, 1))', [1, 1, 2, 9.5]],
    ['median(i)', 3.5],
  ])('%s has the last digit that Spark has', (text, value) => {
    expect(one(text, spread)).toEqual(value);
  });

  test('of several rows with the extreme the last one is taken, of several modes the least', () => {
    const ties: readonly Row[] = [
      [3, 1, 1],
      [1, 1, 1],
      [2, 1, 1],
    ];
    expect([one('max_by(i, d)', ties), one('min_by(i, d)', ties), one('mode(i)', ties)]).toEqual([2, 2, 1]);
  });

  test('a negative frequency is refused', () => {
    expect(() => one('percentile(d, 0.5, -i)', spread)).toThrow(/NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION/);
  });
});

describe('within group', () => {
  const columns = [t.field('i', t.INT), t.field('d', t.DOUBLE), t.field('s', t.STRING)];
  const rows: readonly Row[] = [
    [1, 2, 'a'],
    [2, null, 'b'],
    [null, 3.5, 'a'],
    [2, 1, null],
    [5, 9, 'c'],
  ];
  test.each<[string, Value]>([
    ['percentile_disc(0.5) within group (order by i)', 2],
    ['percentile_disc(0.3) within group (order by d desc)', 3.5],
    ['percentile_disc(array(0.0, 0.26, 1.0)) within group (order by d)', [1, 2, 9]],
    ['percentile_cont(0.3) within group (order by d desc)', 4.050000000000001],
    ['percentile_cont(array(0.3, 0.5)) within group (order by i)', [1.9, 2]],
    ['percentile_cont(0.3) within group (order by d) filter (where i > 1)', 3.4],
    ['mode() within group (order by d)', 1],
    ['mode() within group (order by d desc)', 9],
    ['listagg(s) within group (order by i)', 'aabc'],
    ["listagg(s, ',') within group (order by i nulls last, d)", 'a,b,c,a'],
    ["listagg(distinct s, ',') within group (order by s desc)", 'c,b,a'],
  ])('%s is what Spark gives', (text, value) => {
    const aggregator = aggregatorOf(BACKENDS[0][1], columns, text);
    expect(resultOf(aggregator, bufferOf(aggregator, rows))).toEqual([value]);
  });
});

test.each([
  ['first(i) ignore nulls', 'first(i)'],
  ['array_agg(i)', 'collect_list(i)'],
  ['percentile(d, 0.5)', 'percentile(d, 0.5, 1)'],
  ['approx_percentile(d, 0.5)', 'approx_percentile(d, 0.5, 10000)'],
  ['listagg(s)', 'listagg(s, NULL)'],
  ["string_agg(distinct s, ',')", 'string_agg(DISTINCT s, ,)'],
  [
    "listagg(s, ',') within group (order by i, s desc)",
    'listagg(s, ,) WITHIN GROUP (ORDER BY i ASC NULLS FIRST, s DESC NULLS LAST)',
  ],
  ['percentile_cont(0.5) within group (order by d desc)', 'percentile_cont(0.5) WITHIN GROUP (ORDER BY d DESC)'],
  ['mode() within group (order by d)', 'mode() WITHIN GROUP (ORDER BY d DESC)'],
  ['count(distinct i) filter (where b)', 'count(DISTINCT i) FILTER (WHERE b)'],
])('%s is called %s, as in Spark', (text, name) => {
  const diagnostics = new Diagnostics();
  const analysis = new GroupedAnalysis({ columns: COLUMNS, qualifiers: [] }, [], diagnostics, '');
  expect(analysis.items([at(text)])?.map((item) => item.name)).toEqual([name]);
});

test('try_sum is null from an overflow on, and in whatever it is merged into', () => {
  const aggregator = aggregatorOf(BACKENDS[0][1], COLUMNS, 'try_sum(l)');
  const row = (l: number): Row => [null, null, null, null, l, null, null, null, null];
  const buffer = bufferOf(aggregator, [row(Number.MAX_SAFE_INTEGER), row(1), row(-5)]);
  expect(resultOf(aggregator, buffer)).toEqual([null]);
  const other = bufferOf(aggregator, [row(1)]);
  aggregator.merge(other, buffer);
  expect(resultOf(aggregator, other)).toEqual([null]);
});

test('only aggregates whose result does not depend on the order of rows may be aggregated in parts', () => {
  const ordered = analysisOf(COLUMNS, ...CASES.map(([text]) => text)).calls.filter((call) => !call.commutative);
  expect([...new Set(ordered.map((call) => call.name))].toSorted()).toEqual([
    'collect_list',
    'collect_set',
    'first',
    'last',
    'listagg',
    'max_by',
    'min_by',
  ]);
});

test.each([
  ['first(i, b)', 'DATATYPE_MISMATCH.NON_FOLDABLE_INPUT'],
  ['first(i, 1)', 'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE'],
  ['first()', 'WRONG_NUM_ARGS.WITHOUT_SUGGESTION'],
  ['bool_and(i)', 'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE'],
  ['count_if(i)', 'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE'],
  ['bit_and(d)', 'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE'],
  ['max_by(s, m)', 'DATATYPE_MISMATCH.INVALID_ORDERING_TYPE'],
  ['mode(m)', 'DATATYPE_MISMATCH.INVALID_ORDERING_TYPE'],
  ['collect_set(m)', 'DATATYPE_MISMATCH.UNSUPPORTED_INPUT_TYPE'],
  ['count(distinct m)', 'UNSUPPORTED_FEATURE'],
  ['approx_count_distinct(m)', 'UNSUPPORTED_FEATURE'],
  ['approx_count_distinct(i, 0.0001)', 'DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE'],
  ['percentile(i, 2)', 'DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE'],
  ['percentile(i, null)', 'DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE'],
  ['percentile(i, d)', 'DATATYPE_MISMATCH.NON_FOLDABLE_INPUT'],
  ['percentile(i, 0.5, d)', 'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE'],
  ['approx_percentile(i, 0.5, 0)', 'DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE'],
  ['listagg(s, s)', 'DATATYPE_MISMATCH.NON_FOLDABLE_INPUT'],
  ['sum(i) within group (order by i)', 'INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX'],
  ['count(*) filter (where max(i) > 1)', 'INVALID_AGGREGATE_FILTER.CONTAINS_AGGREGATE'],
  ['sum(i) ignore nulls', 'INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX'],
  ['percentile_cont(0.5) within group (order by i, d)', 'INVALID_WITHIN_GROUP_EXPRESSION.WRONG_NUM_ORDERINGS'],
  ['percentile_cont(0.5)', 'INVALID_WITHIN_GROUP_EXPRESSION.WITHIN_GROUP_MISSING'],
  ['percentile_cont(d) within group (order by i)', 'DATATYPE_MISMATCH.NON_FOLDABLE_INPUT'],
  ['mode(s) within group (order by i)', 'INVALID_WITHIN_GROUP_EXPRESSION.WRONG_NUM_ORDERINGS'],
  ['mode()', 'INVALID_WITHIN_GROUP_EXPRESSION.WRONG_NUM_ORDERINGS'],
  [
    "listagg(distinct s, ',') within group (order by i)",
    'INVALID_WITHIN_GROUP_EXPRESSION.MISMATCH_WITH_DISTINCT_INPUT',
  ],
  ["stddev(interval '1' day)", 'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE'],
])('%s is refused with %s', (text, code) => {
  expect(codesOf(COLUMNS, text)).toEqual([code]);
});

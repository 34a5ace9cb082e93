import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Row, Schema } from '../../../src/core/types.ts';
import * as t from '../../../src/core/types.ts';
import { BACKENDS, CONTEXT } from '../support.ts';
import { aggregatorOf, bufferOf, resultOf } from './support.ts';

const COLUMNS: Schema = [t.field('k', t.STRING), t.field('x', t.INT)];
const LISTS = ['collect_list(x)', 'collect_set(x)', 'count(distinct k, x)', 'sum(distinct x)', 'median(x)'];
const rowsOf = fc.array(
  fc.tuple(fc.constantFrom('a', 'b', null), fc.option(fc.integer({ min: 0, max: 30 }), { nil: null })),
  { maxLength: 60 },
);

/** The same results, made without an aggregator. */
function reference(rows: readonly Row[]): unknown[] {
  const xs = rows.map((row) => row[1]).filter((x) => x !== null) as number[];
  const set = [...new Set(xs)];
  const pairs = new Set(rows.filter(([k, x]) => k !== null && x !== null).map(([k, x]) => `${String(k)} ${String(x)}`));
  const sorted = xs.toSorted((a, b) => a - b);
  const middle = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  return [
    xs,
    set,
    pairs.size,
    set.length === 0 ? null : set.reduce((a, b) => a + b),
    xs.length === 0 ? null : (middle[0] + middle[1]) / 2,
  ];
}

describe.each(BACKENDS)('buffers of lists by %s code', (_, backend) => {
  test('a copy of a buffer keeps its value, whatever is added to either', () => {
    const aggregator = aggregatorOf(backend, COLUMNS, ...LISTS);
    fc.assert(
      fc.property(rowsOf, rowsOf, rowsOf, (stem, left, right) => {
        const original = bufferOf(aggregator, stem);
        const kept = original.slice();
        const other = original.slice();
        for (const row of left) aggregator.update(original, row, CONTEXT);
        for (const row of right) aggregator.update(other, row, CONTEXT);
        expect(resultOf(aggregator, kept)).toEqual(reference(stem));
        expect(resultOf(aggregator, original)).toEqual(reference([...stem, ...left]));
        expect(resultOf(aggregator, other)).toEqual(reference([...stem, ...right]));
      }),
    );
  });

  test('merging gives what updating in sequence gives, and leaves the part as it was', () => {
    const aggregator = aggregatorOf(backend, COLUMNS, ...LISTS);
    fc.assert(
      fc.property(fc.array(rowsOf, { minLength: 1, maxLength: 5 }), (parts) => {
        const buffer = aggregator.initial();
        for (const part of parts) {
          const made = bufferOf(aggregator, part);
          aggregator.merge(buffer, made);
          expect(resultOf(aggregator, made)).toEqual(reference(part));
        }
        expect(resultOf(aggregator, buffer)).toEqual(reference(parts.flat()));
      }),
    );
  });

  test('a row that fails in a later aggregate is in none of the lists', () => {
    const aggregator = aggregatorOf(backend, COLUMNS, 'collect_list(x)', 'count(distinct x)', 'sum(10 div (x - 20))');
    const buffer = aggregator.initial();
    for (let x = 0; x < 40; x++) {
      const before = resultOf(aggregator, buffer);
      const update = (): void => aggregator.update(buffer, ['a', x], CONTEXT);
      if (x !== 20) update();
      else {
        expect(update).toThrow(/DIVIDE_BY_ZERO/);
        expect(resultOf(aggregator, buffer)).toEqual(before);
      }
    }
    const [list, count] = resultOf(aggregator, buffer);
    expect(list).toEqual(Array.from({ length: 40 }, (_x, i) => i).filter((x) => x !== 20));
    expect(count).toBe(39);
  });

  test('a result is the caller’s own: changing it does not change the buffer', () => {
    const aggregator = aggregatorOf(backend, COLUMNS, 'collect_list(x)');
    const buffer = bufferOf(aggregator, [['a', 1]]);
    (resultOf(aggregator, buffer)[0] as number[]).push(99);
    expect(resultOf(aggregator, buffer)).toEqual([[1]]);
  });
});

describe('approx_count_distinct', () => {
  const aggregator = aggregatorOf(
    BACKENDS[0][1],
    COLUMNS,
    'approx_count_distinct(x)',
    'approx_count_distinct(x, 0.01)',
  );

  test.each([10, 100, 1_000, 10_000, 100_000])('of %i values is within three deviations of it', (count) => {
    const [usual, close] = resultOf(
      aggregator,
      bufferOf(
        aggregator,
        Array.from({ length: count * 2 }, (_, i) => ['a', i % count]),
      ),
    );
    expect(Math.abs(Number(usual) - count) / count).toBeLessThan(0.15);
    expect(Math.abs(Number(close) - count) / count).toBeLessThan(0.03);
  });

  test('does not depend on the order, nor on how the rows are cut', () => {
    const rows = Array.from({ length: 3_000 }, (_, i): Row => ['a', (i * 7919) % 2_003]);
    const whole = bufferOf(aggregator, rows);
    const parts = bufferOf(aggregator, rows.slice(2_000).toReversed());
    aggregator.merge(parts, bufferOf(aggregator, rows.slice(0, 2_000)));
    expect(parts).toEqual(whole);
  });
});

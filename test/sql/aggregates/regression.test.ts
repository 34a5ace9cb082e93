import { describe, expect, test } from 'vitest';
import type { Row } from '../../../src/core/types.ts';
import { DOUBLE, field } from '../../../src/core/types.ts';
import { BACKENDS } from '../support.ts';
import { aggregatorOf, bufferOf, resultOf } from './support.ts';

const COLUMNS = [field('y', DOUBLE), field('x', DOUBLE)];
const NAMES = ['count', 'avgx', 'avgy', 'sxx', 'syy', 'sxy', 'slope', 'intercept', 'r2'];

/** What Spark 4 gives. */
const CASES: readonly (readonly [name: string, rows: readonly Row[], results: readonly (number | null)[]])[] = [
  [
    'pairs, of which those with a null do not count',
    [
      [1, 2],
      [2.5, 3],
      [7, 3.5],
      [null, 1],
      [2, null],
      [4.1, 9.7],
    ],
    [
      4, 4.55, 3.65, 36.52999999999998, 19.77, 7.339999999999996, 0.20093074185600882, 2.7357651245551597,
      0.07459947623789093,
    ],
  ],
  [
    'an x that is always the same',
    [
      [1, 2],
      [2.5, 2],
    ],
    [2, 2, 1.75, 0, 1.125, 0, null, null, null],
  ],
  [
    'a y that is always the same',
    [
      [1, 2],
      [1, 3],
    ],
    [2, 2.5, 1, 0.5, 0, 0, 0, 1, 1],
  ],
  ['one pair', [[1, 2]], [1, 2, 1, 0, 0, 0, null, null, null]],
  ['no pair', [[1, null]], [0, null, null, null, null, null, null, null, null]],
];

describe.each(BACKENDS)('by %s code', (_, backend) => {
  const aggregator = aggregatorOf(backend, COLUMNS, ...NAMES.map((name) => `regr_${name}(y, x)`));

  test.each(CASES)('the line through %s is that of Spark', (_name, rows, results) => {
    expect(resultOf(aggregator, bufferOf(aggregator, rows))).toEqual(results);
  });

  test('parts merge to the line through all', () => {
    const [, rows, results] = CASES[0];
    for (let cut = 0; cut <= rows.length; cut++) {
      const buffer = bufferOf(aggregator, rows.slice(0, cut));
      aggregator.merge(buffer, bufferOf(aggregator, rows.slice(cut)));
      resultOf(aggregator, buffer).forEach((result, i) => expect(result).toBeCloseTo(Number(results[i]), 12));
    }
  });
});

import { BIGINT, DOUBLE, field, structOf } from '../../core/types.ts';
import type { Value } from '../../core/types.ts';
import type { Aggregation, AggregateSite, AggregateSpec } from './aggregate-call.ts';
import { slotOf } from './aggregate-call.ts';
import { argumentAs } from './operands.ts';

/**
 * Number of values, their mean, and the sums of the second, third and fourth powers of their distances from it. Kept up to date with each
 * value (Welford, Pébay), which is exact where sums of powers would cancel out; the steps are Spark's, so that the last digits are too.
 */
type Moments = [n: number, mean: number, m2: number, m3: number, m4: number];
/** What variances need. */
export type Spread = [n: number, mean: number, m2: number];

// Elements are read by position: destructuring goes through an iterator, and this runs once a row.
function spread(all: Spread, x: number): Spread {
  const n = all[0] + 1;
  const delta = x - all[1];
  const step = delta / n;
  return [n, all[1] + step, all[2] + delta * (delta - step)];
}

function mergedSpread([n1, mean1, left]: Spread, [n2, mean2, right]: Spread): Spread {
  const n = n1 + n2;
  const delta = mean2 - mean1;
  const step = delta / n;
  return [n, mean1 + step * n2, left + right + delta * step * n1 * n2];
}

function moments(all: Moments, x: number): Moments {
  const n = all[0] + 1;
  const delta = x - all[1];
  const step = delta / n;
  const square = delta * delta;
  const stepSquare = step * step;
  const m2 = all[2] + delta * (delta - step);
  const m3 = all[3] - 3 * step * m2 + delta * (square - stepSquare);
  const m4 = all[4] - 4 * step * m3 - 6 * stepSquare * m2 + delta * (delta * square - step * stepSquare);
  return [n, all[1] + step, m2, m3, m4];
}

function mergedMoments(a: Moments, b: Moments): Moments {
  const [n, mean, m2] = mergedSpread([a[0], a[1], a[2]], [b[0], b[1], b[2]]);
  const [n1, , left2, left3, left4] = a;
  const [n2, , right2, right3, right4] = b;
  const delta = b[1] - a[1];
  const step = delta / n;
  const m3 = left3 + right3 + step * step * delta * n1 * n2 * (n1 - n2) + 3 * step * (n1 * right2 - n2 * left2);
  const m4 =
    left4 +
    right4 +
    step * step * step * delta * n1 * n2 * (n1 * n1 - n1 * n2 + n2 * n2) +
    6 * step * step * (n1 * n1 * right2 + n2 * n2 * left2) +
    4 * step * (n1 * right3 - n2 * left3);
  return [n, mean, m2, m3, m4];
}

const column = (name: string) => field(name, DOUBLE);
export const SPREAD = slotOf(structOf(field('n', BIGINT), column('mean'), column('m2')), spread, {
  begin: (x: number) => spread([0, 0, 0], x),
  merge: mergedSpread,
});
const MOMENTS = slotOf(
  structOf(field('n', BIGINT), column('mean'), column('m2'), column('m3'), column('m4')),
  moments,
  { begin: (x: number) => moments([0, 0, 0, 0, 0], x), merge: mergedMoments },
);

function ofSpread(result: (n: number, m2: number) => number | null): (site: AggregateSite) => Aggregation {
  return (site) => ({
    operands: [argumentAs(site, 0, DOUBLE)],
    type: DOUBLE,
    slots: [SPREAD],
    finish(buffer, at) {
      const value: Value = buffer[at];
      if (value === null) return null;
      const [n, , m2] = value as Spread;
      return result(n, m2);
    },
  });
}

function ofMoments(result: (moments: Moments) => number): (site: AggregateSite) => Aggregation {
  return (site) => ({
    operands: [argumentAs(site, 0, DOUBLE)],
    type: DOUBLE,
    slots: [MOMENTS],
    finish(buffer, at) {
      const value: Value = buffer[at];
      // Where all values are the same there is no shape to speak of.
      return value === null || (value as Moments)[2] === 0 ? null : result(value as Moments);
    },
  });
}

const statistic = (name: string, summary: string, build: AggregateSpec['build'], aliases: string[] = []) => ({
  name,
  aliases,
  signature: `${name}(x double) -> double`,
  summary,
  arguments: [1, 1] as const,
  distinct: 'drops' as const,
  build,
});

/** Statistics of one variable. */
export const MOMENT_STATISTICS: readonly AggregateSpec[] = [
  statistic(
    'stddev_samp',
    'the standard deviation of a sample; null for fewer than two values',
    ofSpread((n, m2) => (n < 2 ? null : Math.sqrt(m2 / (n - 1)))),
    ['stddev', 'std'],
  ),
  statistic(
    'stddev_pop',
    'the standard deviation of the whole',
    ofSpread((n, m2) => Math.sqrt(m2 / n)),
  ),
  statistic(
    'var_samp',
    'the variance of a sample; null for fewer than two values',
    ofSpread((n, m2) => (n < 2 ? null : m2 / (n - 1))),
    ['variance'],
  ),
  statistic(
    'var_pop',
    'the variance of the whole',
    ofSpread((n, m2) => m2 / n),
  ),
  statistic(
    'skewness',
    'how far the values lean to one side of their mean; null where all are the same',
    ofMoments(([n, , m2, m3]) => (Math.sqrt(n) * m3) / Math.sqrt(m2 * m2 * m2)),
  ),
  statistic(
    'kurtosis',
    'how heavy the tails are, 0 for a normal distribution; null where all values are the same',
    ofMoments(([n, , m2, , m4]) => (n * m4) / (m2 * m2) - 3),
  ),
];

import type { Value } from '../../core/types.ts';
import { BIGINT, DOUBLE, field, structOf } from '../../core/types.ts';
import type { Aggregation, AggregateSite, AggregateSpec } from './aggregate-call.ts';
import { slotOf } from './aggregate-call.ts';
import { argumentAs } from './operands.ts';

/** Number of pairs, both means, the sum of the products of their distances from them, and the sums of both squares. */
export type Products = [n: number, meanX: number, meanY: number, xy: number, xx: number, yy: number];

/** In the steps of Spark, so that the last digits are the same. */
function products(all: Products, x: number, y: number): Products {
  const n = all[0] + 1;
  const dx = x - all[1];
  const dy = y - all[2];
  const meanX = all[1] + dx / n;
  const meanY = all[2] + dy / n;
  return [n, meanX, meanY, all[3] + dx * (y - meanY), all[4] + dx * (x - meanX), all[5] + dy * (y - meanY)];
}

function merged(a: Products, b: Products): Products {
  const [n1, x1, y1] = a;
  const [n2, x2, y2] = b;
  const count = n1 + n2;
  const dx = x2 - x1;
  const dy = y2 - y1;
  const stepX = dx / count;
  const stepY = dy / count;
  return [
    count,
    x1 + stepX * n2,
    y1 + stepY * n2,
    a[3] + b[3] + dx * stepY * n1 * n2,
    a[4] + b[4] + dx * stepX * n1 * n2,
    a[5] + b[5] + dy * stepY * n1 * n2,
  ];
}

const names = ['meanX', 'meanY', 'xy', 'xx', 'yy'];
export const PRODUCTS = slotOf(structOf(field('n', BIGINT), ...names.map((name) => field(name, DOUBLE))), products, {
  begin: (x: number, y: number) => products([0, 0, 0, 0, 0, 0], x, y),
  merge: merged,
});

function ofProducts(result: (products: Products) => number | null): (site: AggregateSite) => Aggregation {
  return (site) => ({
    operands: [argumentAs(site, 0, DOUBLE), argumentAs(site, 1, DOUBLE)],
    type: DOUBLE,
    slots: [PRODUCTS],
    finish(buffer, at) {
      const value: Value = buffer[at];
      return value === null ? null : result(value as Products);
    },
  });
}

function correlation([n, , , xy, xx, yy]: Products): number | null {
  const scale = Math.sqrt(xx * yy);
  return n < 2 || scale === 0 ? null : xy / scale;
}

const statistic = (name: string, summary: string, result: (products: Products) => number | null): AggregateSpec => ({
  name,
  signature: `${name}(x double, y double) -> double`,
  summary,
  arguments: [2, 2],
  distinct: 'drops',
  build: ofProducts(result),
});

/** Statistics of two variables, over the rows in which neither is null. */
export const COVARIANCES: readonly AggregateSpec[] = [
  statistic('covar_pop', 'the covariance of the whole', ([n, , , xy]) => xy / n),
  statistic('covar_samp', 'the covariance of a sample; null for fewer than two pairs', ([n, , , xy]) =>
    n < 2 ? null : xy / (n - 1),
  ),
  statistic('corr', "Pearson's correlation; null where x or y is always the same", correlation),
];

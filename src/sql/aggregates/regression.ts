import type { Value } from '../../core/types.ts';
import { BIGINT, DOUBLE } from '../../core/types.ts';
import type { Aggregation, AggregateSite, AggregateSpec, Finish, Slot } from './aggregate-call.ts';
import type { Products } from './covariance.ts';
import { PRODUCTS } from './covariance.ts';
import type { Spread } from './moments.ts';
import { SPREAD } from './moments.ts';
import { decimalAverage } from './decimal-sums.ts';
import { argumentAs } from './operands.ts';
import { COUNTER, DOUBLE_SUM, mean } from './sums.ts';

/** Written f(y, x): y depends on x. The slots see both, in this order. */
function over(order: 'x, y' | 'y, x', slots: readonly Slot[], finish: Finish): AggregateSpec['build'] {
  return (site: AggregateSite): Aggregation => {
    const y = argumentAs(site, 0, DOUBLE);
    const x = argumentAs(site, 1, DOUBLE);
    return { operands: order === 'x, y' ? [x, y] : [y, x], type: DOUBLE, slots, finish };
  };
}

/** The mean of one of the two over the rows in which neither is null. */
const meanOf =
  (index: 0 | 1): AggregateSpec['build'] =>
  (site) => {
    const operand = site.operands[index];
    if (operand.type.kind !== 'decimal') return over(index === 1 ? 'x, y' : 'y, x', [DOUBLE_SUM, COUNTER], mean)(site);
    return {
      ...decimalAverage(operand, operand.type, COUNTER, 'fails'),
      operands: [operand, argumentAs(site, 1 - index, DOUBLE)],
    };
  };

const orNull =
  <T>(result: (value: T) => Value): Finish =>
  (buffer, at) =>
    buffer[at] === null ? null : result(buffer[at] as T);

/** Where x is always the same there is no line. */
const line =
  (result: (products: Products, slope: number) => number): Finish =>
  (buffer, at) => {
    if (buffer[at] === null) return null;
    const products = buffer[at] as Products;
    const squares = (buffer[at + 1] as Spread)[2];
    return squares === 0 ? null : result(products, products[3] / squares);
  };

/** Of the products of y and x, in this order. */
function determination([, , , xy, yy, xx]: Products): number | null {
  if (xx === 0) return null;
  if (yy === 0) return 1;
  const correlation = xy / Math.sqrt(yy * xx);
  return correlation * correlation;
}

const squares = orNull(([, , m2]: Spread) => m2);

const statistic = (name: string, summary: string, build: AggregateSpec['build'], type = 'double'): AggregateSpec => ({
  name,
  signature: `${name}(y double, x double) -> ${type}`,
  summary,
  arguments: [2, 2],
  distinct: 'drops',
  build,
});

const count = (site: AggregateSite): Aggregation => ({ operands: site.operands, type: BIGINT, slots: [COUNTER] });

/** The straight line through pairs of values, over the rows in which neither is null. */
export const REGRESSIONS: readonly AggregateSpec[] = [
  statistic('regr_count', 'number of rows in which neither is null', count, 'bigint'),
  statistic('regr_avgx', 'the mean of x', meanOf(1), 'double|decimal'),
  statistic('regr_avgy', 'the mean of y', meanOf(0), 'double|decimal'),
  statistic('regr_sxx', 'the sum of the squares of the distances of x from its mean', over('x, y', [SPREAD], squares)),
  statistic('regr_syy', 'the sum of the squares of the distances of y from its mean', over('y, x', [SPREAD], squares)),
  statistic(
    'regr_sxy',
    'the sum of the products of the distances of x and y from their means',
    over(
      'y, x',
      [PRODUCTS],
      orNull(([, , , xy]: Products) => xy),
    ),
  ),
  statistic(
    'regr_slope',
    'the slope of the line; null where x is always the same',
    over(
      'x, y',
      [PRODUCTS, SPREAD],
      line((_, slope) => slope),
    ),
  ),
  statistic(
    'regr_intercept',
    'the height of the line at x = 0; null where x is always the same',
    over(
      'x, y',
      [PRODUCTS, SPREAD],
      line(([, meanX, meanY], slope) => meanY - slope * meanX),
    ),
  ),
  statistic(
    'regr_r2',
    'how much of y the line explains, from 0 to 1; null where x is always the same',
    over('y, x', [PRODUCTS], orNull(determination)),
  ),
];

import type { DataType, Value } from '../../core/types.ts';
import { arrayOf, BIGINT, DOUBLE, field, INT, structOf } from '../../core/types.ts';
import { isInteger, isNumeric } from '../arithmetic.ts';
import { coerced } from '../coercion.ts';
import { compareDouble } from '../comparison.ts';
import { Complaint } from '../complaint.ts';
import { fail } from '../failure.ts';
import type { Aggregation, AggregateSite, AggregateSpec, Finish } from './aggregate-call.ts';
import { listSlot } from './collections.ts';
import type { GrowingList } from './growing-list.ts';
import { appended, elementsOf } from './growing-list.ts';
import {
  constantArgument,
  flagArgument,
  isInterval,
  numericArgument,
  orderedArgument,
  outOfRange,
  unexpectedArgument,
  wholeInterval,
} from './operands.ts';

/** The wanted percentages, and whether they were given as an array, as which the results then come. */
interface Percentages {
  readonly values: readonly number[];
  readonly several: boolean;
}

function percentages(site: AggregateSite, index = 1): Percentages {
  const several = site.operands[index].type.kind === 'array';
  const constant = constantArgument(site, index, several ? arrayOf(DOUBLE) : DOUBLE);
  const values = several ? (constant as Value[] | null) : [constant];
  if (values === null || !values.every((value) => typeof value === 'number' && value >= 0 && value <= 1))
    throw outOfRange(site, index, 'percentages lie between 0.0 and 1.0');
  return { values: values as number[], several };
}

const asAsked = ({ several }: Percentages, results: Value[]): Value => (several ? results : results[0]);

/** Values in order, and how many there are up to and with each of them. */
interface Ranked {
  readonly values: readonly number[];
  readonly upTo: readonly number[];
}

const ranked = (values: Value[], descending = false): Ranked => {
  const sorted = (values as number[]).sort(compareDouble);
  if (descending) sorted.reverse();
  return { values: sorted, upTo: sorted.map((_, i) => i + 1) };
};

function rankedWithCounts(pairs: Value[]): Ranked {
  const sorted = (pairs as [number, number][]).sort((a, b) => compareDouble(a[0], b[0]));
  let total = 0;
  return { values: sorted.map(([value]) => value), upTo: sorted.map(([, count]) => (total += count)) };
}

/** The value at a position counted from 0, where every value lies as often as it was counted. */
function valueAt({ values, upTo }: Ranked, position: number): number {
  let [low, high] = [0, upTo.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (upTo[middle] > position) high = middle;
    else low = middle + 1;
  }
  return values[low];
}

/** The value at a fraction of the way from the first to the last, in a straight line between the two next to it. */
function interpolated(all: Ranked, percentage: number): number {
  const position = ((all.upTo.at(-1) ?? 1) - 1) * percentage;
  const [below, above] = [Math.floor(position), Math.ceil(position)];
  const [low, high] = [valueAt(all, below), valueAt(all, above)];
  return low === high || below === above ? low : low + (high - low) * (position - below);
}

/** The first argument as a number or an interval, and the type of what lies between two of them. */
function measure(site: AggregateSite): { operand: AggregateSite['operands'][0]; between: DataType } {
  const [operand] = site.operands;
  if (isInterval(operand.type)) return { operand, between: wholeInterval(operand.type) };
  return { operand: coerced(numericArgument(site), DOUBLE), between: DOUBLE };
}

function exact(site: AggregateSite, wanted: Percentages): Aggregation {
  const { operand, between } = measure(site);
  const round = between.kind === 'double' ? (value: number) => value : (value: number) => Math.trunc(value) + 0;
  const counted = site.operands.length > 2;
  const finish: Finish = (buffer, at) => {
    const all = counted ? rankedWithCounts(elementsOf(buffer[at])) : ranked(elementsOf(buffer[at]));
    if (all.values.length === 0) return null;
    return asAsked(
      wanted,
      wanted.values.map((percentage) => round(interpolated(all, percentage))),
    );
  };
  const type = wanted.several ? arrayOf(between) : between;
  const constants = site.operands.slice(1, 2);
  if (!counted) return { operands: [operand], constants, type, slots: [listSlot(operand.type)], finish };
  const frequency = site.operands[2];
  if (!isInteger(frequency.type)) throw unexpectedArgument(site, frequency, 'an integer as the frequency');
  return { operands: [operand, frequency], constants, type, slots: [COUNTED], finish };
}

const counted = (list: GrowingList, value: number, count: number): GrowingList => {
  if (count < 0) fail('NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION', `the frequency ${count} is negative`);
  return count === 0 ? list : appended(list, [value, count]);
};
const COUNTED = {
  ...listSlot(structOf(field('value', DOUBLE), field('count', BIGINT))),
  begin: (value: number, count: number) => counted([[], 0], value, count),
  take: counted,
};

const median = (site: AggregateSite): Aggregation => exact(site, { values: [0.5], several: false });
const percentile = (site: AggregateSite): Aggregation => exact(site, percentages(site));

/** One of the values itself: the first up to which the percentage of all lies. Kept exact, hence any accuracy is met. */
function approximate(site: AggregateSite): Aggregation {
  const wanted = percentages(site);
  const accuracy = constantArgument(site, 2, INT);
  if (site.operands.length > 2 && (typeof accuracy !== 'number' || accuracy < 1))
    throw outOfRange(site, 2, 'the accuracy is a positive integer');
  const [first] = site.operands;
  const measurable = isNumeric(first.type) || isInterval(first.type) || ['date', 'timestamp'].includes(first.type.kind);
  const operand = measurable ? first : numericArgument(site);
  return {
    operands: [operand],
    constants: site.operands.slice(1),
    type: wanted.several ? arrayOf(operand.type) : operand.type,
    slots: [listSlot(operand.type)],
    finish(buffer, at) {
      const all = ranked(elementsOf(buffer[at]));
      if (all.values.length === 0) return null;
      return asAsked(
        wanted,
        wanted.values.map((percentage) => discrete(all, percentage)),
      );
    },
  };
}

/** `percentile_cont` and `percentile_disc`, whose values stand behind `order by`. */
function ofGroup(pick: (all: Ranked, percentage: number) => number): (site: AggregateSite) => Aggregation {
  return (site) => {
    const wanted = percentages(site, 0);
    const [{ key, descending }] = site.orders;
    const { operand, between } = measure({ ...site, operands: [key] });
    return {
      operands: [operand],
      constants: site.operands,
      type: wanted.several ? arrayOf(between) : between,
      slots: [listSlot(operand.type)],
      finish(buffer, at) {
        const all = ranked(elementsOf(buffer[at]), descending);
        if (all.values.length === 0) return null;
        const values = wanted.values.map((percentage) => pick(all, percentage));
        return asAsked(wanted, between.kind === 'double' ? values : values.map((value) => Math.trunc(value) + 0));
      },
    };
  };
}

const discrete = ({ values }: Ranked, percentage: number): number =>
  values[Math.max(Math.ceil(percentage * values.length) - 1, 0)];

/** Of several values that are equally frequent the first in order, so that the order of the rows has no say. */
function mode(site: AggregateSite): Aggregation {
  const [order] = site.orders;
  if ((order === undefined) !== site.operands.length > 0) {
    const message = '`mode` takes its values either as an argument or behind `within group (order by …)`';
    throw new Complaint('INVALID_WITHIN_GROUP_EXPRESSION.WRONG_NUM_ORDERINGS', site.span, message);
  }
  const { operand, compare: ascending } = orderedArgument(
    order === undefined ? site : { ...site, operands: [order.key] },
  );
  const compare = order?.descending === true ? (a: Value, b: Value) => ascending(b, a) : ascending;
  flagArgument(site, 1);
  const finish: Finish = (buffer, at) => {
    const sorted = elementsOf(buffer[at]).sort(compare);
    let [best, most, begin] = [null as Value, 0, 0];
    for (let i = 1; i <= sorted.length; i++) {
      if (i < sorted.length && compare(sorted[begin], sorted[i]) === 0) continue;
      if (i - begin > most) [best, most] = [sorted[begin], i - begin];
      begin = i;
    }
    return best;
  };
  return { operands: [operand], type: operand.type, slots: [listSlot(operand.type)], finish };
}

/** What the values look like in order. All of them are kept. */
export const PERCENTILES: readonly AggregateSpec[] = [
  {
    name: 'median',
    signature: 'median(x number|interval) -> double|interval',
    summary: 'the value in the middle, or half-way between the two there',
    arguments: [1, 1],
    distinct: 'drops',
    build: median,
  },
  {
    name: 'percentile',
    signature: 'percentile(x number|interval, percentage double|array[, frequency integer]) -> double|interval|array',
    summary: 'the value at a fraction of the way from the least to the largest, between two values in a straight line',
    arguments: [2, 3],
    distinct: 'drops',
    build: percentile,
  },
  {
    name: 'approx_percentile',
    aliases: ['percentile_approx'],
    signature: 'approx_percentile(x number|time, percentage double|array[, accuracy int]) -> type of x|array',
    summary: 'the least value up to which this fraction of all lies; exact, so that any accuracy is met',
    arguments: [2, 3],
    distinct: 'drops',
    build: approximate,
  },
  {
    name: 'percentile_cont',
    signature: 'percentile_cont(percentage double|array) within group (order by x) -> double|interval|array',
    summary: 'the same as percentile, from the first to the last in this order',
    arguments: [1, 1],
    orders: [1, 1],
    distinct: 'drops',
    build: ofGroup(interpolated),
  },
  {
    name: 'percentile_disc',
    signature: 'percentile_disc(percentage double|array) within group (order by x) -> double|interval|array',
    summary: 'the first value in this order up to which the percentage of all lies',
    arguments: [1, 1],
    orders: [1, 1],
    distinct: 'drops',
    build: ofGroup(discrete),
  },
  {
    name: 'mode',
    signature: 'mode(x[, deterministic boolean]) | mode() within group (order by x) -> type of x',
    summary: 'the most frequent value, the least of several, or the first in this order',
    arguments: [0, 2],
    orders: [0, 1],
    distinct: 'drops',
    build: mode,
  },
];

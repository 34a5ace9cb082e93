import type { Value } from '../../core/types.ts';
import { field, structOf } from '../../core/types.ts';
import { inlineComparison } from '../operators.ts';
import type { Aggregation, AggregateSite, AggregateSpec, Finish } from './aggregate-call.ts';
import { slotOf } from './aggregate-call.ts';
import { orderedArgument } from './operands.ts';

type Side = 'least' | 'largest';

function extreme(side: Side): (site: AggregateSite) => Aggregation {
  return (site) => {
    const { operand, compare } = orderedArgument(site);
    const sign = side === 'least' ? -1 : 1;
    const take = (best: Value, value: Value): Value => (compare(value, best) * sign > 0 ? value : best);
    const comparison = inlineComparison(side === 'least' ? '<' : '>', operand.type);
    const inline =
      comparison === null
        ? null
        : (best: string, value: string): string => `(${comparison(value, best)} ? ${value} : ${best})`;
    return { operands: [operand], type: operand.type, slots: [slotOf(operand.type, take, { inline })] };
  };
}

const valueAtExtreme: Finish = (buffer, at) => (buffer[at] === null ? null : (buffer[at] as Value[])[1]);

/** The slot is [order, value]. Of several rows with the extreme the last one counts, as in Spark. */
function extremeBy(side: Side): (site: AggregateSite) => Aggregation {
  return (site) => {
    const value = site.operands[0];
    const { operand: order, compare } = orderedArgument(site, 1);
    const sign = side === 'least' ? -1 : 1;
    const holds = (known: Value, next: Value): boolean => compare(next, known) * sign < 0;
    const begin = (x: Value, y: Value): Value => [y, x];
    const take = (known: Value[], x: Value, y: Value): Value => (holds(known[0], y) ? known : [y, x]);
    const merge = (known: Value[], other: Value[]): Value => (holds(known[0], other[0]) ? known : other);
    const type = structOf(field('order', order.type), field('value', value.type));
    return {
      operands: [value, order],
      passesNull: [true, false],
      type: value.type,
      slots: [slotOf(type, take, { begin, merge })],
      finish: valueAtExtreme,
      commutative: false,
    };
  };
}

/** Smallest and largest values, and what goes with them. */
export const EXTREMES: readonly AggregateSpec[] = [
  {
    name: 'min',
    signature: 'min(x) -> type of x',
    summary: 'the least of the values that are not null',
    arguments: [1, 1],
    distinct: 'changes nothing',
    build: extreme('least'),
  },
  {
    name: 'max',
    signature: 'max(x) -> type of x',
    summary: 'the largest of the values that are not null',
    arguments: [1, 1],
    distinct: 'changes nothing',
    build: extreme('largest'),
  },
  {
    name: 'min_by',
    signature: 'min_by(x, y) -> type of x',
    summary: 'the x of the row with the least y, of the last of several',
    arguments: [2, 2],
    distinct: 'changes nothing',
    build: extremeBy('least'),
  },
  {
    name: 'max_by',
    signature: 'max_by(x, y) -> type of x',
    summary: 'the x of the row with the largest y, of the last of several',
    arguments: [2, 2],
    distinct: 'changes nothing',
    build: extremeBy('largest'),
  },
];

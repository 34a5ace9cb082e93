import type { Value } from '../../core/types.ts';
import { BOOLEAN, field, structOf } from '../../core/types.ts';
import type { Expression } from '../expression.ts';
import type { Aggregation, AggregateSite, AggregateSpec, Finish, Slot } from './aggregate-call.ts';
import { slotOf } from './aggregate-call.ts';
import { flagArgument } from './operands.ts';

/** Where a null counts as a value it is boxed, so that it differs from no value. */
const unboxed: Finish = (buffer, at) => (buffer[at] === null ? null : (buffer[at] as Value[])[0]);
const box = (value: Value): Value => [value];

function pick(which: 'first' | 'last'): (site: AggregateSite) => Aggregation {
  const keep: Partial<Slot> = { merge: (known: Value) => known, inline: (known) => known };
  return (site) => {
    const [operand] = site.operands;
    const ignoresNulls = site.ignoresNulls || flagArgument(site, 1);
    const { type, span } = operand;
    const flag: Expression = { kind: 'literal', value: true, type: BOOLEAN, span };
    const constants = ignoresNulls ? [flag] : [];
    const common = { operands: [operand], constants, type, commutative: false } as const;
    const last = (_: Value, value: Value): Value => value;
    if (ignoresNulls) {
      const slot = which === 'first' ? slotOf(type, (known: Value) => known, keep) : slotOf(type, last);
      return { ...common, slots: [slot] };
    }
    const boxed = structOf(field('value', type));
    const slot =
      which === 'first'
        ? slotOf(boxed, (known: Value) => known, { ...keep, begin: box })
        : slotOf(boxed, (_: Value, value: Value) => [value], { begin: box, merge: last });
    return { ...common, passesNull: [true], slots: [slot], finish: unboxed };
  };
}

/** One row's value out of all rows'. */
export const PICKS: readonly AggregateSpec[] = [
  {
    name: 'first',
    aliases: ['first_value', 'any_value'],
    signature: 'first(x[, ignoreNulls boolean]) -> type of x',
    summary: 'the value of the first row, or of the first in which it is not null',
    arguments: [1, 2],
    ignoresNulls: true,
    distinct: 'changes nothing',
    build: pick('first'),
  },
  {
    name: 'last',
    aliases: ['last_value'],
    signature: 'last(x[, ignoreNulls boolean]) -> type of x',
    summary: 'the value of the last row, or of the last in which it is not null',
    arguments: [1, 2],
    ignoresNulls: true,
    distinct: 'changes nothing',
    build: pick('last'),
  },
];

import type { DataType, Row, Value } from '../../core/types.ts';
import { field, structOf, typeName } from '../../core/types.ts';
import { Complaint } from '../complaint.ts';
import type { Aggregation, AggregateSite, Slot } from './aggregate-call.ts';
import { setSlot } from './collections.ts';
import { elementsOf, keyOf } from './growing-list.ts';

/**
 * The aggregation over rows with different arguments only: the buffer is the set of the arguments, of which the aggregate is made in the
 * end. Throws a complaint where the arguments cannot be told apart.
 */
export function distinct(aggregation: Aggregation, site: AggregateSite): Aggregation {
  const operands = aggregation.operands.length === 0 ? site.operands : aggregation.operands;
  const isSingle = operands.length === 1;
  const element: DataType = isSingle
    ? operands[0].type
    : structOf(...operands.map((operand, i) => field(`_${i + 1}`, operand.type)));
  const key = keyOf(element);
  if (key === null) {
    const message = `\`distinct\` cannot tell values of type ${typeName(element)} apart`;
    throw new Complaint('UNSUPPORTED_FEATURE', site.span, message, 'take map_entries(…) of the map');
  }
  const set = setSlot(element, key);
  const { slots, finish = (buffer, at): Value => buffer[at] } = aggregation;
  const folds = slots.map(foldOf);
  return {
    ...aggregation,
    operands,
    slots: [isSingle ? set : packing(set)],
    finish(buffer, at) {
      const row: Row = slots.map((slot) => slot.initial);
      for (const item of elementsOf(buffer[at])) {
        const values = isSingle ? [item] : (item as Value[]);
        for (let i = 0; i < folds.length; i++) row[i] = folds[i](row[i], values);
      }
      return finish(row, 0);
    },
  };
}

/** The slot with all operands as one value. */
const packing = (set: Slot): Slot => ({
  ...set,
  begin: (...values: Value[]) => [[values], 1],
  take: (list: never, ...values: Value[]) => set.take(list, values as never),
});

/** The slot after one more row, also after its first one. */
function foldOf(slot: Slot): (value: Value, operands: readonly Value[]) => Value {
  const begin = slot.begin as ((...operands: Value[]) => Value) | null;
  const take = slot.take as (value: Value, ...operands: Value[]) => Value;
  return (value, operands) => {
    if (value !== null) return take(value, ...operands);
    return begin === null ? operands[0] : begin(...operands);
  };
}

import type { DataType, Value } from '../../core/types.ts';
import { arrayOf, typeName } from '../../core/types.ts';
import { Complaint } from '../complaint.ts';
import type { Aggregation, AggregateSite, AggregateSpec, Finish, Slot } from './aggregate-call.ts';
import { slotOf } from './aggregate-call.ts';
import type { GrowingList, KeyOf } from './growing-list.ts';
import { appended, elementsOf, growingListType, including, keyOf } from './growing-list.ts';

const single = (value: Value): Value => [[value], 1];

/** A slot with a list of what it took up, in the order of the rows. */
export const listSlot = (element: DataType): Slot =>
  slotOf(growingListType(element), (list: GrowingList, value: Value) => appended(list, value), {
    begin: single,
    merge: (list: GrowingList, other: GrowingList) => elementsOf(other).reduce<GrowingList>(appended, list),
  });

/** A slot with a list of the different values that it took up, in the order in which they first came. */
export function setSlot(element: DataType, key: KeyOf): Slot {
  const add = (list: GrowingList, value: Value): GrowingList => including(list, value, key);
  // Adding zero turns -0, which is the same value as 0, into 0.
  const isFraction = element.kind === 'double' || element.kind === 'float';
  const fractions = {
    begin: (value: number) => [[value + 0], 1],
    take: (list: GrowingList, value: number) => add(list, value + 0),
  };
  return slotOf(growingListType(element), add, {
    begin: single,
    merge: (list: GrowingList, other: GrowingList) => elementsOf(other).reduce<GrowingList>(add, list),
    ...(isFraction ? fractions : {}),
  });
}

const elements: Finish = (buffer, at) => elementsOf(buffer[at]);

const collectList = ({ operands: [operand] }: AggregateSite): Aggregation => ({
  operands: [operand],
  type: arrayOf(operand.type),
  slots: [listSlot(operand.type)],
  finish: elements,
  commutative: false,
});

function collectSet({ operands: [operand], name }: AggregateSite): Aggregation {
  const key = keyOf(operand.type);
  if (key === null) {
    const message = `\`${name}\` cannot tell values of type ${typeName(operand.type)} apart`;
    const remedy = 'collect map_entries(…) of it';
    throw new Complaint('DATATYPE_MISMATCH.UNSUPPORTED_INPUT_TYPE', operand.span, message, remedy);
  }
  const slots = [setSlot(operand.type, key)];
  return { operands: [operand], type: arrayOf(operand.type), slots, finish: elements, commutative: false };
}

/** Everything that the rows bring. */
export const COLLECTIONS: readonly AggregateSpec[] = [
  {
    name: 'collect_list',
    aliases: ['array_agg'],
    signature: 'collect_list(x) -> array',
    summary: 'the values that are not null, in the order of the rows',
    arguments: [1, 1],
    distinct: 'drops',
    build: collectList,
  },
  {
    name: 'collect_set',
    signature: 'collect_set(x) -> array',
    summary: 'the different values that are not null, in the order in which they first came',
    arguments: [1, 1],
    distinct: 'changes nothing',
    build: collectSet,
  },
];

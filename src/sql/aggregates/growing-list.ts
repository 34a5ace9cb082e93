import { encodeKey } from '../../core/key-codec.ts';
import type { DataType, Value } from '../../core/types.ts';
import { arrayOf, BIGINT, field, structOf } from '../../core/types.ts';

/**
 * A list that grows at its end and is yet never changed, as a value of a buffer: [items, size]. Its elements are the first `size` items;
 * what stands behind them belongs to longer lists that share the array. So adding to the longest of them costs no copy, and whoever holds
 * a shorter one (the committed row of the store, say) still sees what it saw.
 *
 *     before  [a b c    ] size 3          a list of the same array with size 2 that is added to
 *     after   [a b c d  ] size 4          gets an array of its own: what stands behind b is not its
 */
export type GrowingList = [items: Value[], size: number];

export const growingListType = (element: DataType): DataType =>
  structOf(field('items', arrayOf(element)), field('size', BIGINT));

/** The list with the value behind its elements. */
export function appended(list: GrowingList, value: Value): GrowingList {
  const items = list[0];
  const size = list[1];
  const owned = items.length === size ? items : items.slice(0, size);
  owned.push(value);
  return [owned, size + 1];
}

/** The elements, in an array of their own; those of no list are none. */
export const elementsOf = (list: Value): Value[] => {
  if (list === null) return [];
  const [items, size] = list as GrowingList;
  return items.slice(0, size);
};

/** What values are told apart by: equal keys mean that values are equal in Spark's sense. */
export type KeyOf = (value: Value) => Value;

/** The keys of a type's values; null where a map is within, which has no key. */
export function keyOf(type: DataType): KeyOf | null {
  switch (type.kind) {
    case 'map':
      return null;
    case 'array':
      return keyOf(type.element) === null ? null : encoded;
    case 'struct':
      return type.fields.some((f) => keyOf(f.type) === null) ? null : encoded;
    case 'binary':
      return encoded;
    default:
      return (value) => value;
  }
}

const encoded: KeyOf = (value) => encodeKey([value]);

/** Up to so many items are looked through; more of them have an index. */
const FEW = 8;

/** Where each key's first item is, for arrays of sets; made when it is first asked for, and gone with the array. */
const indexes = new WeakMap<Value[], Map<Value, number>>();

function indexOf(items: Value[], key: KeyOf): Map<Value, number> {
  let index = indexes.get(items);
  if (index === undefined) {
    index = new Map(items.map((item, i) => [key(item), i]));
    indexes.set(items, index);
  }
  return index;
}

/** The list with the value, unless it has it already. */
export function including(list: GrowingList, value: Value, key: KeyOf): GrowingList {
  const items = list[0];
  const size = list[1];
  const wanted = key(value);
  if (size <= FEW) {
    for (let i = 0; i < size; i++) if (same(key(items[i]), wanted)) return list;
    return appended(list, value);
  }
  const at = indexOf(items, key).get(wanted);
  if (at !== undefined && at < size) return list;
  const longer = appended(list, value);
  // An array of its own has its index made when it is asked for.
  if (longer[0] === items) indexes.get(items)?.set(wanted, size);
  return longer;
}

/** Equal as keys of a Map are: NaN is NaN, -0 is 0. */
const same = (a: Value, b: Value): boolean => a === b || (a !== a && b !== b);

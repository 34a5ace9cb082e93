import { encodeKey } from '../../core/key-codec.ts';
import type { DataType, Value } from '../../core/types.ts';
import { arrayOf, BIGINT, BOOLEAN } from '../../core/types.ts';
import { coerced } from '../coercion.ts';
import type { Evaluate, Expression } from '../expression.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { arrayOperand, call, expectCount } from '../function-spec.ts';
import { elementOrder } from './array-order.ts';
import { sharedType } from './shared-type.ts';

/** An array and a value like its elements, in their common type. */
function withValue(site: CallSite): {
  readonly operands: Expression[];
  readonly type: DataType;
  readonly order: (a: Value, b: Value) => number;
} {
  expectCount(site, 2);
  const { operand, element } = arrayOperand(site);
  const value = site.operand(1);
  const common = sharedType(site, value, [element, value.type], 'ARRAY_FUNCTION_DIFF_TYPES');
  const order = elementOrder(site, operand, common);
  const type = arrayOf(common);
  return { operands: [coerced(operand, type), coerced(value, common)], type, order };
}

/** True when an element equals the value, null when none does and one is null. */
function contains(site: CallSite): Expression {
  const { operands, order } = withValue(site);
  const find = (values: Value[], wanted: Value): Value => {
    let sawNull = false;
    for (const candidate of values) {
      if (candidate === null) sawNull = true;
      else if (order(candidate, wanted) === 0) return true;
    }
    return sawNull ? null : false;
  };
  return call(site, operands, BOOLEAN, find);
}

function position(site: CallSite): Expression {
  const { operands, order } = withValue(site);
  const find = (values: Value[], wanted: Value): Value =>
    values.findIndex((v) => v !== null && order(v, wanted) === 0) + 1;
  return call(site, operands, BIGINT, find);
}

function remove(site: CallSite): Expression {
  const { operands, type, order } = withValue(site);
  const without = (values: Value[], unwanted: Value): Value =>
    values.filter((v) => v === null || order(v, unwanted) !== 0);
  return call(site, operands, type, without);
}

function compact(site: CallSite): Expression {
  expectCount(site, 1);
  const { operand } = arrayOperand(site);
  return call(site, [operand], operand.type, (values: Value[]) => values.filter((v) => v !== null));
}

/** The keys of the values: equal in Spark's sense means equal keys, null among them. */
const keysOf = (values: readonly Value[]): Set<string> => new Set(values.map((value) => encodeKey([value])));

/** The different values that are wanted, in the order of their first occurrence; of 0 and -0 it is always 0. */
function different(values: readonly Value[], wanted: (key: string) => boolean = () => true): Value[] {
  const seen = new Set<string>();
  const found: Value[] = [];
  for (const value of values) {
    const key = encodeKey([value]);
    if (seen.has(key) || !wanted(key)) continue;
    seen.add(key);
    found.push(value === 0 ? 0 : value);
  }
  return found;
}

function distinct(site: CallSite): Expression {
  expectCount(site, 1);
  const { operand, element } = arrayOperand(site);
  elementOrder(site, operand, element);
  return call(site, [operand], operand.type, (values: Value[]) => different(values));
}

/** Two arrays in their common type. */
const overBoth =
  (result: (type: DataType) => DataType, apply: Evaluate) =>
  (site: CallSite): Expression => {
    expectCount(site, 2);
    const [left, right] = [arrayOperand(site, 0), arrayOperand(site, 1)];
    const common = sharedType(site, right.operand, [left.element, right.element], 'BINARY_ARRAY_DIFF_TYPES');
    elementOrder(site, left.operand, common);
    const type = arrayOf(common);
    return call(site, [coerced(left.operand, type), coerced(right.operand, type)], result(type), apply);
  };

const sameArray = (type: DataType): DataType => type;

const union = (a: Value[], b: Value[]): Value => different([...a, ...b]);

function except(a: Value[], b: Value[]): Value {
  const others = keysOf(b);
  return different(a, (key) => !others.has(key));
}

function intersect(a: Value[], b: Value[]): Value {
  const others = keysOf(b);
  return different(a, (key) => others.has(key));
}

/** True when an element other than null is in both; null when none is, neither is empty and a null could be one. */
function overlap(a: Value[], b: Value[]): Value {
  const others = keysOf(b);
  if (a.some((value) => value !== null && others.has(encodeKey([value])))) return true;
  return a.length > 0 && b.length > 0 && (a.includes(null) || b.includes(null)) ? null : false;
}

const family = 'collections';

/** Functions that look for elements, and that treat arrays as sets. */
export const ARRAY_SETS: readonly FunctionSpec[] = [
  {
    name: 'array_contains',
    family,
    signature: 'array_contains(a array, value) -> boolean',
    summary: 'whether an element equals the value',
    build: contains,
  },
  {
    name: 'array_position',
    family,
    signature: 'array_position(a array, value) -> bigint',
    summary: 'position of the first such element, 0 when there is none',
    build: position,
  },
  {
    name: 'array_remove',
    family,
    signature: 'array_remove(a array, value) -> array',
    summary: 'the array without the elements that equal the value',
    build: remove,
  },
  {
    name: 'array_compact',
    family,
    signature: 'array_compact(a array) -> array',
    summary: 'the array without nulls',
    build: compact,
  },
  {
    name: 'array_distinct',
    family,
    signature: 'array_distinct(a array) -> array',
    summary: 'the elements without those that came before',
    build: distinct,
  },
  {
    name: 'array_union',
    family,
    signature: 'array_union(a array, b array) -> array',
    summary: 'the different elements of both',
    build: overBoth(sameArray, union),
  },
  {
    name: 'array_intersect',
    family,
    signature: 'array_intersect(a array, b array) -> array',
    summary: 'the different elements of a that are in b',
    build: overBoth(sameArray, intersect),
  },
  {
    name: 'array_except',
    family,
    signature: 'array_except(a array, b array) -> array',
    summary: 'the different elements of a that are not in b',
    build: overBoth(sameArray, except),
  },
  {
    name: 'arrays_overlap',
    family,
    signature: 'arrays_overlap(a array, b array) -> boolean',
    summary: 'whether an element is in both',
    build: overBoth(() => BOOLEAN, overlap),
  },
];

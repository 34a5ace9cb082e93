import type { DataType, Value } from '../../core/types.ts';
import { arrayOf, BOOLEAN, INT, mapOf, typeName } from '../../core/types.ts';
import { coerced, commonType, condition } from '../coercion.ts';
import { Complaint } from '../complaint.ts';
import type { Evaluate, Expression } from '../expression.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { arrayOperand, call, expectCount, unexpected } from '../function-spec.ts';
import { addEntry, expectKey, mapOperand } from './maps.ts';

/** A lambda of an element and its index, of two elements, or of a key and its values. */
type Lambda = (...values: Value[]) => Value;

function transform(site: CallSite): Expression {
  expectCount(site, 2);
  const { operand, element } = arrayOperand(site);
  const body = site.lambda(1, [element, INT]);
  const apply = (values: Value[], f: Lambda): Value => values.map((value, i) => f(value, i));
  return call(site, [operand, body], arrayOf(body.type), apply);
}

/** A higher-order function whose lambda is a condition. */
const overCondition =
  (result: (element: DataType) => DataType, apply: Evaluate) =>
  (site: CallSite): Expression => {
    expectCount(site, 2);
    const { operand, element } = arrayOperand(site);
    const body = condition(site.lambda(1, [element, INT]), `the condition of \`${site.name}\``);
    return call(site, [operand, body], result(element), apply);
  };

const filterArray = (values: Value[], f: Lambda): Value => values.filter((value, i) => f(value, i) === true);

/** True when one is, null when none is and one is null. */
function existsIn(values: Value[], f: Lambda): Value {
  let sawNull = false;
  for (let i = 0; i < values.length; i++) {
    const found = f(values[i], i);
    if (found === true) return true;
    if (found === null) sawNull = true;
  }
  return sawNull ? null : false;
}

/** False when one is, null when none is and one is null. */
function holdsForAll(values: Value[], f: Lambda): Value {
  let sawNull = false;
  for (let i = 0; i < values.length; i++) {
    const holds = f(values[i], i);
    if (holds === false) return false;
    if (holds === null) sawNull = true;
  }
  return sawNull ? null : true;
}

function aggregate(site: CallSite): Expression {
  expectCount(site, 3, 4);
  const { operand, element } = arrayOperand(site);
  const start = site.operand(1);
  const merged = site.lambda(2, [start.type, element]);
  const type = commonType(start.type, merged.type);
  if (type === null || typeName(type) !== typeName(start.type)) {
    const remedy = `cast the start value to ${typeName(merged.type)}`;
    const message = `the start value is ${typeName(start.type)}, but the lambda gives ${typeName(merged.type)}`;
    throw new Complaint('DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE', start.span, message, remedy);
  }
  const finish = site.count === 4 ? [site.lambda(3, [type])] : [];
  const fold = (values: Value[], from: Value, merge: Lambda, end?: (value: Value) => Value): Value => {
    const total = values.reduce<Value>((sum, value) => merge(sum, value), from);
    return end === undefined ? total : end(total);
  };
  const operands = [operand, start, coerced(merged, type), ...finish];
  // A null start is a legal start, a null array is not one.
  const guarded = (values: Value[] | null, from: Value, merge: Lambda, end?: (value: Value) => Value): Value =>
    values === null ? null : fold(values, from, merge, end);
  return call(site, operands, finish[0]?.type ?? type, guarded, { nulls: 'passed' });
}

/** The function of two elements, null where an array is shorter. */
function zipWith(site: CallSite): Expression {
  expectCount(site, 3);
  const [left, right] = [arrayOperand(site, 0), arrayOperand(site, 1)];
  const body = site.lambda(2, [left.element, right.element]);
  const zip = (a: Value[], b: Value[], f: Lambda): Value =>
    Array.from({ length: Math.max(a.length, b.length) }, (_, i) => f(a[i] ?? null, b[i] ?? null));
  return call(site, [left.operand, right.operand, body], arrayOf(body.type), zip);
}

function mapFilter(site: CallSite): Expression {
  expectCount(site, 2);
  const { operand, key, value } = mapOperand(site);
  const body = condition(site.lambda(1, [key, value]), `the condition of \`${site.name}\``);
  const filter = (map: Map<Value, Value>, f: Lambda): Value => new Map([...map].filter(([k, v]) => f(k, v) === true));
  return call(site, [operand, body], operand.type, filter);
}

function transformKeys(site: CallSite): Expression {
  expectCount(site, 2);
  const { operand, key, value } = mapOperand(site);
  const body = site.lambda(1, [key, value]);
  expectKey(site, 1, body, body.type);
  const apply = (map: Map<Value, Value>, f: Lambda): Value => {
    const result = new Map<Value, Value>();
    for (const [k, v] of map) addEntry(result, f(k, v), v);
    return result;
  };
  return call(site, [operand, body], mapOf(body.type, value), apply);
}

function transformValues(site: CallSite): Expression {
  expectCount(site, 2);
  const { operand, key, value } = mapOperand(site);
  const body = site.lambda(1, [key, value]);
  const apply = (map: Map<Value, Value>, f: Lambda): Value => new Map([...map].map(([k, v]) => [k, f(k, v)]));
  return call(site, [operand, body], mapOf(key, body.type), apply);
}

/** The function of both values of each key, null where a map has it not. */
function mapZipWith(site: CallSite): Expression {
  expectCount(site, 3);
  const [left, right] = [mapOperand(site, 0), mapOperand(site, 1)];
  const key = commonType(left.key, right.key);
  if (key === null) throw unexpected(site, 1, right.operand, `a map with keys of type ${typeName(left.key)}`);
  const body = site.lambda(2, [key, left.value, right.value]);
  const zip = (a: Map<Value, Value>, b: Map<Value, Value>, f: Lambda): Value =>
    new Map([...new Set([...a.keys(), ...b.keys()])].map((k) => [k, f(k, a.get(k) ?? null, b.get(k) ?? null)]));
  const maps = [coerced(left.operand, mapOf(key, left.value)), coerced(right.operand, mapOf(key, right.value))];
  return call(site, [...maps, body], mapOf(key, body.type), zip);
}

const family = 'collections';

/** Functions of arrays and maps that take a function. */
export const HIGHER_ORDER: readonly FunctionSpec[] = [
  {
    name: 'transform',
    family,
    signature: 'transform(a array, x -> …) -> array',
    summary: 'the array of the results; (x, i) -> … gets the index too',
    build: transform,
  },
  {
    name: 'filter',
    family,
    signature: 'filter(a array, x -> boolean) -> array',
    summary: 'the elements for which the condition is true',
    build: overCondition(arrayOf, filterArray),
  },
  {
    name: 'exists',
    family,
    signature: 'exists(a array, x -> boolean) -> boolean',
    summary: 'whether the condition is true for one element',
    build: overCondition(() => BOOLEAN, existsIn),
  },
  {
    name: 'forall',
    family,
    signature: 'forall(a array, x -> boolean) -> boolean',
    summary: 'whether the condition is true for every element',
    build: overCondition(() => BOOLEAN, holdsForAll),
  },
  {
    name: 'aggregate',
    aliases: ['reduce'],
    family,
    signature: 'aggregate(a array, start, (sum, x) -> … [, sum -> …]) -> value',
    summary: 'one value out of all elements',
    build: aggregate,
  },
  {
    name: 'zip_with',
    family,
    signature: 'zip_with(a array, b array, (x, y) -> …) -> array',
    summary: 'the results for the elements at each position; null stands for what a shorter array lacks',
    build: zipWith,
  },
  {
    name: 'map_filter',
    family,
    signature: 'map_filter(m map, (k, v) -> boolean) -> map',
    summary: 'the entries for which the condition is true',
    build: mapFilter,
  },
  {
    name: 'transform_keys',
    family,
    signature: 'transform_keys(m map, (k, v) -> key) -> map',
    summary: 'the map with the results as keys, which must differ',
    build: transformKeys,
  },
  {
    name: 'transform_values',
    family,
    signature: 'transform_values(m map, (k, v) -> …) -> map',
    summary: 'the map with the results as values',
    build: transformValues,
  },
  {
    name: 'map_zip_with',
    family,
    signature: 'map_zip_with(a map, b map, (k, x, y) -> …) -> map',
    summary: 'the results for the values of each key; null stands for what a map lacks',
    build: mapZipWith,
  },
];

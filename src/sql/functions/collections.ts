import { encodeKey } from '../../core/key-codec.ts';
import type { DataType, Field, Value } from '../../core/types.ts';
import { arrayOf, BIGINT, BOOLEAN, INT, mapOf, STRING, structOf, typeName, VOID } from '../../core/types.ts';
import { coerced, commonType, condition, unified } from '../coercion.ts';
import { nullsFirst } from '../comparison.ts';
import { Complaint } from '../complaint.ts';
import type { Evaluate, Expression } from '../expression.ts';
import { fail } from '../failure.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { call, expectCount, operandAs, operandsAt, unexpected } from '../function-spec.ts';
import { isAtomic } from '../type-rules.ts';

function arrayOperand(site: CallSite, index = 0): { operand: Expression; element: DataType } {
  const operand = site.operand(index);
  if (operand.type.kind !== 'array') throw unexpected(site, index, operand, 'an array');
  return { operand, element: operand.type.element };
}

function mapOperand(site: CallSite): { operand: Expression; key: DataType; value: DataType } {
  expectCount(site, 1);
  const operand = site.operand(0);
  if (operand.type.kind !== 'map') throw unexpected(site, 0, operand, 'a map');
  return { operand, key: operand.type.key, value: operand.type.value };
}

function orderOf(site: CallSite, operand: Expression, type: DataType): (a: Value, b: Value) => number {
  const order = nullsFirst(type);
  if (order === null) throw unexpected(site, 0, operand, 'of values that can be compared');
  return order;
}

function array(site: CallSite): Expression {
  if (site.count === 0) return call(site, [], arrayOf(VOID), (): Value => []);
  const operands = unified(operandsAt(site), '`array`');
  return call(site, operands, arrayOf(operands[0].type), (...values: Value[]) => values, { nulls: 'passed' });
}

function map(site: CallSite): Expression {
  if (site.count % 2 !== 0) expectCount(site, site.count + 1);
  const operands = operandsAt(site);
  if (operands.length === 0) return call(site, [], mapOf(VOID, VOID), (): Value => new Map());
  const keys = unified(operands.filter((_, i) => i % 2 === 0), 'the keys of `map`');
  const values = unified(operands.filter((_, i) => i % 2 === 1), 'the values of `map`');
  if (!isAtomic(keys[0].type) || keys[0].type.kind === 'binary') throw unexpected(site, 0, keys[0], 'a key of a simple type');
  const build = (...pairs: Value[]): Value => {
    const result = new Map<Value, Value>();
    for (let i = 0; i < pairs.length; i += 2) {
      const key = pairs[i];
      if (key === null) fail('NULL_MAP_KEY', 'a key of a map is null');
      if (result.has(key)) fail('DUPLICATED_MAP_KEY', `the key ${String(key)} occurs twice`);
      result.set(key, pairs[i + 1]);
    }
    return result;
  };
  const pairs = keys.flatMap((key, i) => [key, values[i]]);
  return call(site, pairs, mapOf(keys[0].type, values[0].type), build, { nulls: 'passed' });
}

function mapFromArrays(site: CallSite): Expression {
  expectCount(site, 2);
  const keys = arrayOperand(site, 0);
  const values = arrayOperand(site, 1);
  const build = (k: Value[], v: Value[]): Value => {
    if (k.length !== v.length) fail('UNEQUAL_SIZES', 'the arrays of keys and values differ in length');
    return new Map(k.map((key, i) => [key === null ? fail('NULL_MAP_KEY', 'a key of a map is null') : key, v[i]]));
  };
  return call(site, [keys.operand, values.operand], mapOf(keys.element, values.element), build);
}

function namedStruct(site: CallSite): Expression {
  if (site.count === 0 || site.count % 2 !== 0) expectCount(site, Math.max(2, site.count + 1));
  const operands = operandsAt(site);
  const fields: Field[] = [];
  for (let i = 0; i < operands.length; i += 2) {
    const name = operands[i];
    if (name.kind !== 'literal' || typeof name.value !== 'string') throw unexpected(site, i, name, 'a name as a string literal');
    fields.push({ name: name.value, type: operands[i + 1].type });
  }
  return structure(site, fields, operands.filter((_, i) => i % 2 === 1));
}

function struct(site: CallSite): Expression {
  expectCount(site, 1, Infinity);
  const operands = operandsAt(site);
  const fields = operands.map((o, i) => ({ name: o.kind === 'column' || o.kind === 'field' ? o.name : `col${i + 1}`, type: o.type }));
  return structure(site, fields, operands);
}

/** The names are part of the meaning, hence of the text: the call reads as named_struct. */
function structure(site: CallSite, fields: readonly Field[], values: readonly Expression[]): Expression {
  const names = fields.map((f): Expression => ({ kind: 'literal', value: f.name, type: STRING, span: site.span }));
  const operands = values.flatMap((value, i) => [names[i], value]);
  const build = (...pairs: Value[]): Value => pairs.filter((_, i) => i % 2 === 1);
  return call({ ...site, name: 'named_struct' }, operands, structOf(...fields), build, { nulls: 'passed' });
}

function size(site: CallSite): Expression {
  expectCount(site, 1);
  const operand = site.operand(0);
  if (operand.type.kind === 'array') return call(site, [operand], INT, (value: Value[]) => value.length);
  if (operand.type.kind === 'map') return call(site, [operand], INT, (value: Map<Value, Value>) => value.size);
  throw unexpected(site, 0, operand, 'an array or a map');
}

/** True when an element equals the value, null when none does and one is null. */
function arrayContains(site: CallSite): Expression {
  expectCount(site, 2);
  const { operand, element } = arrayOperand(site);
  const value = site.operand(1);
  const common = commonType(element, value.type);
  if (common === null) throw unexpected(site, 1, value, `a ${typeName(element)} like the elements`);
  const order = orderOf(site, operand, common);
  const contains = (values: Value[], wanted: Value): Value => {
    let sawNull = false;
    for (const candidate of values) {
      if (candidate === null) sawNull = true;
      else if (order(candidate, wanted) === 0) return true;
    }
    return sawNull ? null : false;
  };
  return call(site, [coerced(operand, arrayOf(common)), coerced(value, common)], BOOLEAN, contains);
}

function arrayPosition(site: CallSite): Expression {
  expectCount(site, 2);
  const { operand, element } = arrayOperand(site);
  const common = commonType(element, site.operand(1).type);
  if (common === null) throw unexpected(site, 1, site.operand(1), `a ${typeName(element)} like the elements`);
  const order = orderOf(site, operand, common);
  const position = (values: Value[], wanted: Value): Value => values.findIndex((v) => v !== null && order(v, wanted) === 0) + 1;
  return call(site, [coerced(operand, arrayOf(common)), coerced(site.operand(1), common)], BIGINT, position);
}

/** `a[i]`, counted from 0, and `m[k]`. */
export function subscript(operand: Expression, key: Expression, site: { readonly name: string; readonly span: Expression['span'] }): Expression {
  if (operand.type.kind === 'map') {
    const type = commonType(key.type, operand.type.key);
    if (type === null) throw wrongKey(operand, key);
    const get = (map: Map<Value, Value>, k: Value): Value => map.get(k) ?? null;
    return call(site, [operand, coerced(key, operand.type.key)], operand.type.value, get);
  }
  if (operand.type.kind !== 'array') {
    const message = `\`[ ]\` takes an array or a map, this is a ${typeName(operand.type)}`;
    throw new Complaint('INVALID_EXTRACT_BASE_FIELD_TYPE', operand.span, message, 'a field of a struct is written with a dot');
  }
  if (!['tinyint', 'smallint', 'int', 'bigint', 'void'].includes(key.type.kind)) throw wrongKey(operand, key);
  const at = (values: Value[], index: number): Value => {
    if (index < 0 || index >= values.length) {
      return fail('INVALID_ARRAY_INDEX', `the index ${index} is outside of an array of ${values.length}; use get() to get null instead`);
    }
    return values[index];
  };
  return call(site, [operand, coerced(key, INT)], operand.type.element, at);
}

function wrongKey(operand: Expression, key: Expression): Complaint {
  const message = `a ${typeName(operand.type)} is not read by a ${typeName(key.type)}`;
  return new Complaint('DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE', key.span, message);
}

/** Counted from 1, from the end when negative. */
const elementAt =
  (attempt: boolean) =>
  (site: CallSite): Expression => {
    expectCount(site, 2);
    const operand = site.operand(0);
    if (operand.type.kind === 'map') return subscript(operand, site.operand(1), site);
    const { element } = arrayOperand(site);
    const at = (values: Value[], position: number): Value => {
      if (position === 0) return fail('INVALID_INDEX_OF_ZERO', 'elements are counted from 1');
      if (Math.abs(position) <= values.length) return values.at(position > 0 ? position - 1 : position) ?? null;
      if (attempt) return null;
      const message = `the position ${position} is outside of an array of ${values.length}; use try_element_at to get null instead`;
      return fail('INVALID_ARRAY_INDEX_IN_ELEMENT_AT', message);
    };
    return call(site, [operand, operandAs(site, 1, INT)], element, at);
  };

function get(site: CallSite): Expression {
  expectCount(site, 2);
  const { operand, element } = arrayOperand(site);
  const at = (values: Value[], index: number): Value => values[index] ?? null;
  return call(site, [operand, operandAs(site, 1, INT)], element, at);
}

type Lambda1 = (element: Value, index: Value) => Value;

function transform(site: CallSite): Expression {
  expectCount(site, 2);
  const { operand, element } = arrayOperand(site);
  const body = site.lambda(1, [element, INT]);
  const apply = (values: Value[], f: Lambda1): Value => values.map((value, i) => f(value, i));
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

const filterArray = (values: Value[], f: Lambda1): Value => values.filter((value, i) => f(value, i) === true);

/** True when one is, null when none is and one is null. */
function existsIn(values: Value[], f: Lambda1): Value {
  let sawNull = false;
  for (let i = 0; i < values.length; i++) {
    const found = f(values[i], i);
    if (found === true) return true;
    if (found === null) sawNull = true;
  }
  return sawNull ? null : false;
}

/** False when one is, null when none is and one is null. */
function holdsForAll(values: Value[], f: Lambda1): Value {
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
  const fold = (values: Value[], from: Value, merge: Lambda1, end?: (value: Value) => Value): Value => {
    const total = values.reduce<Value>((sum, value) => merge(sum, value), from);
    return end === undefined ? total : end(total);
  };
  const operands = [operand, start, coerced(merged, type), ...finish];
  // A null start is a legal start, a null array is not one.
  const guarded = (values: Value[] | null, from: Value, merge: Lambda1, end?: (value: Value) => Value): Value =>
    values === null ? null : fold(values, from, merge, end);
  return call(site, operands, finish[0]?.type ?? type, guarded, { nulls: 'passed' });
}

/** The different values, by equality as Spark sees it, in the order of their first occurrence. */
function distinctValues(values: readonly Value[]): Value[] {
  const seen = new Set<string>();
  return values.filter((value) => {
    const key = encodeKey([value]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function distinct(site: CallSite): Expression {
  expectCount(site, 1);
  const { operand, element } = arrayOperand(site);
  orderOf(site, operand, element);
  return call(site, [operand], operand.type, (values: Value[]) => distinctValues(values));
}

/** Ascending with nulls first, or descending with nulls last. */
function sortArray(site: CallSite): Expression {
  expectCount(site, 1, 2);
  const { operand, element } = arrayOperand(site);
  const order = orderOf(site, operand, element);
  const ascending = site.count === 2 ? [operandAs(site, 1, BOOLEAN)] : [];
  const sort = (values: Value[], up = true): Value => values.toSorted((a, b) => (up ? order(a, b) : order(b, a)));
  return call(site, [operand, ...ascending], operand.type, sort);
}

const extremeOf =
  (sign: 1 | -1) =>
  (site: CallSite): Expression => {
    expectCount(site, 1);
    const { operand, element } = arrayOperand(site);
    const order = orderOf(site, operand, element);
    const pick = (values: Value[]): Value =>
      values.reduce((best, value) => (value !== null && (best === null || order(value, best) * sign > 0) ? value : best), null);
    return call(site, [operand], element, pick);
  };

function join(site: CallSite): Expression {
  expectCount(site, 2, 3);
  const { operand } = arrayOperand(site);
  const strings = coerced(operand, arrayOf(STRING));
  const rest = site.count === 3 ? [operandAs(site, 2, STRING)] : [];
  const joined = (values: Value[], separator: string, nulls?: string): Value =>
    (nulls === undefined ? values.filter((v) => v !== null) : values.map((v) => v ?? nulls)).join(separator);
  return call(site, [strings, operandAs(site, 1, STRING), ...rest], STRING, joined);
}

const LONGEST = 10_000_000;

function sequence(site: CallSite): Expression {
  expectCount(site, 2, 3);
  const [from, to, ...step] = unified(operandsAt(site), '`sequence`');
  if (!['tinyint', 'smallint', 'int', 'bigint'].includes(from.type.kind)) throw unexpected(site, 0, from, 'an integer');
  const build = (start: number, end: number, by = start <= end ? 1 : -1): Value => {
    const steps = by === 0 ? (start === end ? 0 : -1) : Math.floor((end - start) / by);
    if (steps < 0) return fail('ILLEGAL_SEQUENCE', `a step of ${by} does not lead from ${start} to ${end}`);
    if (steps >= LONGEST) return fail('COLLECTION_SIZE_LIMIT_EXCEEDED', `a sequence of more than ${LONGEST} elements`);
    return Array.from({ length: steps + 1 }, (_, i) => start + i * by);
  };
  return call(site, [from, to, ...step], arrayOf(from.type), build);
}

function slice(site: CallSite): Expression {
  expectCount(site, 3);
  const { operand } = arrayOperand(site);
  const cut = (values: Value[], start: number, length: number): Value => {
    if (start === 0) return fail('INVALID_PARAMETER_VALUE.START', 'elements are counted from 1');
    if (length < 0) return fail('INVALID_PARAMETER_VALUE.LENGTH', 'the length is negative');
    const first = start > 0 ? start - 1 : values.length + start;
    return first < 0 ? [] : values.slice(first, first + length);
  };
  return call(site, [operand, operandAs(site, 1, INT), operandAs(site, 2, INT)], operand.type, cut);
}

function flatten(site: CallSite): Expression {
  expectCount(site, 1);
  const { operand, element } = arrayOperand(site);
  if (element.kind !== 'array') throw unexpected(site, 0, operand, 'an array of arrays');
  const flat = (values: Value[]): Value => (values.includes(null) ? null : (values as Value[][]).flat(1));
  return call(site, [operand], element, flat);
}

function mapKeys(site: CallSite): Expression {
  const { operand, key } = mapOperand(site);
  return call(site, [operand], arrayOf(key), (value: Map<Value, Value>) => [...value.keys()]);
}

function mapValues(site: CallSite): Expression {
  const { operand, value: type } = mapOperand(site);
  return call(site, [operand], arrayOf(type), (value: Map<Value, Value>) => [...value.values()]);
}

function mapContainsKey(site: CallSite): Expression {
  expectCount(site, 2);
  const operand = site.operand(0);
  if (operand.type.kind !== 'map') throw unexpected(site, 0, operand, 'a map');
  const key = operandAs(site, 1, operand.type.key);
  return call(site, [operand, key], BOOLEAN, (value: Map<Value, Value>, wanted: Value) => value.has(wanted));
}

const family = 'collections';

export const COLLECTIONS: readonly FunctionSpec[] = [
  { name: 'array', family, signature: 'array(a, b, …) -> array', summary: 'an array of the values', build: array },
  { name: 'map', family, signature: 'map(key, value, …) -> map', summary: 'a map of the pairs', build: map },
  { name: 'map_from_arrays', family, signature: 'map_from_arrays(keys array, values array) -> map', summary: 'a map of two arrays of equal length', build: mapFromArrays },
  { name: 'named_struct', family, signature: "named_struct('name', value, …) -> struct", summary: 'a struct with these fields', build: namedStruct },
  { name: 'struct', family, signature: 'struct(a, b, …) -> struct', summary: 'a struct of the values; columns keep their names', build: struct },
  { name: 'size', aliases: ['cardinality', 'array_size'], family, signature: 'size(a array|map) -> int', summary: 'number of elements', build: size },
  { name: 'array_contains', family, signature: 'array_contains(a array, value) -> boolean', summary: 'whether an element equals the value', build: arrayContains },
  { name: 'array_position', family, signature: 'array_position(a array, value) -> bigint', summary: 'position of the first such element, 0 when there is none', build: arrayPosition },
  { name: 'element_at', family, signature: 'element_at(a array|map, position|key) -> element', summary: 'an element, counted from 1 or from the end, or the value of a key', build: elementAt(false) },
  { name: 'try_element_at', family, signature: 'try_element_at(a array|map, position|key) -> element', summary: 'as element_at, null where there is none', build: elementAt(true) },
  { name: 'get', family, signature: 'get(a array, index int) -> element', summary: 'an element, counted from 0; null where there is none', build: get },
  { name: 'transform', family, signature: 'transform(a array, x -> …) -> array', summary: 'the array of the results; (x, i) -> … gets the index too', build: transform },
  { name: 'filter', family, signature: 'filter(a array, x -> boolean) -> array', summary: 'the elements for which the condition is true', build: overCondition(arrayOf, filterArray) },
  { name: 'exists', family, signature: 'exists(a array, x -> boolean) -> boolean', summary: 'whether the condition is true for one element', build: overCondition(() => BOOLEAN, existsIn) },
  { name: 'forall', family, signature: 'forall(a array, x -> boolean) -> boolean', summary: 'whether the condition is true for every element', build: overCondition(() => BOOLEAN, holdsForAll) },
  { name: 'aggregate', aliases: ['reduce'], family, signature: 'aggregate(a array, start, (sum, x) -> … [, sum -> …]) -> value', summary: 'one value out of all elements', build: aggregate },
  { name: 'array_distinct', family, signature: 'array_distinct(a array) -> array', summary: 'the elements without those that came before', build: distinct },
  { name: 'sort_array', family, signature: 'sort_array(a array [, ascending boolean]) -> array', summary: 'the elements in order; nulls are the least', build: sortArray },
  { name: 'array_max', family, signature: 'array_max(a array) -> element', summary: 'the largest element', build: extremeOf(1) },
  { name: 'array_min', family, signature: 'array_min(a array) -> element', summary: 'the least element', build: extremeOf(-1) },
  { name: 'array_join', family, signature: 'array_join(a array, separator string [, nulls string]) -> string', summary: 'the elements as one text; nulls are left out or replaced', build: join },
  { name: 'sequence', family, signature: 'sequence(from integer, to integer [, step integer]) -> array', summary: 'the integers from one to another', build: sequence },
  { name: 'slice', family, signature: 'slice(a array, start int, length int) -> array', summary: 'a part of the array, counted from 1 or from the end', build: slice },
  { name: 'flatten', family, signature: 'flatten(a array<array>) -> array', summary: 'the elements of all inner arrays', build: flatten },
  { name: 'map_keys', family, signature: 'map_keys(m map) -> array', summary: 'the keys', build: mapKeys },
  { name: 'map_values', family, signature: 'map_values(m map) -> array', summary: 'the values', build: mapValues },
  { name: 'map_contains_key', family, signature: 'map_contains_key(m map, key) -> boolean', summary: 'whether the map has the key', build: mapContainsKey },
];

import type { DataType, Value } from '../../core/types.ts';
import { arrayOf, BOOLEAN, field, mapOf, STRING, structOf, VOID } from '../../core/types.ts';
import { coerced, unified } from '../coercion.ts';
import { isAtomic } from '../atomic.ts';
import type { Expression } from '../expression.ts';
import { fail } from '../failure.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { arrayOperand, call, expectCount, operandAs, operandsAt, unexpected } from '../function-spec.ts';
import { splitText } from '../matching.ts';
import { sharedType } from './shared-type.ts';

export interface MapOperand {
  readonly operand: Expression;
  readonly key: DataType;
  readonly value: DataType;
}

/** The operand, which must be a map, and the types of its keys and values. */
export function mapOperand(site: CallSite, index = 0): MapOperand {
  const operand = site.operand(index);
  if (operand.type.kind === 'void') return { operand: coerced(operand, mapOf(VOID, VOID)), key: VOID, value: VOID };
  if (operand.type.kind !== 'map') throw unexpected(site, index, operand, 'a map');
  return { operand, key: operand.type.key, value: operand.type.value };
}

/** Complains unless values of the operand's type are found again as keys: a map compares its keys as JavaScript does. */
export function expectKey(site: CallSite, index: number, operand: Expression, type: DataType): void {
  if (!isAtomic(type) || type.kind === 'binary') throw unexpected(site, index, operand, 'a key of a simple type');
}

/** Adds an entry. Throws NULL_MAP_KEY or DUPLICATED_MAP_KEY. */
export function addEntry(map: Map<Value, Value>, key: Value, value: Value): void {
  if (key === null) fail('NULL_MAP_KEY', 'a key of a map is null');
  if (map.has(key)) fail('DUPLICATED_MAP_KEY', `the key ${String(key)} occurs twice`);
  // -0 and 0 are one key, and read as 0.
  map.set(Object.is(key, -0) ? 0 : key, value);
}

function map(site: CallSite): Expression {
  if (site.count % 2 !== 0) expectCount(site, site.count + 1);
  const operands = operandsAt(site);
  if (operands.length === 0) return call(site, [], mapOf(VOID, VOID), (): Value => new Map());
  const keys = unified(
    operands.filter((_, i) => i % 2 === 0),
    'the keys of `map`',
  );
  const values = unified(
    operands.filter((_, i) => i % 2 === 1),
    'the values of `map`',
  );
  expectKey(site, 0, keys[0], keys[0].type);
  const build = (...pairs: Value[]): Value => {
    const result = new Map<Value, Value>();
    for (let i = 0; i < pairs.length; i += 2) addEntry(result, pairs[i], pairs[i + 1]);
    return result;
  };
  const pairs = keys.flatMap((key, i) => [key, values[i]]);
  return call(site, pairs, mapOf(keys[0].type, values[0].type), build, { nulls: 'passed' });
}

function mapFromArrays(site: CallSite): Expression {
  expectCount(site, 2);
  const keys = arrayOperand(site, 0);
  const values = arrayOperand(site, 1);
  expectKey(site, 0, keys.operand, keys.element);
  const build = (k: Value[], v: Value[]): Value => {
    if (k.length !== v.length) fail('UNEQUAL_SIZES', 'the arrays of keys and values differ in length');
    const result = new Map<Value, Value>();
    for (let i = 0; i < k.length; i++) addEntry(result, k[i], v[i]);
    return result;
  };
  return call(site, [keys.operand, values.operand], mapOf(keys.element, values.element), build);
}

function mapFromEntries(site: CallSite): Expression {
  expectCount(site, 1);
  const { operand, element } = arrayOperand(site);
  if (element.kind !== 'struct' || element.fields.length !== 2)
    throw unexpected(site, 0, operand, 'an array of structs with two fields');
  const [key, value] = element.fields;
  expectKey(site, 0, operand, key.type);
  const build = (entries: (Value[] | null)[]): Value => {
    const result = new Map<Value, Value>();
    for (const entry of entries) {
      if (entry === null) return null;
      addEntry(result, entry[0], entry[1]);
    }
    return result;
  };
  return call(site, [operand], mapOf(key.type, value.type), build);
}

function mapConcat(site: CallSite): Expression {
  if (site.count === 0) return call(site, [], mapOf(STRING, STRING), (): Value => new Map());
  Array.from({ length: site.count }, (_, i) => mapOperand(site, i));
  const operands = unified(operandsAt(site), '`map_concat`');
  const concat = (...maps: Map<Value, Value>[]): Value => {
    const result = new Map<Value, Value>();
    for (const map of maps) for (const [key, value] of map) addEntry(result, key, value);
    return result;
  };
  return call(site, operands, operands[0].type, concat);
}

/** One operand, a map, to a type made of those of its keys and values. */
const ofMap =
  (result: (key: DataType, value: DataType) => DataType, apply: (map: Map<Value, Value>) => Value) =>
  (site: CallSite): Expression => {
    expectCount(site, 1);
    const { operand, key, value } = mapOperand(site);
    return call(site, [operand], result(key, value), apply);
  };

const entryOf = (key: DataType, value: DataType): DataType =>
  arrayOf(structOf(field('key', key), field('value', value)));

function mapContainsKey(site: CallSite): Expression {
  expectCount(site, 2);
  const { operand, key, value } = mapOperand(site);
  const wanted = site.operand(1);
  const common = sharedType(site, wanted, [key, wanted.type], 'MAP_FUNCTION_DIFF_TYPES');
  const operands = [coerced(operand, mapOf(common, value)), coerced(wanted, common)];
  return call(site, operands, BOOLEAN, (map: Map<Value, Value>, k: Value) => map.has(k));
}

/** Pairs of a text, by patterns for what separates them. */
function strToMap(site: CallSite): Expression {
  expectCount(site, 1, 3);
  const operands = Array.from({ length: site.count }, (_, i) => operandAs(site, i, STRING));
  const build = (text: string, pairs = ',', key = ':'): Value => {
    const result = new Map<Value, Value>();
    for (const pair of splitText(text, pairs)) {
      const [name, value = null] = splitText(String(pair), key, 2);
      addEntry(result, name, value);
    }
    return result;
  };
  return call(site, operands, mapOf(STRING, STRING), build);
}

const family = 'collections';

/** Functions of maps. */
export const MAPS: readonly FunctionSpec[] = [
  { name: 'map', family, signature: 'map(key, value, …) -> map', summary: 'a map of the pairs', build: map },
  {
    name: 'map_from_arrays',
    family,
    signature: 'map_from_arrays(keys array, values array) -> map',
    summary: 'a map of two arrays of equal length',
    build: mapFromArrays,
  },
  {
    name: 'map_from_entries',
    family,
    signature: 'map_from_entries(a array<struct>) -> map',
    summary: 'a map of structs with a key and a value; null when one of them is null',
    build: mapFromEntries,
  },
  {
    name: 'map_concat',
    family,
    signature: 'map_concat(m map, …) -> map',
    summary: 'the entries of all maps; a key that occurs twice is an error',
    build: mapConcat,
  },
  {
    name: 'map_keys',
    family,
    signature: 'map_keys(m map) -> array',
    summary: 'the keys',
    build: ofMap(
      (key) => arrayOf(key),
      (map) => [...map.keys()],
    ),
  },
  {
    name: 'map_values',
    family,
    signature: 'map_values(m map) -> array',
    summary: 'the values',
    build: ofMap(
      (_, value) => arrayOf(value),
      (map) => [...map.values()],
    ),
  },
  {
    name: 'map_entries',
    family,
    signature: 'map_entries(m map) -> array<struct>',
    summary: 'the entries as structs of key and value',
    build: ofMap(entryOf, (map) => [...map]),
  },
  {
    name: 'map_contains_key',
    family,
    signature: 'map_contains_key(m map, key) -> boolean',
    summary: 'whether the map has the key',
    build: mapContainsKey,
  },
  {
    name: 'str_to_map',
    family,
    signature: 'str_to_map(text string [, pairs pattern [, key pattern]]) -> map',
    summary: 'the pairs of a text such as a:1,b:2',
    build: strToMap,
  },
];

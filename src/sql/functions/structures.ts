import type { DataType, Field, Value } from '../../core/types.ts';
import { arrayOf, BOOLEAN, mapOf, STRING, structOf, VOID } from '../../core/types.ts';
import { unified } from '../coercion.ts';
import type { Expression } from '../expression.ts';
import { fail } from '../failure.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { arrayOperand, call, expectCount, operandAs, operandsAt, unexpected } from '../function-spec.ts';
import { isAtomic } from '../atomic.ts';

function mapOperand(site: CallSite): { operand: Expression; key: DataType; value: DataType } {
  expectCount(site, 1);
  const operand = site.operand(0);
  if (operand.type.kind !== 'map') throw unexpected(site, 0, operand, 'a map');
  return { operand, key: operand.type.key, value: operand.type.value };
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
  if (!isAtomic(keys[0].type) || keys[0].type.kind === 'binary')
    throw unexpected(site, 0, keys[0], 'a key of a simple type');
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
    if (name.kind !== 'literal' || typeof name.value !== 'string')
      throw unexpected(site, i, name, 'a name as a string literal');
    fields.push({ name: name.value, type: operands[i + 1].type });
  }
  return structure(
    site,
    fields,
    operands.filter((_, i) => i % 2 === 1),
  );
}

function struct(site: CallSite): Expression {
  expectCount(site, 1, Infinity);
  const operands = operandsAt(site);
  const fields = operands.map((o, i) => ({
    name: o.kind === 'column' || o.kind === 'field' ? o.name : `col${i + 1}`,
    type: o.type,
  }));
  return structure(site, fields, operands);
}

/** The names are part of the meaning, hence of the text: the call reads as named_struct. */
function structure(site: CallSite, fields: readonly Field[], values: readonly Expression[]): Expression {
  const names = fields.map((f): Expression => ({ kind: 'literal', value: f.name, type: STRING, span: site.span }));
  const operands = values.flatMap((value, i) => [names[i], value]);
  const build = (...pairs: Value[]): Value => pairs.filter((_, i) => i % 2 === 1);
  return call({ ...site, name: 'named_struct' }, operands, structOf(...fields), build, { nulls: 'passed' });
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

/** Functions of maps and structs. */
export const STRUCTURES: readonly FunctionSpec[] = [
  { name: 'map', family, signature: 'map(key, value, …) -> map', summary: 'a map of the pairs', build: map },
  {
    name: 'map_from_arrays',
    family,
    signature: 'map_from_arrays(keys array, values array) -> map',
    summary: 'a map of two arrays of equal length',
    build: mapFromArrays,
  },
  {
    name: 'named_struct',
    family,
    signature: "named_struct('name', value, …) -> struct",
    summary: 'a struct with these fields',
    build: namedStruct,
  },
  {
    name: 'struct',
    family,
    signature: 'struct(a, b, …) -> struct',
    summary: 'a struct of the values; columns keep their names',
    build: struct,
  },
  { name: 'map_keys', family, signature: 'map_keys(m map) -> array', summary: 'the keys', build: mapKeys },
  { name: 'map_values', family, signature: 'map_values(m map) -> array', summary: 'the values', build: mapValues },
  {
    name: 'map_contains_key',
    family,
    signature: 'map_contains_key(m map, key) -> boolean',
    summary: 'whether the map has the key',
    build: mapContainsKey,
  },
];

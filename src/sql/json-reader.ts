import { decimalFromText } from '../core/decimal.ts';
import type { DataType, Field, Value } from '../core/types.ts';
import { isInteger, overflow, RANGES } from './arithmetic.ts';
import { converterOf } from './conversion.ts';
import type { Json } from './json-tree.ts';
import { JsonArray, JsonNumber, JsonObject, jsonText, parseJson } from './json-tree.ts';

/** What a reader gives for JSON that is no value of its type. */
const WRONG = Symbol('no value of the type');
type Reader = (json: Json) => Value | typeof WRONG;

/**
 * Reads a JSON text as a struct, an array or a map, as Spark's from_json does by default: a field of a struct that does not fit is null,
 * as is an array or a map with an element that does not; a text that is no JSON gives a struct of nulls, or null; a blank text gives null.
 * Throws ARITHMETIC_OVERFLOW for a bigint beyond 2^53.
 */
export function jsonReader(type: DataType): (text: string) => Value {
  const read = readerOf(type);
  const nothing = type.kind === 'struct' ? type.fields.map(() => null) : null;
  const wraps = type.kind === 'array' && type.element.kind === 'struct';
  return (text) => {
    let root: { readonly value: Json } | undefined;
    try {
      root = parseJson(text, { nonNumbers: true });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return nothing;
    }
    if (root === undefined) return null;
    const { value } = root;
    if (value === null) return nothing;
    const result = read(wraps && value instanceof JsonObject ? new JsonArray([value]) : value);
    return result === WRONG ? nothing : result;
  };
}

/** A reader that gives null for JSON's null. */
function readerOf(type: DataType): Reader {
  const read = presentReader(type);
  return (json) => (json === null ? null : read(json));
}

function presentReader(type: DataType): (json: Exclude<Json, null>) => Value | typeof WRONG {
  switch (type.kind) {
    case 'string':
      return (json) => (typeof json === 'string' ? json : jsonText(json));
    case 'boolean':
      return (json) => (typeof json === 'boolean' ? json : WRONG);
    case 'float':
    case 'double': {
      const rounded = type.kind === 'float' ? Math.fround : (value: number) => value;
      return (json) => {
        if (json instanceof JsonNumber) return rounded(special(json.text) ?? Number(json.text));
        return typeof json === 'string' ? (special(json) ?? WRONG) : WRONG;
      };
    }
    case 'decimal':
      return (json) => {
        const text = json instanceof JsonNumber ? json.text : typeof json === 'string' ? json.replaceAll(',', '') : '';
        return decimalFromText(text, type) ?? WRONG;
      };
    case 'binary':
      return (json) =>
        typeof json === 'string' && BASE64.test(json) ? new Uint8Array(Buffer.from(json, 'base64')) : WRONG;
    case 'timestamp': {
      const parse = textReader(type);
      return (json) => (json instanceof JsonNumber ? wholeNumber(json, 'bigint', 1_000_000) : parse(json));
    }
    case 'array': {
      const element = readerOf(type.element);
      return (json) => (json instanceof JsonArray ? elements(json.items, element) : WRONG);
    }
    case 'map': {
      const value = readerOf(type.value);
      return (json) => (json instanceof JsonObject ? pairs(json, value) : WRONG);
    }
    case 'struct':
      return structReader(type.fields);
    default:
      if (!isInteger(type)) return textReader(type);
      return (json) => (json instanceof JsonNumber ? wholeNumber(json, type.kind, 1) : WRONG);
  }
}

/** Values that JSON holds as texts, written as a cast reads them. */
function textReader(type: DataType): (json: Json) => Value | typeof WRONG {
  const convert = converterOf({ kind: 'string' }, type) as ((text: string) => Value) | null;
  return (json) => (typeof json === 'string' ? (convert?.(json) ?? WRONG) : WRONG);
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const SPECIAL: Readonly<Record<string, number>> = {
  NaN,
  Infinity,
  '+Infinity': Infinity,
  '-Infinity': -Infinity,
  '+INF': Infinity,
  '-INF': -Infinity,
};
const special = (text: string): number | undefined => (Object.hasOwn(SPECIAL, text) ? SPECIAL[text] : undefined);

function wholeNumber({ text }: JsonNumber, kind: string, factor: number): number | typeof WRONG {
  if (!/^-?\d+$/.test(text)) return WRONG;
  const value = Number(text) * factor;
  const [least, largest] = RANGES[kind];
  if (value >= least && value <= largest) return value + 0;
  const exact = BigInt(text);
  return kind === 'bigint' && exact === BigInt.asIntN(64, exact) ? overflow('bigint') : WRONG;
}

function elements(items: readonly Json[], read: Reader): Value[] | typeof WRONG {
  const values: Value[] = [];
  for (const item of items) {
    const value = read(item);
    if (value === WRONG) return WRONG;
    values.push(value);
  }
  return values;
}

function pairs({ entries }: JsonObject, read: Reader): Map<Value, Value> | typeof WRONG {
  const map = new Map<Value, Value>();
  for (const [key, json] of entries) {
    const value = read(json);
    if (value === WRONG) return WRONG;
    map.set(key, value);
  }
  return map;
}

function structReader(fields: readonly Field[]): (json: Json) => Value | typeof WRONG {
  const readers = fields.map((field) => readerOf(field.type));
  const positions = new Map(fields.map((field, i) => [field.name, i]));
  return (json) => {
    if (!(json instanceof JsonObject)) return WRONG;
    const row: Value[] = fields.map(() => null);
    for (const [name, item] of json.entries) {
      const position = positions.get(name);
      if (position === undefined) continue;
      const value = readers[position](item);
      if (value !== WRONG) row[position] = value;
    }
    return row;
  };
}

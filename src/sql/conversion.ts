import type { DataType, Value } from '../core/types.ts';
import { sameType, typeName } from '../core/types.ts';
import { isInteger, isNumeric, RANGES } from './arithmetic.ts';
import { fail } from './failure.ts';
import { floatText, fractionText } from './number-text.ts';
import {
  DAY,
  dateFromText,
  dateText,
  dayOf,
  intervalText,
  SECOND,
  timestampFromText,
  timestampText,
} from './time-text.ts';

/** Converts a value that is not null; null means that the value cannot be converted. */
export type Converter = (value: never) => Value;
type AnyConverter = (value: Value) => Value;

const identity: Converter = (value: Value) => value;

/** True where values of the one type are already values of the other. */
export function isIdentity(from: DataType, to: DataType): boolean {
  if (sameType(from, to) || from.kind === 'void') return true;
  if (isInteger(from) && isInteger(to)) return RANGES[from.kind][1] <= RANGES[to.kind][1];
  if (isNumeric(from) && to.kind === 'double') return true;
  return isInteger(from) && to.kind === 'float' && RANGES[from.kind][1] < 2 ** 24;
}

/** How CAST converts; null where Spark does not allow the cast. */
export function converterOf(from: DataType, to: DataType): Converter | null {
  if (isIdentity(from, to)) return identity;
  if (from.kind === 'array' && to.kind === 'array') return each(from.element, to.element);
  if (from.kind === 'map' && to.kind === 'map') return mapConverter(from.key, from.value, to.key, to.value);
  if (from.kind === 'struct' && to.kind === 'struct') return structConverter(from.fields, to.fields);
  switch (to.kind) {
    case 'string':
      return textOf(from);
    case 'boolean':
      if (from.kind === 'string') return booleanFromText;
      return isNumeric(from) ? (value: number) => value !== 0 : null;
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return toInteger(from, RANGES[to.kind]);
    case 'float':
    case 'double':
      return toFraction(from, to.kind === 'float' ? Math.fround : (value) => value);
    case 'date':
      if (from.kind === 'string') return dateFromText;
      return from.kind === 'timestamp' ? dayOf : null;
    case 'timestamp':
      return toTimestamp(from);
    case 'binary':
      return from.kind === 'string' ? (value: string) => new Uint8Array(Buffer.from(value)) : null;
    default:
      return null;
  }
}

/** A converter as a function that throws CAST_INVALID_INPUT or CAST_OVERFLOW where the value cannot be converted, or gives null with `attempt`. */
export function castFunction(from: DataType, to: DataType, attempt: boolean): (value: Value) => Value {
  const convert = converterOf(from, to) as AnyConverter | null;
  if (convert === null) throw new TypeError(`no cast from ${typeName(from)} to ${typeName(to)}`);
  if (attempt) return convert;
  return (value) => convert(value) ?? castFailed(value, from, to);
}

function castFailed(value: Value, from: DataType, to: DataType): never {
  const shown = (textOf(from) as AnyConverter | null)?.(value) ?? String(value);
  const quoted = from.kind === 'string' ? `'${String(shown)}'` : String(shown);
  const code = isNumeric(from) || from.kind === 'timestamp' ? 'CAST_OVERFLOW' : 'CAST_INVALID_INPUT';
  return fail(
    code,
    `the ${typeName(from)} ${quoted} cannot be cast to ${typeName(to)}; use try_cast to get null instead`,
  );
}

function booleanFromText(text: string): boolean | null {
  switch (text.trim().toLowerCase()) {
    case 't':
    case 'true':
    case 'y':
    case 'yes':
    case '1':
      return true;
    case 'f':
    case 'false':
    case 'n':
    case 'no':
    case '0':
      return false;
    default:
      return null;
  }
}

function toInteger(from: DataType, [least, largest]: readonly [number, number]): Converter | null {
  const ranged = (value: number): number | null => (value >= least && value <= largest ? value + 0 : null);
  switch (from.kind) {
    case 'string':
      return (text: string) => (/^\s*[+-]?\d+\s*$/.test(text) ? ranged(Number(text)) : null);
    case 'boolean':
      return (value: boolean) => Number(value);
    case 'timestamp':
      return (micros: number) => ranged(Math.floor(micros / SECOND));
    default:
      return isNumeric(from) ? (value: number) => ranged(Math.trunc(value)) : null;
  }
}

const FRACTION = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[dDfF]?$/;
const SPECIAL: Readonly<Record<string, number>> = {
  nan: NaN,
  inf: Infinity,
  '+inf': Infinity,
  infinity: Infinity,
  '+infinity': Infinity,
  '-inf': -Infinity,
  '-infinity': -Infinity,
};

function toFraction(from: DataType, rounded: (value: number) => number): Converter | null {
  switch (from.kind) {
    case 'string':
      return (text: string) => {
        const trimmed = text.trim();
        if (FRACTION.test(trimmed)) return rounded(Number(trimmed.replace(/[dDfF]$/, '')));
        const special = SPECIAL[trimmed.toLowerCase()];
        return special === undefined ? null : special;
      };
    case 'boolean':
      return (value: boolean) => Number(value);
    case 'timestamp':
      return (micros: number) => rounded(micros / SECOND);
    default:
      return isNumeric(from) ? rounded : null;
  }
}

function toTimestamp(from: DataType): Converter | null {
  const safe = (micros: number): number | null => (Number.isSafeInteger(micros) ? micros + 0 : null);
  switch (from.kind) {
    case 'string':
      return timestampFromText;
    case 'date':
      return (days: number) => safe(days * DAY);
    case 'boolean':
      return (value: boolean) => Number(value);
    default:
      return isNumeric(from) ? (seconds: number) => safe(Math.trunc(seconds * SECOND)) : null;
  }
}

/** How a type's values are written by a cast to string. */
export function textOf(type: DataType): Converter {
  switch (type.kind) {
    case 'string':
      return identity;
    case 'double':
      return (value: number) => fractionText(value);
    case 'float':
      return floatText;
    case 'date':
      return dateText;
    case 'timestamp':
      return timestampText;
    case 'interval':
      return intervalText;
    case 'binary':
      return (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');
    case 'array': {
      const element = textOrNull(type.element);
      return (values: Value[]) => `[${values.map(element).join(', ')}]`;
    }
    case 'map': {
      const key = textOrNull(type.key);
      const value = textOrNull(type.value);
      return (map: Map<Value, Value>) => `{${[...map].map(([k, v]) => `${key(k)} -> ${value(v)}`).join(', ')}}`;
    }
    case 'struct': {
      const fields = type.fields.map((f) => textOrNull(f.type));
      return (values: Value[]) => `{${fields.map((text, i) => text(values[i])).join(', ')}}`;
    }
    default:
      return (value: Value) => String(value);
  }
}

function textOrNull(type: DataType): (value: Value) => string {
  const text = textOf(type) as AnyConverter;
  return (value) => (value === null ? 'null' : String(text(value)));
}

/** Converts what an array, map or struct holds: null stays null, and one failure fails the whole. */
function part(from: DataType, to: DataType): { convert: AnyConverter } | null {
  const convert = converterOf(from, to);
  return convert === null ? null : { convert: convert as AnyConverter };
}

function each(from: DataType, to: DataType): Converter | null {
  const element = part(from, to);
  if (element === null) return null;
  return (values: Value[]) => {
    const converted: Value[] = [];
    for (const value of values) {
      const next = value === null ? null : element.convert(value);
      if (next === null && value !== null) return null;
      converted.push(next);
    }
    return converted;
  };
}

function mapConverter(fromKey: DataType, fromValue: DataType, toKey: DataType, toValue: DataType): Converter | null {
  const keys = each(fromKey, toKey) as AnyConverter | null;
  const values = each(fromValue, toValue) as AnyConverter | null;
  if (keys === null || values === null) return null;
  return (map: Map<Value, Value>) => {
    const newKeys = keys([...map.keys()]);
    const newValues = values([...map.values()]);
    if (!Array.isArray(newKeys) || !Array.isArray(newValues)) return null;
    return new Map(newKeys.map((key, i) => [key, newValues[i]]));
  };
}

function structConverter(from: readonly { type: DataType }[], to: readonly { type: DataType }[]): Converter | null {
  if (from.length !== to.length) return null;
  const parts = from.map((f, i) => part(f.type, to[i].type));
  if (parts.includes(null)) return null;
  return (values: Value[]) => {
    const converted: Value[] = [];
    for (let i = 0; i < values.length; i++) {
      const next = values[i] === null ? null : (parts[i]?.convert(values[i]) ?? null);
      if (next === null && values[i] !== null) return null;
      converted.push(next);
    }
    return converted;
  };
}

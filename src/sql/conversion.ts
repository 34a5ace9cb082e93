import type { DataType, Field, MapType, Value } from '../core/types.ts';
import { sameType, typeName } from '../core/types.ts';
import { decimalText, digitCount, digitsOf, MOST_DIGITS } from '../core/decimal.ts';
import { isFraction, isInteger, isNumeric, RANGES } from './arithmetic.ts';
import { fromDecimal, toDecimal } from './decimal-conversion.ts';
import { fail } from './failure.ts';
import { floatText, fractionText } from './number-text.ts';
import { DAY, dateFromText, dateText, dayOf, isExact, SECOND, timestampFromText, timestampText } from './time-text.ts';
import type { AnyInterval } from '../core/interval.ts';
import { cutToField, FIELD_SIZE, intervalFromText, intervalText, isInterval } from '../core/interval.ts';

/** Converts a value that is not null; null means that the value cannot be converted. */
export type Converter = (value: never) => Value;
type AnyConverter = (value: Value) => Value;

const identity: Converter = (value: Value) => value;

/** True where values of the one type are already values of the other. */
export function isIdentity(from: DataType, to: DataType): boolean {
  if (sameType(from, to) || from.kind === 'void') return true;
  if (isInteger(from) && isInteger(to)) return RANGES[from.kind][1] <= RANGES[to.kind][1];
  if (to.kind === 'double') return isInteger(from) || isFraction(from);
  if (isInterval(from) && isInterval(to)) return from.kind === to.kind && FIELD_SIZE[from.to] >= FIELD_SIZE[to.to];
  return isInteger(from) && to.kind === 'float' && RANGES[from.kind][1] < 2 ** 24;
}

/**
 * How CAST converts, or TRY_CAST with `attempt`; null where Spark does not allow the cast. Within an array, map or struct TRY_CAST makes null
 * of what cannot be converted, and CAST throws.
 */
export function converterOf(from: DataType, to: DataType, attempt = false): Converter | null {
  if (isIdentity(from, to)) return identity;
  if (from.kind === 'array' && to.kind === 'array') return each(from.element, to.element, attempt);
  if (from.kind === 'map' && to.kind === 'map') return mapConverter(from, to, attempt);
  if (from.kind === 'struct' && to.kind === 'struct') return structConverter(from.fields, to.fields, attempt);
  if (to.kind === 'decimal') return toDecimal(from, to);
  if (from.kind === 'decimal') return fromDecimal(from, to);
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
    case 'interval':
    case 'yearMonthInterval':
      return toInterval(from, to);
    case 'binary':
      return from.kind === 'string' ? (value: string) => new Uint8Array(Buffer.from(value)) : null;
    default:
      return null;
  }
}

/**
 * A converter as a function that throws CAST_INVALID_INPUT, CAST_OVERFLOW, NUMERIC_VALUE_OUT_OF_RANGE or, for numbers that no decimal holds,
 * NUMERIC_OUT_OF_SUPPORTED_RANGE where the value cannot be converted, or gives null with `attempt`. NaN and the infinities become null as decimals.
 */
export function castFunction(from: DataType, to: DataType, attempt: boolean): (value: Value) => Value {
  const convert = converterOf(from, to, attempt) as AnyConverter | null;
  if (convert === null) throw new TypeError(`no cast from ${typeName(from)} to ${typeName(to)}`);
  if (attempt) return convert;
  return (value) => convert(value) ?? castFailed(value, from, to);
}

function castFailed(value: Value, from: DataType, to: DataType): Value {
  if (to.kind === 'decimal' && isFraction(from) && !Number.isFinite(value)) return null;
  const shown = (textOf(from) as AnyConverter | null)?.(value) ?? String(value);
  const quoted = from.kind === 'string' ? `'${String(shown)}'` : String(shown);
  const code = failureOf(value, from, to);
  return fail(
    code,
    `the ${typeName(from)} ${quoted} cannot be cast to ${typeName(to)}; use try_cast to get null instead`,
  );
}

function failureOf(value: Value, from: DataType, to: DataType): string {
  if (to.kind === 'decimal') {
    if (from.kind === 'string') {
      const digits = digitsOf(String(value).trim());
      if (digits === null) return 'CAST_INVALID_INPUT';
      if (digitCount(digits.unscaled) - digits.scale > MOST_DIGITS) return 'NUMERIC_OUT_OF_SUPPORTED_RANGE';
    }
    return 'NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION';
  }
  if (isInterval(to) && from.kind === 'string') return 'INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING';
  if (to.kind === 'timestamp' && typeof value === 'number' && !Number.isFinite(value)) return 'CAST_INVALID_INPUT';
  return isNumeric(from) || from.kind === 'timestamp' || isInterval(from) ? 'CAST_OVERFLOW' : 'CAST_INVALID_INPUT';
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
    case 'interval':
    case 'yearMonthInterval': {
      const size = FIELD_SIZE[from.to];
      return (value: number) => ranged(Math.trunc(value / size));
    }
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
      return (days: number) => (isExact(days * DAY, 0) ? days * DAY : null);
    default:
      return isNumeric(from) ? (seconds: number) => safe(Math.trunc(seconds * SECOND)) : null;
  }
}

function toInterval(from: DataType, to: AnyInterval): Converter | null {
  if (from.kind === 'string') return (text: string) => intervalFromText(text, to);
  if (from.kind === to.kind) return (value: number) => cutToField(value, to);
  if (!isInteger(from)) return null;
  const size = FIELD_SIZE[to.to];
  return (count: number) => (Number.isSafeInteger(count * size) ? count * size : null);
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
    case 'decimal':
      return (value: bigint) => decimalText(value, type.scale);
    case 'date':
      return dateText;
    case 'timestamp':
      return timestampText;
    case 'interval':
    case 'yearMonthInterval':
      return (value: number) => intervalText(value, type);
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

/** Converts what an array, map or struct holds, where null stays null. */
function part(from: DataType, to: DataType, attempt: boolean): AnyConverter | null {
  if (converterOf(from, to, attempt) === null) return null;
  const convert = castFunction(from, to, attempt);
  return (value) => (value === null ? null : convert(value));
}

function each(from: DataType, to: DataType, attempt: boolean): Converter | null {
  const element = part(from, to, attempt);
  return element === null ? null : (values: Value[]) => values.map(element);
}

function mapConverter(from: MapType, to: MapType, attempt: boolean): Converter | null {
  // A key must not become null.
  if (attempt && !isIdentity(from.key, to.key) && to.key.kind !== 'string') return null;
  const key = part(from.key, to.key, attempt);
  const value = part(from.value, to.value, attempt);
  if (key === null || value === null) return null;
  return (map: Map<Value, Value>) => new Map([...map].map(([k, v]) => [key(k), value(v)]));
}

function structConverter(from: readonly Field[], to: readonly Field[], attempt: boolean): Converter | null {
  if (from.length !== to.length) return null;
  const parts = from.flatMap((f, i) => part(f.type, to[i].type, attempt) ?? []);
  return parts.length < from.length ? null : (values: Value[]) => values.map((value, i) => parts[i](value));
}

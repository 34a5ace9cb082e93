import { MillraceError } from '../../core/errors.ts';
import { decimalFromText } from '../../core/decimal.ts';
import type { EpochFormat } from '../../core/format.ts';
import { intervalFromText } from '../../core/interval.ts';
import { typeName, type DataType, type DecimalType, type Schema, type Value } from '../../core/types.ts';
import { fromEpoch } from './epoch.ts';
import { LongNumber } from './parse-json.ts';

/** What JSON holds. */
export type Json = null | boolean | number | string | LongNumber | Json[] | { [name: string]: Json };

const INTEGER_LIMITS: Partial<Record<DataType['kind'], number>> = {
  tinyint: 127,
  smallint: 32_767,
  int: 2_147_483_647,
  bigint: Number.MAX_SAFE_INTEGER,
};

/**
 * A parsed JSON value as a value of the type. Nothing is converted silently: a value of another type is an error that names the column.
 * Missing fields of a struct are null, further ones are ignored.
 *
 * @param epoch what a number in the place of a timestamp is; null = an error
 */
export function readValue(json: Json, type: DataType, column: string, epoch: EpochFormat | null = null): Value {
  if (json === null) return null;
  if (json instanceof LongNumber && type.kind !== 'decimal') return readValue(json.rounded, type, column, epoch);
  switch (type.kind) {
    case 'string':
      if (typeof json === 'string') return json;
      break;
    case 'boolean':
      if (typeof json === 'boolean') return json;
      break;
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      if (typeof json === 'number' && Number.isInteger(json) && inRange(json, type)) return json;
      break;
    case 'float':
    case 'double':
      if (typeof json === 'number') return type.kind === 'float' ? Math.fround(json) : json;
      if (json === 'NaN' || json === 'Infinity' || json === '-Infinity') return Number(json);
      break;
    case 'decimal': {
      const value = decimalOf(json, type);
      if (value !== null) return value;
      break;
    }
    case 'timestamp':
      if (typeof json === 'string') {
        const value = parseTimestamp(json);
        if (value !== null) return value;
      } else if (typeof json === 'number' && epoch !== null) {
        const value = fromEpoch(json, epoch);
        if (!Number.isNaN(value)) return value;
      }
      break;
    case 'date':
      if (typeof json === 'string') {
        const value = parseDate(json);
        if (value !== null) return value;
      }
      break;
    case 'binary':
      if (typeof json === 'string') return new Uint8Array(Buffer.from(json, 'base64'));
      break;
    case 'array':
      if (Array.isArray(json)) return json.map((item) => readValue(item, type.element, `${column}[]`, epoch));
      break;
    case 'map':
      if (type.key.kind === 'string' && isObject(json)) {
        return new Map(
          Object.entries(json).map(([key, value]) => [key, readValue(value, type.value, `${column}.${key}`, epoch)]),
        );
      }
      break;
    case 'struct':
      if (isObject(json)) return readFields(json, type.fields, column, epoch);
      break;
    case 'interval':
    case 'yearMonthInterval':
      if (typeof json === 'string') {
        const value = intervalFromText(json, type);
        if (value !== null) return value;
      }
      break;
    // Only expressions have this type.
    case 'void':
      break;
  }
  throw wrongType(json, type, column, epoch);
}

export const isObject = (json: Json): json is { [name: string]: Json } =>
  typeof json === 'object' && json !== null && !Array.isArray(json) && !(json instanceof LongNumber);

/** A decimal may stand in quotes, as many writers do that cannot rely on their readers. */
function decimalOf(json: Json, type: DecimalType): bigint | null {
  if (json instanceof LongNumber) return decimalFromText(json.text, type);
  return typeof json === 'number' || typeof json === 'string' ? decimalFromText(String(json), type) : null;
}

function readFields(
  json: { [name: string]: Json },
  fields: Schema,
  column: string,
  epoch: EpochFormat | null,
): Value[] {
  return fields.map(({ name, type }) =>
    Object.hasOwn(json, name) ? readValue(json[name], type, `${column}.${name}`, epoch) : null,
  );
}

function inRange(value: number, type: DataType): boolean {
  const limit = INTEGER_LIMITS[type.kind] ?? 0;
  return value <= limit && value >= (limit === Number.MAX_SAFE_INTEGER ? -limit : -limit - 1);
}

function wrongType(json: Json, type: DataType, column: string, epoch: EpochFormat | null): MillraceError {
  const shown = json instanceof LongNumber ? json.text : JSON.stringify(json);
  const hint = type.kind === 'timestamp' && typeof json === 'number' ? epochHint(epoch) : '';
  const cut = shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
  return new MillraceError('RECORD_UNDECODABLE', `column \`${column}\`: ${cut} is not a ${typeName(type)}${hint}`, {
    details: { column },
  });
}

const epochHint = (epoch: EpochFormat | null): string =>
  epoch === null
    ? '; if it is a time since 1970, say so in the source: `value: { options: { timestampFormat: epochMillis } }`, or epochSeconds, epochMicros'
    : ` in ${epoch}; if it is in another unit, say so: \`timestampFormat\` takes epochSeconds, epochMillis and epochMicros`;

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/;

const CYCLE_YEARS = 400;
const CYCLE_MILLIS = 146_097 * 86_400_000;

/** Microseconds of an ISO 8601 timestamp, UTC where it names no zone; null when it is not one. */
export function parseTimestamp(text: string): number | null {
  const parts = ISO.exec(text);
  if (parts === null) return null;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = parts;
  // Date.UTC takes the years up to 99 for ones of the 20th century, but the calendar repeats itself.
  const cycled = Number(year) + CYCLE_YEARS;
  const inCycle = Date.UTC(cycled, Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const date = new Date(inCycle);
  const exists = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  if (!exists || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  return (inCycle - CYCLE_MILLIS - zoneOffset(zone)) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

function zoneOffset(zone: string): number {
  if (zone === 'Z') return 0;
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return (zone[0] === '-' ? -minutes : minutes) * 60_000;
}

function parseDate(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const micros = parseTimestamp(text);
  return micros === null ? null : micros / 86_400_000_000;
}

import { decimalText } from './decimal.ts';
import { intervalText } from './interval.ts';
import type { DataType, Row, Schema, Value } from './types.ts';

/** A value for people and JSON. */
export type Printable = null | boolean | number | string | Printable[] | { [name: string]: Printable };

/** The value as JSON shows it: timestamps and dates in ISO 8601, binary as base64, intervals as Spark writes them, structs and maps as objects, decimals, NaN and infinities as text. */
export function toPrintable(value: Value, type: DataType): Printable {
  if (value === null) return null;
  switch (type.kind) {
    case 'timestamp':
      return timestampText(value as number);
    case 'date':
      return new Date((value as number) * 86_400_000).toISOString().slice(0, 10);
    case 'binary':
      return Buffer.from(value as Uint8Array).toString('base64');
    case 'interval':
    case 'yearMonthInterval':
      return intervalText(value as number, type);
    case 'array':
      return (value as Value[]).map((item) => toPrintable(item, type.element));
    case 'map':
      return Object.fromEntries(
        [...(value as Map<Value, Value>)].map(([k, v]) => [keyText(k, type.key), toPrintable(v, type.value)]),
      );
    case 'struct':
      return printableRow(value as Row, type.fields);
    case 'decimal':
      return decimalText(value as bigint, type.scale);
    case 'float':
    case 'double':
      return Number.isFinite(value) ? (value as number) : String(value);
    default:
      return value as Printable;
  }
}

/** The row as an object of printable values by column name. Columns that are null are left out. */
export function printableRow(row: Row, schema: Schema): { [name: string]: Printable } {
  const object = Object.create(null) as { [name: string]: Printable };
  schema.forEach((column, i) => {
    if (row[i] !== null) object[column.name] = toPrintable(row[i], column.type);
  });
  return object;
}

/** The value as plain text, as record keys and the console have it. */
export function keyText(value: Value, type: DataType): string {
  const printable = toPrintable(value, type);
  return typeof printable === 'string' ? printable : JSON.stringify(printable);
}

/** ISO 8601 in UTC with milliseconds; with microseconds where there are any. */
export function timestampText(micros: number): string {
  const millis = Math.floor(micros / 1000);
  const rest = micros - millis * 1000;
  const text = new Date(millis).toISOString();
  return rest === 0 ? text : text.slice(0, -1) + String(rest).padStart(3, '0') + 'Z';
}

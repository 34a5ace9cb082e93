import { decimalText } from '../../core/decimal.ts';
import type { Encoder, EpochFormat } from '../../core/format.ts';
import { keyText, timestampText } from '../../core/printable.ts';
import type { DataType, Row, Schema, Value } from '../../core/types.ts';
import { toEpoch } from './epoch.ts';

type Write = (value: Value) => string;

/** Writes a row as a JSON object. Columns that are null are left out, as Spark's `to_json` does. */
export class JsonEncoder implements Encoder {
  readonly #names: readonly string[];
  readonly #writers: readonly Write[];

  /** @param epoch the number that timestamps are written as; null = as text in ISO 8601 */
  constructor(schema: Schema, epoch: EpochFormat | null = null) {
    this.#names = schema.map((column) => `${JSON.stringify(column.name)}:`);
    this.#writers = schema.map((column) => writerOf(column.type, epoch));
  }

  encode(row: Row): string {
    return writeObject(row, this.#names, this.#writers);
  }
}

function writeObject(row: Row, names: readonly string[], writers: readonly Write[]): string {
  let text = '';
  for (let i = 0; i < writers.length; i++) {
    const value = row[i];
    if (value === null) continue;
    text += (text === '' ? '{' : ',') + names[i] + writers[i](value);
  }
  return text === '' ? '{}' : text + '}';
}

/** Writes a value that is not null. */
function writerOf(type: DataType, epoch: EpochFormat | null): Write {
  switch (type.kind) {
    case 'string':
      return (value) => quote(value as string);
    case 'float':
    case 'double':
      return (value) => (Number.isFinite(value) ? String(value) : `"${String(value)}"`);
    case 'decimal':
      return (value) => decimalText(value as bigint, type.scale);
    case 'timestamp':
      return epoch === null
        ? (value) => `"${timestampText(value as number)}"`
        : (value) => String(toEpoch(value as number, epoch));
    case 'date':
    case 'binary':
    case 'interval':
    case 'yearMonthInterval':
      return (value) => `"${keyText(value, type)}"`;
    case 'array': {
      const element = nullable(writerOf(type.element, epoch));
      return (value) => `[${(value as Value[]).map(element).join(',')}]`;
    }
    case 'map': {
      const write = nullable(writerOf(type.value, epoch));
      return (value) =>
        `{${[...(value as Map<Value, Value>)].map(([k, v]) => `${quote(keyText(k, type.key))}:${write(v)}`).join(',')}}`;
    }
    case 'struct': {
      const names = type.fields.map((field) => `${JSON.stringify(field.name)}:`);
      const writers = type.fields.map((field) => writerOf(field.type, epoch));
      return (value) => writeObject(value as Row, names, writers);
    }
    default:
      return String;
  }
}

const nullable =
  (write: Write): Write =>
  (value) =>
    value === null ? 'null' : write(value);

/** What JSON has to escape; a lone surrogate is escaped so that the text stays well-formed. */
const SPECIAL = /["\\\u0000-\u001f\ud800-\udfff]/;

const quote = (text: string): string => (SPECIAL.test(text) ? JSON.stringify(text) : `"${text}"`);

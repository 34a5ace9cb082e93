import { MillraceError } from '../core/errors.ts';
import type { Decoder, Encoder } from '../core/format.ts';
import { toPrintable } from '../core/printable.ts';
import type { DataType, Row, Schema, Value } from '../core/types.ts';
import { parserFor } from './json/parse-json.ts';
import { readValue, type Json } from './json/read-value.ts';
import { TextEncoder } from './text.ts';

/** Record keys as text: one column is its text (a number in digits, a timestamp in ISO 8601), several are a JSON array. */
export const keyEncoder = (schema: Schema): Encoder =>
  schema.length === 1
    ? new TextEncoder(schema)
    : { encode: (row) => JSON.stringify(schema.map(({ type }, i) => toPrintable(row[i], type))) };

/** Reads what `keyEncoder` writes. */
export function keyDecoder(schema: Schema, needed: readonly boolean[]): Decoder {
  return {
    decode(bytes, start, end, row, at) {
      if (start < 0) return;
      const columns = readKeyText(bytes.toString('utf8', start, end), schema);
      for (let i = 0; i < schema.length; i++) if (needed[i]) row[at + i] = columns[i];
    },
  };
}

/**
 * The columns of a key given as text.
 * @throws RECORD_UNDECODABLE when the text is not such a key
 */
export function readKeyText(text: string, schema: Schema): Row {
  if (schema.length === 1) return [readColumn(text, schema[0].type, schema[0].name)];
  let json: Json;
  try {
    json = parserFor(schema.map(({ type }) => type))(text);
  } catch (error) {
    throw new MillraceError('RECORD_UNDECODABLE', `a key of ${schema.length} columns is a JSON array`, {
      cause: error,
    });
  }
  if (!Array.isArray(json) || json.length !== schema.length) {
    throw new MillraceError('RECORD_UNDECODABLE', `a key of ${schema.length} columns is a JSON array of as many`);
  }
  return schema.map(({ name, type }, i) => readValue((json as Json[])[i], type, name));
}

function readColumn(text: string, type: DataType, name: string): Value {
  switch (type.kind) {
    case 'string':
      return text;
    case 'timestamp':
    case 'date':
    case 'binary':
    case 'decimal':
      return readValue(text, type, name);
    default: {
      let json: Json = text;
      try {
        json = parserFor([type])(text);
      } catch {
        // Judged below, where the complaint names the column.
      }
      return readValue(json, type, name);
    }
  }
}

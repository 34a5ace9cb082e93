import { bigintBytes, bigintFromBytes, ByteReader } from './bytes.ts';
import type { ByteWriter } from './bytes.ts';
import type { DataType, Row, Value } from './types.ts';

/** First byte of every encoded row: the version of this format. A reader refuses a version it does not know. */
const VERSION = 1;

/** Varints hold whole numbers up to here, and down to its negative. */
const LARGEST_VARINT = 0xf_ffff_ffff_ffff;

/**
 * Compact binary form of rows, for state, changelogs and repartition topics. Columns follow each other in order, each behind one byte
 * that says how it is written, so that a value outgrowing its usual form (a fraction in a sum, say) is still exact:
 *
 *     row    = version column*
 *     column = 0 (null) | 1 (false) | 2 (true) | 3 signed varint | 4 double | 5 text | 6 bytes
 *            | 7 count column* (array, struct) | 8 count (column column)* (map)
 *            | 9 signed varint (decimal) | 10 bytes (decimal, in two's complement, highest first)
 */
export function encodeRow(row: Row, writer: ByteWriter): void {
  writer.byte(VERSION);
  for (let i = 0; i < row.length; i++) encodeValue(row[i], writer);
}

function encodeValue(value: Value, writer: ByteWriter): void {
  switch (typeof value) {
    case 'number':
      // -0 and whole numbers beyond the varint's range keep their bits as doubles.
      if (Number.isInteger(value) && value <= LARGEST_VARINT && value >= -LARGEST_VARINT && !Object.is(value, -0)) {
        writer.byte(3);
        writer.signed(value);
      } else {
        writer.byte(4);
        writer.double(value);
      }
      return;
    case 'string':
      writer.byte(5);
      writer.text(value);
      return;
    case 'boolean':
      writer.byte(value ? 2 : 1);
      return;
    case 'bigint':
      if (value <= LARGEST_VARINT && value >= -LARGEST_VARINT) {
        writer.byte(9);
        writer.signed(Number(value));
      } else {
        writer.byte(10);
        writer.bytes(bigintBytes(value));
      }
      return;
    default:
      if (value === null) writer.byte(0);
      else if (value instanceof Uint8Array) {
        writer.byte(6);
        writer.bytes(value);
      } else if (value instanceof Map) {
        writer.byte(8);
        writer.unsigned(value.size);
        for (const [k, v] of value) {
          encodeValue(k, writer);
          encodeValue(v, writer);
        }
      } else {
        writer.byte(7);
        writer.unsigned(value.length);
        for (const item of value) encodeValue(item, writer);
      }
  }
}

/** The row that `encodeRow` wrote, with as many columns as `columns`. Throws RangeError when the bytes are not such a row. */
export function decodeRow(bytes: Uint8Array, columns: readonly DataType[]): Row {
  const reader = new ByteReader(bytes);
  const version = reader.byte();
  if (version !== VERSION)
    throw new RangeError(`a row of format ${version}; this version of Millrace reads format ${VERSION}`);
  const row: Row = [];
  for (let i = 0; i < columns.length; i++) row.push(decodeValue(reader));
  if (!reader.done) throw new RangeError(`a row with more than ${columns.length} columns`);
  return row;
}

function decodeValue(reader: ByteReader): Value {
  const tag = reader.byte();
  switch (tag) {
    case 0:
      return null;
    case 1:
      return false;
    case 2:
      return true;
    case 3:
      return reader.signed();
    case 4:
      return reader.double();
    case 5:
      return reader.text();
    case 6:
      return new Uint8Array(reader.bytes());
    case 7: {
      const items: Value[] = [];
      for (let left = reader.unsigned(); left > 0; left--) items.push(decodeValue(reader));
      return items;
    }
    case 8: {
      const map = new Map<Value, Value>();
      for (let left = reader.unsigned(); left > 0; left--) {
        const key = decodeValue(reader);
        map.set(key, decodeValue(reader));
      }
      return map;
    }
    case 9:
      return BigInt(reader.signed());
    case 10:
      return bigintFromBytes(reader.bytes());
    default:
      throw new RangeError(`not a row: unknown tag ${tag}`);
  }
}

import type { Payload, RecordChunk } from './transport.ts';
import type { Row, Schema, Value } from './types.ts';

/** Reads the value (or key) of records into columns. Made once per source from its schema; `src/formats` implements it. */
export interface Decoder {
  /** The columns it fills, in order. */
  readonly schema: Schema;
  /**
   * Writes the record's columns into `row` from position `at` on. Only the columns named as needed when the decoder was made are decoded.
   * @throws RECORD_UNDECODABLE with a reason that names the column
   */
  decode(bytes: Buffer, start: number, end: number, row: Row, at: number): void;
}

/** Writes a row as the value (or key) of a record. */
export interface Encoder {
  encode(row: Row): Payload;
}

/** Reads whole chunks into rows: record metadata, key and value together. */
export interface RecordDecoder {
  readonly schema: Schema;
  decodeRecord(chunk: RecordChunk, index: number): Row;
}

/** A value for people: what the console sink and the state queries show. */
export type Printable = null | boolean | number | string | Printable[] | { [name: string]: Printable };

export type ToPrintable = (value: Value) => Printable;

import type { Payload } from './transport.ts';
import type { Row, Schema } from './types.ts';

/** Reads the value (or key) of records into columns. Made once per source; `src/formats` implements it. */
export interface Decoder {
  /**
   * Writes the record's columns into `row`, the first at position `at`. Columns not named as needed when the decoder was made stay null.
   * A start of -1 is Kafka's null: every column stays null.
   * @throws RECORD_UNDECODABLE with a reason that names the column
   */
  decode(bytes: Buffer, start: number, end: number, row: Row, at: number): void;
}

/** Writes a row as the value (or key) of a record. */
export interface Encoder {
  encode(row: Row): Payload;
}

/** How the value of a record is written. */
export type Format = { readonly name: 'text' } | JsonFormat | CsvFormat;

/** One object a record, columns by name. */
export interface JsonFormat {
  readonly name: 'json';
  /** What numbers in timestamp columns are. Without it, timestamps are written in ISO 8601, and a number is none. */
  readonly timestampFormat?: EpochFormat;
}

/** Time since 1970-01-01T00:00:00Z as a number. */
export type EpochFormat = 'epochSeconds' | 'epochMillis' | 'epochMicros';

/** Comma-separated values, one record a line, columns by position. The options are Spark's. */
export interface CsvFormat {
  readonly name: 'csv';
  /** One character between two fields. */
  readonly sep: string;
  /** One character around a field that holds special ones; empty = fields are never quoted. */
  readonly quote: string;
  /** One character before a quote within a quoted field, and before itself. */
  readonly escape: string;
  /** The text that stands for null; a field with nothing in it is null besides. */
  readonly nullValue: string;
  readonly ignoreLeadingWhiteSpace: boolean;
  readonly ignoreTrailingWhiteSpace: boolean;
}

/** What the runtime needs of formats; the composition root hands it over. */
export interface Formats {
  decoder(format: Format, schema: Schema, needed: readonly boolean[]): Decoder;
  encoder(format: Format, schema: Schema): Encoder;
  /** Keys are text: one column is its text, several are a JSON array. */
  keyDecoder(schema: Schema, needed: readonly boolean[]): Decoder;
  keyEncoder(schema: Schema): Encoder;
}

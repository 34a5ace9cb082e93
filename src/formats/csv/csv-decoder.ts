import { MillraceError } from '../../core/errors.ts';
import type { CsvFormat, Decoder } from '../../core/format.ts';
import type { Row, Schema } from '../../core/types.ts';
import { readField } from './read-field.ts';
import { splitLine } from './split-line.ts';

/** Reads a line of comma-separated values into columns by position. A line with more or fewer fields than columns is an error. */
export class CsvDecoder implements Decoder {
  readonly #format: CsvFormat;
  readonly #schema: Schema;
  readonly #needed: readonly boolean[];
  readonly #nothingNeeded: boolean;

  constructor(format: CsvFormat, schema: Schema, needed: readonly boolean[]) {
    this.#format = format;
    this.#schema = schema;
    this.#needed = needed;
    this.#nothingNeeded = !needed.includes(true);
  }

  decode(bytes: Buffer, start: number, end: number, row: Row, at: number): void {
    if (start < 0 || this.#nothingNeeded) return;
    const schema = this.#schema;
    const fields = splitLine(bytes.toString('utf8', start, end), this.#format);
    // A line of one column that holds nothing is a null; any other has a separator for each two columns.
    if (fields.length !== schema.length) {
      throw new MillraceError(
        'RECORD_UNDECODABLE',
        `the line has ${fields.length} fields, and the schema ${schema.length} columns`,
      );
    }
    const { nullValue } = this.#format;
    for (let i = 0; i < schema.length; i++) {
      const field = fields[i];
      if (this.#needed[i] && field !== null && field !== nullValue) row[at + i] = readField(field, schema[i]);
    }
  }
}

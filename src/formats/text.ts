import type { Decoder, Encoder } from '../core/format.ts';
import { keyText } from '../core/printable.ts';
import type { Row, Schema } from '../core/types.ts';

/** The whole value as one string column. */
export const textDecoder: Decoder = {
  decode(bytes: Buffer, start: number, end: number, row: Row, at: number): void {
    if (start >= 0) row[at] = bytes.toString('utf8', start, end);
  },
};

/** One column as plain text; null as Kafka's null. */
export class TextEncoder implements Encoder {
  readonly #schema: Schema;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  encode(row: Row): string | null {
    const [value] = row;
    if (value === null) return null;
    return typeof value === 'string' ? value : keyText(value, this.#schema[0].type);
  }
}

import type { CsvFormat, Encoder } from '../../core/format.ts';
import { keyText } from '../../core/printable.ts';
import type { Row, Schema } from '../../core/types.ts';
import { trimmed } from './split-line.ts';

/** Writes a row as a line of comma-separated values, quoted where Spark's writer quotes. */
export class CsvEncoder implements Encoder {
  readonly #format: CsvFormat;
  readonly #schema: Schema;
  /** What a field is quoted for. */
  readonly #special: readonly string[];

  constructor(format: CsvFormat, schema: Schema) {
    this.#format = format;
    this.#schema = schema;
    this.#special = [format.sep, format.quote, '\n', '\r'].filter((char) => char !== '');
  }

  encode(row: Row): string {
    const { sep } = this.#format;
    let line = '';
    for (let i = 0; i < this.#schema.length; i++) {
      if (i > 0) line += sep;
      line += this.#field(row, i);
    }
    return line;
  }

  #field(row: Row, i: number): string {
    const value = row[i];
    const { type } = this.#schema[i];
    if (value === null) return this.#format.nullValue;
    if (type.kind === 'binary') return this.#text(Buffer.from(value as Uint8Array).toString('utf8'));
    return this.#text(typeof value === 'string' ? value : keyText(value, type));
  }

  #text(untrimmed: string): string {
    const { quote, escape } = this.#format;
    const text = trimmed(untrimmed, this.#format);
    if (quote === '') return text;
    // Other programs take a line that begins with # for a comment.
    const isPlain = text !== '' && text[0] !== '#' && !this.#special.some((char) => text.includes(char));
    if (isPlain) return text;
    let escaped = '';
    for (const char of text) escaped += char === quote || char === escape ? escape + char : char;
    return quote + escaped + quote;
  }
}

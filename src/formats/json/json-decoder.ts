import { MillraceError } from '../../core/errors.ts';
import type { Decoder, EpochFormat } from '../../core/format.ts';
import type { Row, Schema } from '../../core/types.ts';
import { fastScan, type FastScan } from './fast-scan.ts';
import { parserFor } from './parse-json.ts';
import { isObject, readValue, type Json } from './read-value.ts';

/** Reads a JSON object into columns by name. Missing columns are null, further fields are ignored, a value of a wrong type is an error. */
export class JsonDecoder implements Decoder {
  readonly #epoch: EpochFormat | null;
  readonly #schema: Schema;
  readonly #needed: readonly boolean[];
  readonly #nothingNeeded: boolean;
  readonly #scan: FastScan | null;
  readonly #parser: (text: string) => Json;
  /** One text per fetched buffer; each byte is one character, so that offsets are the same. */
  #bytes: Buffer = Buffer.alloc(0);
  #text = '';

  /** @param epoch what numbers in timestamp columns are; null = errors */
  constructor(schema: Schema, needed: readonly boolean[], epoch: EpochFormat | null = null) {
    this.#epoch = epoch;
    this.#schema = schema;
    this.#needed = needed;
    this.#nothingNeeded = !needed.includes(true);
    this.#parser = parserFor(schema.filter((_, i) => needed[i]).map(({ type }) => type));
    const columns = schema.map((column, i) => ({ ...column, needed: needed[i] }));
    this.#scan = fastScan(columns, (start, end) => this.#bytes.toString('latin1', start, end), epoch);
  }

  decode(bytes: Buffer, start: number, end: number, row: Row, at: number): void {
    if (start < 0 || this.#nothingNeeded) return;
    if (this.#scan !== null) {
      if (this.#bytes !== bytes) {
        this.#bytes = bytes;
        this.#text = bytes.toString('latin1');
      }
      if (this.#scan(this.#text, start, end, row, at)) return;
    }
    this.#parse(bytes.toString('utf8', start, end), row, at);
  }

  #json(text: string): Json {
    try {
      return this.#parser(text);
    } catch (error) {
      throw new MillraceError('RECORD_UNDECODABLE', `not JSON: ${excerpt(text)}`, { cause: error });
    }
  }

  #parse(text: string, row: Row, at: number): void {
    const json = this.#json(text);
    if (!isObject(json))
      throw new MillraceError('RECORD_UNDECODABLE', `a JSON object was expected, not ${excerpt(text)}`);
    this.#schema.forEach(({ name, type }, i) => {
      row[at + i] =
        this.#needed[i] && Object.hasOwn(json, name) ? readValue(json[name], type, name, this.#epoch) : null;
    });
  }
}

const excerpt = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

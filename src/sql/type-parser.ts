import type { Diagnostics, Located } from '../core/diagnostic.ts';
import type { DataType, Field, Schema } from '../core/types.ts';
import {
  arrayOf,
  BIGINT,
  BINARY,
  BOOLEAN,
  DATE,
  decimalOf,
  DOUBLE,
  FLOAT,
  INT,
  mapOf,
  SMALLINT,
  STRING,
  TIMESTAMP,
  TINYINT,
} from '../core/types.ts';
import { MOST_DIGITS } from '../core/decimal.ts';
import { closest } from '../core/diagnostic.ts';
import { Complaint, reporting } from './complaint.ts';
import { parseIntervalFields } from './interval-parser.ts';
import { TokenStream } from './tokens.ts';

const ATOMIC = new Map<string, DataType>([
  ['boolean', BOOLEAN],
  ['tinyint', TINYINT],
  ['byte', TINYINT],
  ['smallint', SMALLINT],
  ['short', SMALLINT],
  ['int', INT],
  ['integer', INT],
  ['bigint', BIGINT],
  ['long', BIGINT],
  ['float', FLOAT],
  ['real', FLOAT],
  ['double', DOUBLE],
  ['string', STRING],
  ['varchar', STRING],
  ['char', STRING],
  ['character', STRING],
  ['binary', BINARY],
  ['date', DATE],
  ['timestamp', TIMESTAMP],
  ['timestamp_ltz', TIMESTAMP],
]);

const NOT_YET: Readonly<Record<string, string>> = {
  timestamp_ntz: 'use timestamp',
  variant: 'use string',
  void: 'use string',
};

/** A type as Spark's DDL writes it, from the next token on. */
export function parseType(tokens: TokenStream): DataType {
  const token = tokens.name('a type');
  const name = token.text.toLowerCase();
  if (name === 'array') {
    tokens.expect('<');
    const element = parseType(tokens);
    tokens.expect('>');
    return arrayOf(element);
  }
  if (name === 'map') {
    tokens.expect('<');
    const key = parseType(tokens);
    tokens.expect(',');
    const value = parseType(tokens);
    tokens.expect('>');
    return mapOf(key, value);
  }
  if (name === 'struct') {
    if (tokens.accept('<>')) return { kind: 'struct', fields: [] };
    tokens.expect('<');
    const fields = tokens.is('>') ? [] : parseFields(tokens, true);
    tokens.expect('>');
    return { kind: 'struct', fields };
  }
  if (name === 'interval') return parseIntervalFields(tokens);
  if (DECIMALS.includes(name)) return parseDigits(tokens);
  const type = ATOMIC.get(name);
  if (type === undefined) {
    const span = tokens.span(token.start, token.end);
    const remedy = NOT_YET[name];
    if (remedy !== undefined)
      throw new Complaint('UNSUPPORTED_DATATYPE', span, `the type \`${name}\` is not supported yet`, remedy);
    const near = closest(name, [...ATOMIC.keys(), ...DECIMALS, 'array', 'map', 'struct']);
    throw new Complaint(
      'UNSUPPORTED_DATATYPE',
      span,
      `no type \`${token.text}\``,
      near === null ? '' : `did you mean \`${near}\`?`,
    );
  }
  if (/^(var)?char(acter)?$/.test(name) && tokens.accept('(')) {
    if (tokens.next.kind !== 'number') tokens.fail('expected a length');
    tokens.take();
    tokens.expect(')');
  }
  return type;
}

const DECIMALS: readonly string[] = ['decimal', 'dec', 'numeric'];

/** `(precision, scale)`, `(precision)` or nothing behind the name of a decimal. Throws a complaint when there are too many digits. */
function parseDigits(tokens: TokenStream): DataType {
  const start = tokens.next.start;
  if (!tokens.accept('(')) return decimalOf(10, 0);
  const precision = parseCount(tokens, 'the number of digits');
  const scale = tokens.accept(',') ? parseCount(tokens, 'the number of digits behind the point') : 0;
  const { end } = tokens.next;
  tokens.expect(')');
  const span = tokens.span(start, end);
  if (precision > MOST_DIGITS) {
    const message = `a decimal has at most ${MOST_DIGITS} digits, not ${precision}`;
    throw new Complaint('DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION', span, message);
  }
  if (scale > precision) {
    const message = `of ${precision} digits ${scale} cannot stand behind the point`;
    throw new Complaint('DECIMAL_SCALE_EXCEEDS_PRECISION', span, message, `write at least decimal(${scale},${scale})`);
  }
  return decimalOf(precision, scale);
}

function parseCount(tokens: TokenStream, what: string): number {
  if (tokens.next.kind !== 'number' || !/^\d+$/.test(tokens.next.text)) tokens.fail(`expected ${what}`);
  return Number(tokens.take().text);
}

/** `a int, b string …`; within a struct a colon may stand between name and type. */
function parseFields(tokens: TokenStream, colons: boolean): Field[] {
  const fields: Field[] = [];
  do {
    const token = tokens.name('a column name');
    if (colons) tokens.accept(':');
    const type = parseType(tokens);
    if (tokens.accept('not')) tokens.expect('null');
    if (tokens.accept('comment')) {
      if (tokens.next.kind !== 'string') tokens.fail('expected the comment as a string');
      tokens.take();
    }
    if (fields.some((f) => f.name.toLowerCase() === token.text.toLowerCase())) {
      const span = tokens.span(token.start, token.end);
      throw new Complaint(
        'COLUMN_ALREADY_EXISTS',
        span,
        `the column \`${token.text}\` is declared twice`,
        'rename one of them',
      );
    }
    fields.push({ name: token.text, type });
  } while (tokens.accept(','));
  return fields;
}

/**
 * The columns that a Spark DDL text declares, e.g. `a string, b struct<c: int, d: array<bigint>>`. `not null` and comments are read and
 * forgotten: a stream gives no such promise. Null after a complaint.
 */
export function parseSchema(ddl: Located<string>, diagnostics: Diagnostics, subject = ''): Schema | null {
  return reporting(diagnostics, subject, () => {
    const tokens = new TokenStream(ddl);
    const fields = parseFields(tokens, true);
    if (tokens.next.kind !== 'end') tokens.fail('expected `,` or the end of the schema');
    return fields;
  });
}

/** The array, map or struct that a DDL text names, or the struct of the columns that it declares. Throws a complaint. */
export function parseNestedType(ddl: Located<string>): DataType {
  const tokens = new TokenStream(ddl);
  const named = ['array', 'map', 'struct'].some((word) => tokens.is(word)) && (tokens.is('<', 1) || tokens.is('<>', 1));
  const type: DataType = named ? parseType(tokens) : { kind: 'struct', fields: parseFields(tokens, true) };
  if (tokens.next.kind !== 'end') tokens.fail('expected `,` or the end of the schema');
  return type;
}

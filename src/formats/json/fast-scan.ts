import { decimalFromText } from '../../core/decimal.ts';
import type { EpochFormat } from '../../core/format.ts';
import type { DataType, Row, Value } from '../../core/types.ts';
import { fromEpoch } from './epoch.ts';
import { scanDate, scanTimestamp } from './scan-time.ts';

/**
 * Reads the needed columns of a flat JSON object straight from text, without making an object. It knows the common case only: ASCII, no
 * escapes, needed columns that are strings, numbers, booleans or times. On any doubt it gives up, and the caller parses the record in full; so it
 * never decides that a record is wrong, and what it accepts is what `JSON.parse` accepts, with the same result.
 */
export interface FastScan {
  /** False = in doubt; `row` may then hold some columns already. */
  (text: string, start: number, end: number, row: Row, at: number): boolean;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Up to this length `substring` copies; a longer one would keep the whole text alive through a small part of it. */
const COPIED_LENGTH = 12;

type Kind = 'string' | 'integer' | 'fraction' | 'decimal' | 'boolean' | 'timestamp' | 'date';
const KINDS: Partial<Record<DataType['kind'], Kind>> = {
  string: 'string',
  int: 'integer',
  bigint: 'integer',
  double: 'fraction',
  decimal: 'decimal',
  boolean: 'boolean',
  timestamp: 'timestamp',
  date: 'date',
};

/**
 * @param longText makes a copy of text[start, end), for strings that are too long for `substring`
 * @param epoch what numbers in timestamp columns are; null = not known
 * @returns null when a needed column is of a type that the scan does not know
 */
export function fastScan(
  columns: readonly { readonly name: string; readonly type: DataType; readonly needed: boolean }[],
  longText: (start: number, end: number) => string,
  epoch: EpochFormat | null,
): FastScan | null {
  if (columns.some(({ type, needed }) => needed && KINDS[type.kind] === undefined)) return null;
  if (columns.some(({ name }) => !/^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(name))) return null;
  const names = columns.map((column) => column.name);
  const kinds = columns.map((column) => (column.needed ? (KINDS[column.type.kind] ?? null) : null));
  const limits = columns.map((column) => (column.type.kind === 'int' ? 2_147_483_647 : Number.MAX_SAFE_INTEGER));
  const count = columns.length;

  const putDecimal = (digits: string, column: number, row: Row, at: number): boolean => {
    const { type } = columns[column];
    const value = type.kind === 'decimal' ? decimalFromText(digits, type) : null;
    row[at + column] = value;
    return value !== null;
  };

  return (text, start, end, row, at) => {
    let i = start;
    if (end - i < 2 || text.charCodeAt(i++) !== OPEN) return false;
    if (text.charCodeAt(i) === CLOSE) return i + 1 === end;
    let expected = 0;
    for (;;) {
      if (text.charCodeAt(i++) !== QUOTE) return false;
      // Records of a topic mostly have their fields in one order: the next column is tried first.
      const nameStart = i;
      let column = -1;
      for (let tried = 0; tried < count; tried++) {
        const name = names[expected];
        if (text.charCodeAt(nameStart + name.length) === QUOTE && text.startsWith(name, nameStart)) {
          column = expected;
          i = nameStart + name.length + 1;
        }
        expected = expected + 1 === count ? 0 : expected + 1;
        if (column >= 0) break;
      }
      if (column < 0) {
        i = closingQuote(text, nameStart, end) + 1;
        if (i === 0) return false;
      }
      if (text.charCodeAt(i++) !== COLON) return false;

      const kind = column < 0 ? null : kinds[column];
      const first = text.charCodeAt(i);
      if (first === QUOTE) {
        const close = closingQuote(text, i + 1, end);
        if (close < 0) return false;
        if (kind === 'timestamp' || kind === 'date') {
          const time = kind === 'date' ? scanDate(text, i + 1, close) : scanTimestamp(text, i + 1, close);
          if (Number.isNaN(time)) return false;
          row[at + column] = time;
        } else if (kind === 'decimal') {
          if (!putDecimal(text.substring(i + 1, close), column, row, at)) return false;
        } else if (kind !== null) {
          if (kind !== 'string') return false;
          row[at + column] = close - i - 1 <= COPIED_LENGTH ? text.substring(i + 1, close) : longText(i + 1, close);
        }
        i = close + 1;
      } else if ((first >= ZERO && first <= NINE) || first === MINUS) {
        const stop = numberEnd(text, i, end);
        if (stop < 0) return false;
        if (kind !== null) {
          if (kind === 'integer' && whole <= limits[column] && whole >= -limits[column]) row[at + column] = whole;
          else if (kind === 'fraction') row[at + column] = Number(text.substring(i, stop));
          else if (kind === 'timestamp' && epoch !== null) {
            const time = fromEpoch(Number.isNaN(whole) ? Number(text.substring(i, stop)) : whole, epoch);
            if (Number.isNaN(time)) return false;
            row[at + column] = time;
          } else if (kind !== 'decimal' || !putDecimal(text.substring(i, stop), column, row, at)) return false;
        }
        i = stop;
      } else {
        const literal = text.startsWith('null', i)
          ? null
          : text.startsWith('true', i)
            ? true
            : text.startsWith('false', i)
              ? false
              : undefined;
        if (literal === undefined || (literal !== null && kind !== null && kind !== 'boolean')) return false;
        if (kind !== null) row[at + column] = literal as Value;
        i += literal === false ? 5 : 4;
      }

      const next = text.charCodeAt(i++);
      if (next === CLOSE) return i === end;
      if (next !== COMMA || i >= end) return false;
    }
  };
}

/** Position of the quote that ends a string without escapes, control or non-ASCII characters; -1 in any other case. */
function closingQuote(text: string, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i;
    if (code === BACKSLASH || code < 0x20 || code > 0x7e) return -1;
  }
  return -1;
}

/** What `numberEnd` read last: the whole number, NaN when it was none, or one of more than fifteen digits, or -0. */
let whole = NaN;

/** End of a number without an exponent; -1 when it is not written as JSON has it. */
function numberEnd(text: string, start: number, end: number): number {
  const negative = text.charCodeAt(start) === MINUS;
  const digits = negative ? start + 1 : start;
  let i = digits;
  let value = 0;
  let code = text.charCodeAt(i);
  while (i < end && isDigit(code)) {
    value = value * 10 + (code - ZERO);
    code = text.charCodeAt(++i);
  }
  if (i === digits || (i - digits > 1 && text.charCodeAt(digits) === ZERO)) return -1;
  whole = i - digits > 15 || (negative && value === 0) ? NaN : negative ? -value : value;
  if (i < end && code === DOT) {
    whole = NaN;
    const point = i++;
    while (i < end && isDigit(text.charCodeAt(i))) i++;
    if (i === point + 1) return -1;
    code = text.charCodeAt(i);
  }
  return code === 0x65 || code === 0x45 ? -1 : i;
}

const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;

import type { DataType, Value } from './types.ts';

/**
 * Canonical key strings. Equal keys in Spark's sense give equal strings and unequal keys unequal ones, the UTF-8 of the string is the
 * key's bytes in changelog and Redis, and the columns can be read back from it.
 *
 *     key    = column*
 *     column = 'n' (null) | 't' | 'f' | 's' text NUL | 'd' number NUL (integers and fractions, dates, times)
 *            | 'D' digits NUL (decimals, without their point: columns of one type have it in one place)
 *            | 'b' hex NUL | 'a' column* 'z' (arrays and structs)
 *
 * In `text` NUL and SOH are written SOH '0' and SOH '1', and a lone surrogate, which UTF-8 cannot carry, is SOH 'u' and its four hex
 * digits. As in Spark, -0.0 is 0.0 and NaN equals NaN.
 */
export function encodeKey(columns: readonly Value[]): string {
  if (columns.length === 1) return encodeColumn(columns[0]);
  let key = '';
  for (const column of columns) key += encodeColumn(column);
  return key;
}

function encodeColumn(value: Value): string {
  switch (typeof value) {
    case 'string':
      return 's' + (isPlain(value) ? value : escape(value)) + '\0';
    case 'number':
      return 'd' + (value === 0 ? '0' : String(value)) + '\0';
    case 'boolean':
      return value ? 't' : 'f';
    case 'bigint':
      return 'D' + String(value) + '\0';
    default:
      if (value === null) return 'n';
      if (value instanceof Uint8Array) return 'b' + Buffer.from(value).toString('hex') + '\0';
      if (Array.isArray(value)) return 'a' + value.map(encodeColumn).join('') + 'z';
      throw new TypeError('a map cannot be a key');
  }
}

const isPlain = (text: string): boolean => !text.includes('\0') && !text.includes('\x01') && text.isWellFormed();

function escape(text: string): string {
  const escaped = text.replaceAll('\x01', '\x011').replaceAll('\0', '\x010');
  return escaped.replace(
    /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    (unit) => '\x01u' + unit.charCodeAt(0).toString(16),
  );
}

function unescape(text: string): string {
  if (!text.includes('\x01')) return text;
  return text.replace(/\x01(0|1|u[0-9a-f]{4})/g, (_, code: string) =>
    code === '0' ? '\0' : code === '1' ? '\x01' : String.fromCharCode(parseInt(code.slice(1), 16)),
  );
}

/** The columns of a canonical key string. */
export function decodeKey(key: string, types: readonly DataType[]): Value[] {
  const reader = { at: 0 };
  return types.map(() => decodeColumn(key, reader));
}

function decodeColumn(key: string, reader: { at: number }): Value {
  const tag = key[reader.at++];
  switch (tag) {
    case 'n':
      return null;
    case 't':
      return true;
    case 'f':
      return false;
    case 's':
      return unescape(text(key, reader));
    case 'd':
      return Number(text(key, reader));
    case 'D':
      return BigInt(text(key, reader));
    case 'b':
      return new Uint8Array(Buffer.from(text(key, reader), 'hex'));
    case 'a': {
      const items: Value[] = [];
      while (key[reader.at] !== 'z') items.push(decodeColumn(key, reader));
      reader.at++;
      return items;
    }
    default:
      throw new RangeError(`not a key: unknown tag ${JSON.stringify(tag)} at ${reader.at - 1}`);
  }
}

function text(key: string, reader: { at: number }): string {
  const end = key.indexOf('\0', reader.at);
  if (end < 0) throw new RangeError('not a key: a column without an end');
  const found = key.slice(reader.at, end);
  reader.at = end + 1;
  return found;
}

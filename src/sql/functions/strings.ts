import type { Value } from '../../core/types.ts';
import { arrayOf, BINARY, INT, STRING } from '../../core/types.ts';
import * as bytes from '../byte-strings.ts';
import { coerced, unified } from '../coercion.ts';
import type { Evaluate, Expression } from '../expression.ts';
import { fail } from '../failure.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { call, expectCount, operandAs, operandsAt, takes, unexpected } from '../function-spec.ts';
import * as text from '../text.ts';

/** `concat` of strings, of binaries, or of arrays. */
export function concatenation(site: CallSite): Expression {
  if (site.count === 0) return { kind: 'literal', value: '', type: STRING, span: site.span };
  const operands = operandsAt(site);
  const array = operands.find((o) => o.type.kind === 'array');
  if (array !== undefined) {
    operands.forEach((o, i) => {
      if (o.type.kind !== 'array' && o.type.kind !== 'void') throw unexpected(site, i, o, 'an array like the others');
    });
    const arrays = unified(operands, '`concat`');
    return call({ ...site, name: 'concat' }, arrays, arrays[0].type, (...parts: Value[][]) => parts.flat(1));
  }
  if (operands.every((o) => o.type.kind === 'binary'))
    return call({ ...site, name: 'concat' }, operands, BINARY, bytes.concat);
  const strings = operands.map((o, i) => (o.type.kind === 'binary' ? coerced(o, STRING) : operandAs(site, i, STRING)));
  const inline = (...parts: string[]): string => (parts.length === 1 ? parts[0] : `(${parts.join(' + ')})`);
  return call({ ...site, name: 'concat' }, strings, STRING, (...parts: string[]) => parts.join(''), { inline });
}

function concatWithSeparator(site: CallSite): Expression {
  expectCount(site, 1, Infinity);
  const operands = operandsAt(site).map((operand, i) =>
    i > 0 && operand.type.kind === 'array' ? coerced(operand, arrayOf(STRING)) : operandAs(site, i, STRING),
  );
  const join = (separator: string | null, ...parts: Value[]): Value =>
    separator === null
      ? null
      : parts
          .flat(1)
          .filter((part) => part !== null)
          .join(separator);
  return call(site, operands, STRING, join, { nulls: 'passed' });
}

function reversed(site: CallSite): Expression {
  expectCount(site, 1);
  const operand = site.operand(0);
  if (operand.type.kind === 'array')
    return call(site, [operand], operand.type, (values: Value[]) => values.toReversed());
  if (operand.type.kind === 'binary') return call(site, [operand], BINARY, bytes.reversed);
  return takes([STRING], STRING, (value: string) => Array.from(value).reverse().join(''))(site);
}

type Build = (site: CallSite) => Expression;

/** One meaning for texts, another for binaries, told by the first operand. */
export const ofEither =
  (strings: Build, binaries: Build): Build =>
  (site) =>
    site.count > 0 && site.operand(0).type.kind === 'binary' ? binaries(site) : strings(site);

/** `trim(text)` and `trim(characters, text)`: the characters come first. */
const trimming = (trim: (value: string, characters: string) => string): Build => {
  const spaces = takes([STRING], STRING, (value: string) => trim(value, ' '));
  const others = takes([STRING, STRING], STRING, (characters: string, value: string) => trim(value, characters));
  return (site) => {
    expectCount(site, 1, 2);
    return site.count === 1 ? spaces(site) : others(site);
  };
};
const trimBoth = (value: string, characters: string): string =>
  text.trimStart(text.trimEnd(value, characters), characters);

/** `lpad` or `rpad`; a binary is filled with zeros unless told otherwise. */
function padding(side: 'left' | 'right'): Build {
  const characters: Evaluate = (value: string, length: number, pad = ' ') => text.padded(value, length, pad, side);
  const octets: Evaluate = (value: Uint8Array, length: number, pad = new Uint8Array(1)) =>
    bytes.padded(value, length, pad, side);
  return ofEither(
    takes([STRING, INT, STRING], STRING, characters, { optional: 1 }),
    takes([BINARY, INT, BINARY], BINARY, octets, { optional: 1 }),
  );
}

const lastOf = (value: string, length: number): string => (length <= 0 ? '' : text.substring(value, -length, length));

const measured = (ofText: (value: string) => number, ofBytes: (length: number) => number): Build =>
  ofEither(
    takes([STRING], INT, ofText),
    takes([BINARY], INT, (value: Uint8Array) => ofBytes(value.length)),
  );

/** `elt(2, a, b)` is b. Only the chosen operand may make the result null. */
function chosen(site: CallSite): Expression {
  expectCount(site, 2, Infinity);
  const others = operandsAt(site).slice(1);
  const type = others.every((o) => o.type.kind === 'binary') ? BINARY : STRING;
  const operands = [operandAs(site, 0, INT), ...others.map((_, i) => operandAs(site, i + 1, type))];
  const pick = (index: number | null, ...values: Value[]): Value => {
    if (index === null) return null;
    if (index >= 1 && index <= values.length) return values[index - 1];
    return fail('INVALID_ARRAY_INDEX', `there are ${values.length} values to choose from, not ${index}`);
  };
  return call(site, operands, type, pick, { nulls: 'passed' });
}

const family = 'strings';

export const STRINGS: readonly FunctionSpec[] = [
  {
    name: 'lower',
    aliases: ['lcase'],
    family,
    signature: 'lower(text string) -> string',
    summary: 'the text in lower case',
    build: takes([STRING], STRING, (value: string) => value.toLowerCase(), {
      inline: (value) => `${value}.toLowerCase()`,
    }),
  },
  {
    name: 'upper',
    aliases: ['ucase'],
    family,
    signature: 'upper(text string) -> string',
    summary: 'the text in upper case',
    build: takes([STRING], STRING, (value: string) => value.toUpperCase(), {
      inline: (value) => `${value}.toUpperCase()`,
    }),
  },
  {
    name: 'initcap',
    family,
    signature: 'initcap(text string) -> string',
    summary: 'every word with a capital first letter, the rest in lower case',
    build: takes([STRING], STRING, text.initcap),
  },
  {
    name: 'replace',
    family,
    signature: 'replace(text string, search string [, replacement string]) -> string',
    summary: 'the text with every occurrence replaced, or removed',
    build: takes(
      [STRING, STRING, STRING],
      STRING,
      (value: string, search: string, replacement = '') =>
        search === '' ? value : value.replaceAll(search, () => replacement),
      { optional: 1 },
    ),
  },
  {
    name: 'translate',
    family,
    signature: 'translate(text string, from string, to string) -> string',
    summary: 'every character of `from` replaced by the one at the same place in `to`, or removed',
    build: takes([STRING, STRING, STRING], STRING, text.translate),
  },
  {
    name: 'split_part',
    family,
    signature: 'split_part(text string, delimiter string, part int) -> string',
    summary: 'one part (1 is the first, negative counts from the end), empty when there is none',
    build: takes([STRING, STRING, INT], STRING, text.splitPart),
  },
  {
    name: 'repeat',
    family,
    signature: 'repeat(text string, times int) -> string',
    summary: 'the text that many times',
    build: takes([STRING, INT], STRING, text.repeat),
  },
  {
    name: 'trim',
    family,
    signature: 'trim([characters string,] text string) -> string',
    summary: 'the text without the characters (spaces) at either end; also trim(both characters from text)',
    build: trimming(trimBoth),
  },
  {
    name: 'btrim',
    family,
    signature: 'btrim(text string [, characters string]) -> string',
    summary: 'the text without the characters (spaces) at either end',
    build: takes([STRING, STRING], STRING, (value: string, characters = ' ') => trimBoth(value, characters), {
      optional: 1,
    }),
  },
  {
    name: 'ltrim',
    family,
    signature: 'ltrim([characters string,] text string) -> string',
    summary: 'the text without the characters (spaces) at its start',
    build: trimming(text.trimStart),
  },
  {
    name: 'rtrim',
    family,
    signature: 'rtrim([characters string,] text string) -> string',
    summary: 'the text without the characters (spaces) at its end',
    build: trimming(text.trimEnd),
  },
  {
    name: 'length',
    aliases: ['char_length', 'character_length', 'len'],
    family,
    signature: 'length(text string|binary) -> int',
    summary: 'number of characters, or of bytes of a binary',
    build: measured(text.length, (length) => length),
  },
  {
    name: 'octet_length',
    family,
    signature: 'octet_length(text string|binary) -> int',
    summary: 'number of bytes, for a text in UTF-8',
    build: measured(
      (value) => Buffer.byteLength(value),
      (length) => length,
    ),
  },
  {
    name: 'bit_length',
    family,
    signature: 'bit_length(text string|binary) -> int',
    summary: 'number of bits, for a text in UTF-8',
    build: measured(
      (value) => Buffer.byteLength(value) * 8,
      (length) => length * 8,
    ),
  },
  {
    name: 'substring',
    aliases: ['substr'],
    family,
    signature: 'substring(text string|binary, position int [, length int]) -> string|binary',
    summary: 'characters or bytes from a position (1 is the first, negative counts from the end)',
    build: ofEither(
      takes([STRING, INT, INT], STRING, text.substring, { optional: 1 }),
      takes([BINARY, INT, INT], BINARY, bytes.substring, { optional: 1 }),
    ),
  },
  {
    name: 'substring_index',
    family,
    signature: 'substring_index(text string, delimiter string, count int) -> string',
    summary: 'what stands before the count-th delimiter, or behind it when counted from the end',
    build: takes([STRING, STRING, INT], STRING, text.substringIndex),
  },
  {
    name: 'left',
    family,
    signature: 'left(text string|binary, length int) -> string|binary',
    summary: 'the first characters or bytes',
    build: ofEither(
      takes([STRING, INT], STRING, (value: string, length: number) => text.substring(value, 1, length)),
      takes([BINARY, INT], BINARY, (value: Uint8Array, length: number) => bytes.substring(value, 1, length)),
    ),
  },
  {
    name: 'right',
    family,
    signature: 'right(text string, length int) -> string',
    summary: 'the last characters',
    build: takes([STRING, INT], STRING, lastOf),
  },
  {
    name: 'overlay',
    family,
    signature: 'overlay(text string|binary, replacement, position int [, length int]) -> string|binary',
    summary: 'the text with so many characters (as many as in the replacement) from the position on replaced',
    build: ofEither(
      takes([STRING, STRING, INT, INT], STRING, text.overlay, { optional: 1 }),
      takes([BINARY, BINARY, INT, INT], BINARY, bytes.overlay, { optional: 1 }),
    ),
  },
  {
    name: 'concat',
    family,
    signature: 'concat(part string|binary|array, …) -> string|binary|array',
    summary: 'the parts one after the other; null when one is null',
    build: concatenation,
  },
  {
    name: 'concat_ws',
    family,
    signature: 'concat_ws(separator string, part string|array<string>, …) -> string',
    summary: 'the parts that are not null, with the separator between them',
    build: concatWithSeparator,
  },
  {
    name: 'elt',
    family,
    signature: 'elt(index int, a string|binary, …) -> string|binary',
    summary: 'the value at the index, counted from 1',
    build: chosen,
  },
  {
    name: 'space',
    family,
    signature: 'space(count int) -> string',
    summary: 'so many spaces',
    build: takes([INT], STRING, (count: number) => text.repeat(' ', count)),
  },
  {
    name: 'lpad',
    family,
    signature: 'lpad(text string|binary, length int [, pad]) -> string|binary',
    summary: 'the text brought to a length, padded or cut, on the left',
    build: padding('left'),
  },
  {
    name: 'rpad',
    family,
    signature: 'rpad(text string|binary, length int [, pad]) -> string|binary',
    summary: 'the text brought to a length, padded or cut, on the right',
    build: padding('right'),
  },
  {
    name: 'reverse',
    family,
    signature: 'reverse(text string|binary|array) -> string|binary|array',
    summary: 'the characters, bytes or elements from the last to the first',
    build: reversed,
  },
];

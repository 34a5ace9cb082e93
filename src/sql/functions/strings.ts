import type { Value } from '../../core/types.ts';
import { arrayOf, BINARY, BOOLEAN, INT, STRING } from '../../core/types.ts';
import { coerced } from '../coercion.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { call, expectCount, operandAs, operandsAt, takes, unexpected } from '../function-spec.ts';
import type { Expression } from '../expression.ts';
import { likePattern, literalPattern, regexOf, replacementOf, splitText } from '../patterns.ts';
import * as text from '../text.ts';

/** `concat` of strings, or of arrays. */
export function concatenation(site: CallSite): Expression {
  expectCount(site, 1, Infinity);
  const operands = operandsAt(site);
  const array = operands.find((o) => o.type.kind === 'array');
  if (array === undefined) {
    const strings = operands.map((_, i) => operandAs(site, i, STRING));
    const inline = (...parts: string[]): string => (parts.length === 1 ? parts[0] : `(${parts.join(' + ')})`);
    return call({ ...site, name: 'concat' }, strings, STRING, (...parts: string[]) => parts.join(''), { inline });
  }
  operands.forEach((o, i) => {
    if (o.type.kind !== 'array' && o.type.kind !== 'void') throw unexpected(site, i, o, 'an array like the others');
  });
  const arrays = operands.map((_, i) => operandAs(site, i, array.type));
  return call({ ...site, name: 'concat' }, arrays, array.type, (...parts: Value[][]) => parts.flat(1));
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
  return takes([STRING], STRING, (value: string) => Array.from(value).reverse().join(''))(site);
}

/** A function with a regular expression; one that stands there as a literal is checked at once. */
export function withPattern(build: (site: CallSite) => Expression, index = 1): (site: CallSite) => Expression {
  return (site) => {
    const built = build(site);
    if (site.count > index) literalPattern(site.operand(index));
    return built;
  };
}

export const likeBuild = (escape: string, ignoreCase: boolean): ((site: CallSite) => Expression) =>
  takes([STRING, STRING], BOOLEAN, (value: string, pattern: string) =>
    likePattern(pattern, escape, ignoreCase).test(value),
  );

export const regexMatch = withPattern(
  takes([STRING, STRING], BOOLEAN, (value: string, regex: string) => regexOf(regex).test(value)),
);

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
    name: 'trim',
    family,
    signature: 'trim(text string) -> string',
    summary: 'the text without spaces at either end',
    build: takes([STRING], STRING, (value: string) => text.trimStart(text.trimEnd(value, ' '), ' ')),
  },
  {
    name: 'btrim',
    family,
    signature: 'btrim(text string [, characters string]) -> string',
    summary: 'the text without the characters (spaces) at either end',
    build: takes(
      [STRING, STRING],
      STRING,
      (value: string, characters = ' ') => text.trimStart(text.trimEnd(value, characters), characters),
      { optional: 1 },
    ),
  },
  {
    name: 'ltrim',
    family,
    signature: 'ltrim(text string) -> string',
    summary: 'the text without spaces at its start',
    build: takes([STRING], STRING, (value: string) => text.trimStart(value, ' ')),
  },
  {
    name: 'rtrim',
    family,
    signature: 'rtrim(text string) -> string',
    summary: 'the text without spaces at its end',
    build: takes([STRING], STRING, (value: string) => text.trimEnd(value, ' ')),
  },
  {
    name: 'length',
    aliases: ['char_length', 'character_length', 'len'],
    family,
    signature: 'length(text string|binary) -> int',
    summary: 'number of characters, or of bytes of a binary',
    build: (site) => {
      expectCount(site, 1);
      if (site.operand(0).type.kind !== 'binary') return takes([STRING], INT, text.length)(site);
      return takes([BINARY], INT, (value: Uint8Array) => value.length)(site);
    },
  },
  {
    name: 'substring',
    aliases: ['substr'],
    family,
    signature: 'substring(text string, position int [, length int]) -> string',
    summary: 'characters from a position (1 is the first, negative counts from the end)',
    build: takes([STRING, INT, INT], STRING, text.substring, { optional: 1 }),
  },
  {
    name: 'left',
    family,
    signature: 'left(text string, length int) -> string',
    summary: 'the first characters',
    build: takes([STRING, INT], STRING, (value: string, length: number) => text.substring(value, 1, length)),
  },
  {
    name: 'right',
    family,
    signature: 'right(text string, length int) -> string',
    summary: 'the last characters',
    build: takes([STRING, INT], STRING, (value: string, length: number) =>
      length <= 0 ? '' : text.substring(value, -length, length),
    ),
  },
  {
    name: 'concat',
    family,
    signature: 'concat(part string|array, …) -> string|array',
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
    name: 'split',
    family,
    signature: 'split(text string, regex string [, limit int]) -> array<string>',
    summary: 'the parts between the matches; with a positive limit at most so many',
    build: withPattern(takes([STRING, STRING, INT], arrayOf(STRING), splitText, { optional: 1 })),
  },
  {
    name: 'split_part',
    family,
    signature: 'split_part(text string, delimiter string, part int) -> string',
    summary: 'one part (1 is the first, negative counts from the end), empty when there is none',
    build: takes([STRING, STRING, INT], STRING, text.splitPart),
  },
  {
    name: 'instr',
    family,
    signature: 'instr(text string, search string) -> int',
    summary: 'position of the first occurrence, 0 when there is none',
    build: takes([STRING, STRING], INT, (value: string, search: string) => text.locate(search, value, 1)),
  },
  {
    name: 'locate',
    aliases: ['position', 'charindex'],
    family,
    signature: 'locate(search string, text string [, from int]) -> int',
    summary: 'position of the first occurrence at or behind `from`, 0 when there is none',
    build: takes([STRING, STRING, INT], INT, text.locate, { optional: 1 }),
  },
  {
    name: 'lpad',
    family,
    signature: 'lpad(text string, length int [, pad string]) -> string',
    summary: 'the text brought to a length, padded or cut, on the left',
    build: takes(
      [STRING, INT, STRING],
      STRING,
      (value: string, length: number, pad = ' ') => text.padded(value, length, pad, 'left'),
      { optional: 1 },
    ),
  },
  {
    name: 'rpad',
    family,
    signature: 'rpad(text string, length int [, pad string]) -> string',
    summary: 'the text brought to a length, padded or cut, on the right',
    build: takes(
      [STRING, INT, STRING],
      STRING,
      (value: string, length: number, pad = ' ') => text.padded(value, length, pad, 'right'),
      { optional: 1 },
    ),
  },
  {
    name: 'repeat',
    family,
    signature: 'repeat(text string, times int) -> string',
    summary: 'the text that many times',
    build: takes([STRING, INT], STRING, text.repeat),
  },
  {
    name: 'reverse',
    family,
    signature: 'reverse(text string|array) -> string|array',
    summary: 'the characters or elements from the last to the first',
    build: reversed,
  },
  {
    name: 'startswith',
    family,
    signature: 'startswith(text string, prefix string) -> boolean',
    summary: 'whether the text begins so',
    build: takes([STRING, STRING], BOOLEAN, (value: string, prefix: string) => value.startsWith(prefix)),
  },
  {
    name: 'endswith',
    family,
    signature: 'endswith(text string, suffix string) -> boolean',
    summary: 'whether the text ends so',
    build: takes([STRING, STRING], BOOLEAN, (value: string, suffix: string) => value.endsWith(suffix)),
  },
  {
    name: 'contains',
    family,
    signature: 'contains(text string, search string) -> boolean',
    summary: 'whether the text occurs in it',
    build: takes([STRING, STRING], BOOLEAN, (value: string, search: string) => value.includes(search)),
  },
  {
    name: 'like',
    family,
    signature: 'like(text string, pattern string) -> boolean',
    summary: 'whether the whole text fits a pattern of % (any text) and _ (any character)',
    build: likeBuild('\\', false),
  },
  {
    name: 'rlike',
    aliases: ['regexp', 'regexp_like'],
    family,
    signature: 'rlike(text string, regex string) -> boolean',
    summary: 'whether the regular expression matches somewhere',
    build: regexMatch,
  },
  {
    name: 'regexp_replace',
    family,
    signature: 'regexp_replace(text string, regex string, replacement string) -> string',
    summary: 'the text with every match replaced; $1 stands for the first group',
    build: withPattern(
      takes([STRING, STRING, STRING], STRING, (value: string, regex: string, replacement: string) =>
        value.replace(regexOf(regex, 'g'), replacementOf(replacement)),
      ),
    ),
  },
  {
    name: 'regexp_extract',
    family,
    signature: 'regexp_extract(text string, regex string [, group int]) -> string',
    summary: 'a group (the first) of the first match, empty when there is none; 0 is the whole match',
    build: withPattern(takes([STRING, STRING, INT], STRING, text.extract, { optional: 1 })),
  },
  {
    name: 'ascii',
    family,
    signature: 'ascii(text string) -> int',
    summary: 'code point of the first character, 0 for an empty text',
    build: takes([STRING], INT, (value: string) => value.codePointAt(0) ?? 0),
  },
];

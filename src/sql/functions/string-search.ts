import { BINARY, BOOLEAN, INT, STRING } from '../../core/types.ts';
import * as bytes from '../byte-strings.ts';
import type { Evaluate, Expression } from '../expression.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { call, expectCount, operandAs, takes } from '../function-spec.ts';
import { Complaint } from '../complaint.ts';
import { ofEither } from './strings.ts';
import { likePattern } from '../patterns.ts';
import * as text from '../text.ts';

/** LIKE with a fixed escape character. */
export const likeBuild = (escape: string, ignoreCase: boolean): ((site: CallSite) => Expression) =>
  takes([STRING, STRING], BOOLEAN, (value: string, pattern: string) =>
    likePattern(pattern, escape, ignoreCase).test(value),
  );

/** LIKE as a function, whose third operand is the escape character. */
const likeFunction =
  (ignoreCase: boolean) =>
  (site: CallSite): Expression => {
    expectCount(site, 2, 3);
    if (site.count === 2) return likeBuild('\\', ignoreCase)(site);
    const escape = site.operand(2);
    if (escape.kind !== 'literal' || typeof escape.value !== 'string' || [...escape.value].length !== 1)
      throw new Complaint('INVALID_ESCAPE_CHAR', escape.span, 'the escape must be one character in quotes');
    const operands = [operandAs(site, 0, STRING), operandAs(site, 1, STRING), escape];
    return call(site, operands, BOOLEAN, (value: string, pattern: string, character: string) =>
      likePattern(pattern, character, ignoreCase).test(value),
    );
  };

/** `locate`, which gives 0, not null, for a position that is null. */
function locate(site: CallSite): Expression {
  expectCount(site, 2, 3);
  const search = operandAs(site, 0, STRING);
  const value = operandAs(site, 1, STRING);
  if (site.count === 2) return call(site, [search, value], INT, (a: string, b: string) => text.locate(a, b));
  const from = (a: string | null, b: string | null, position: number | null): number | null =>
    position === null ? 0 : a === null || b === null ? null : text.locate(a, b, position);
  return call(site, [search, value, operandAs(site, 2, INT)], INT, from, { nulls: 'passed' });
}

/** A question about a part of a text or of a binary. */
const asked = (ofTexts: Evaluate, ofBytes: Evaluate): ((site: CallSite) => Expression) =>
  ofEither(takes([STRING, STRING], BOOLEAN, ofTexts), takes([BINARY, BINARY], BOOLEAN, ofBytes));

const family = 'strings';

export const STRING_SEARCH: readonly FunctionSpec[] = [
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
    build: locate,
  },
  {
    name: 'find_in_set',
    family,
    signature: 'find_in_set(text string, list string) -> int',
    summary: 'position in a list with commas, 0 when it is not there or has a comma itself',
    build: takes([STRING, STRING], INT, text.findInSet),
  },
  {
    name: 'startswith',
    family,
    signature: 'startswith(text string|binary, prefix string|binary) -> boolean',
    summary: 'whether the text begins so',
    build: asked((value: string, prefix: string) => value.startsWith(prefix), bytes.startsWith),
  },
  {
    name: 'endswith',
    family,
    signature: 'endswith(text string|binary, suffix string|binary) -> boolean',
    summary: 'whether the text ends so',
    build: asked((value: string, suffix: string) => value.endsWith(suffix), bytes.endsWith),
  },
  {
    name: 'contains',
    family,
    signature: 'contains(text string|binary, search string|binary) -> boolean',
    summary: 'whether the text occurs in it',
    build: asked((value: string, search: string) => value.includes(search), bytes.contains),
  },
  {
    name: 'like',
    family,
    signature: 'like(text string, pattern string [, escape string]) -> boolean',
    summary: 'whether the whole text fits a pattern of % (any text) and _ (any character)',
    build: likeFunction(false),
  },
  {
    name: 'ilike',
    family,
    signature: 'ilike(text string, pattern string [, escape string]) -> boolean',
    summary: 'like without regard to case',
    build: likeFunction(true),
  },
  {
    name: 'levenshtein',
    family,
    signature: 'levenshtein(a string, b string [, threshold int]) -> int',
    summary: 'least number of characters to insert, remove or replace; -1 beyond the threshold',
    build: takes([STRING, STRING, INT], INT, text.levenshtein, { optional: 1 }),
  },
  {
    name: 'soundex',
    family,
    signature: 'soundex(text string) -> string',
    summary: 'the Soundex code of a word',
    build: takes([STRING], STRING, text.soundex),
  },
  {
    name: 'luhn_check',
    family,
    signature: 'luhn_check(digits string) -> boolean',
    summary: "whether the digits pass Luhn's check",
    build: takes([STRING], BOOLEAN, text.luhn),
  },
];

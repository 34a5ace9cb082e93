import { arrayOf, BOOLEAN, INT, STRING } from '../../core/types.ts';
import type { Expression } from '../expression.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { takes } from '../function-spec.ts';
import * as matching from '../matching.ts';
import { literalPattern } from '../patterns.ts';

/** A function with a regular expression as its second operand; one that stands there as a literal is checked at once. */
function withPattern(build: (site: CallSite) => Expression): (site: CallSite) => Expression {
  return (site) => {
    const built = build(site);
    if (site.count > 1) literalPattern(site.operand(1));
    return built;
  };
}

export const regexMatch = withPattern(takes([STRING, STRING], BOOLEAN, matching.matches));

const family = 'strings';

export const REGEX: readonly FunctionSpec[] = [
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
    signature: 'regexp_replace(text string, regex string, replacement string [, position int]) -> string',
    summary: 'the text with every match at or behind the position replaced; $1 stands for the first group',
    build: withPattern(takes([STRING, STRING, STRING, INT], STRING, matching.replaceMatches, { optional: 1 })),
  },
  {
    name: 'regexp_extract',
    family,
    signature: 'regexp_extract(text string, regex string [, group int]) -> string',
    summary: 'a group (the first) of the first match, empty when there is none; 0 is the whole match',
    build: withPattern(takes([STRING, STRING, INT], STRING, matching.extract, { optional: 1 })),
  },
  {
    name: 'regexp_extract_all',
    family,
    signature: 'regexp_extract_all(text string, regex string [, group int]) -> array<string>',
    summary: 'a group (the first) of every match; 0 is the whole match',
    build: withPattern(takes([STRING, STRING, INT], arrayOf(STRING), matching.extractAll, { optional: 1 })),
  },
  {
    name: 'regexp_count',
    family,
    signature: 'regexp_count(text string, regex string) -> int',
    summary: 'number of matches',
    build: withPattern(takes([STRING, STRING], INT, matching.occurrences)),
  },
  {
    name: 'regexp_instr',
    family,
    signature: 'regexp_instr(text string, regex string [, group int]) -> int',
    summary: 'position of the first match, 0 when there is none; the group changes nothing, as in Spark',
    build: withPattern(takes([STRING, STRING, INT], INT, matching.matchPosition, { optional: 1 })),
  },
  {
    name: 'regexp_substr',
    family,
    signature: 'regexp_substr(text string, regex string) -> string',
    summary: 'the first match, null when there is none',
    build: withPattern(takes([STRING, STRING], STRING, matching.firstMatch)),
  },
  {
    name: 'split',
    family,
    signature: 'split(text string, regex string [, limit int]) -> array<string>',
    summary: 'the parts between the matches; with a positive limit at most so many',
    build: withPattern(takes([STRING, STRING, INT], arrayOf(STRING), matching.splitText, { optional: 1 })),
  },
];

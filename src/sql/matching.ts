import type { Value } from '../core/types.ts';
import { fail } from './failure.ts';
import type { Pattern } from './patterns.ts';
import { patternOf } from './patterns.ts';
import { length } from './text.ts';

/** Functions over the matches of a regular expression. */

export const matches = (text: string, regex: string): boolean => patternOf(regex).first.test(text);

/** A group of the first match; empty when there is no match or the group took no part in it. */
export function extract(text: string, regex: string, group = 1): string {
  const { first, groups } = patternOf(regex);
  const match = first.exec(text);
  if (match === null) return '';
  checkGroup(group, groups, regex);
  return match[group] ?? '';
}

/** A group of every match. */
export function extractAll(text: string, regex: string, group = 1): Value[] {
  const { every, groups } = patternOf(regex);
  every.lastIndex = 0;
  const found: Value[] = [];
  for (let match = every.exec(text); match !== null; match = every.exec(text)) {
    checkGroup(group, groups, regex);
    found.push(match[group] ?? '');
    if (match[0] === '') every.lastIndex = behind(text, match.index);
  }
  return found;
}

function checkGroup(group: number, groups: number, regex: string): void {
  if (group >= 0 && group <= groups) return;
  fail('INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX', `'${regex}' has ${groups} groups, not ${group}`);
}

const behind = (text: string, index: number): number => index + ((text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1);

export const occurrences = (text: string, regex: string): number => extractAll(text, regex, 0).length;

/** Position of the character where the first match begins; 0 when there is none. */
export function matchPosition(text: string, regex: string): number {
  const found = text.search(patternOf(regex).first);
  return found < 0 ? 0 : length(text.slice(0, found)) + 1;
}

/** The first match, null when there is none or it is empty. */
export function firstMatch(text: string, regex: string): string | null {
  const match = patternOf(regex).first.exec(text);
  return match === null || match[0] === '' ? null : match[0];
}

/** Every match from a position on (in UTF-16 units, as in Spark) replaced; to the pattern, the text begins there. */
export function replaceMatches(text: string, regex: string, replacement: string, position = 1): string {
  if (position < 1)
    return fail('DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE', `the position must be 1 or more, not ${position}`);
  if (position > 1 && position > text.length) return text;
  const pattern = patternOf(regex);
  const by = replacementOf(replacement, pattern);
  if (position === 1) return text.replace(pattern.every, by);
  return text.slice(0, position - 1) + text.slice(position - 1).replace(pattern.every, by);
}

/** Java's `$1`, `${name}` and `\$` in JavaScript's notation. */
function replacementOf(replacement: string, { groups, first }: Pattern): string {
  if (!/[\\$]/.test(replacement)) return replacement;
  return replacement.replace(/\\([^]?)|\$(\d+|\{\w*\})?/g, (whole, escaped?: string, group?: string) => {
    if (escaped === '' || (escaped === undefined && group === undefined)) return wrongReference(whole, replacement);
    if (escaped !== undefined) return escaped === '$' ? '$$' : escaped;
    if (group === undefined || group.startsWith('{')) {
      const name = group?.slice(1, -1) ?? '';
      return first.source.includes(`(?<${name}>`) ? `$<${name}>` : wrongReference(whole, replacement);
    }
    // As many digits as name a group; the others are text.
    let digits = 1;
    while (digits < group.length && Number(group.slice(0, digits + 1)) <= groups) digits++;
    const index = Number(group.slice(0, digits));
    if (index > groups) return wrongReference(whole, replacement);
    const reference = index === 0 ? '$&' : `$${String(index).padStart(2, '0')}`;
    return reference + group.slice(digits);
  });
}

const wrongReference = (reference: string, replacement: string): never =>
  fail(
    'INVALID_REGEXP_REPLACE',
    `'${reference}' in the replacement '${replacement}' names no group; a literal $ is written \\$`,
  );

const META = /[\\^$.|?*+()[\]{}]/;

/**
 * The parts of a text between the matches of a regular expression. With a positive limit there are at most so many and the last holds the
 * rest; empty parts at the end are kept.
 */
export function splitText(value: string, pattern: string, limit = -1): string[] {
  if (pattern === '') {
    if (value === '') return [''];
    const characters: string[] = Array.from(value);
    if (limit <= 0 || limit >= characters.length) return characters;
    return [...characters.slice(0, limit - 1), characters.slice(limit - 1).join('')];
  }
  if (limit <= 0 && !META.test(pattern)) return value.split(pattern);
  const { every } = patternOf(pattern);
  every.lastIndex = 0;
  const parts: string[] = [];
  let start = 0;
  for (const match of value.matchAll(every)) {
    if (limit > 0 && parts.length === limit - 1) break;
    const end = match.index + match[0].length;
    // As in Java, a match without characters at the very start makes no empty part.
    if (end === 0) continue;
    parts.push(value.slice(start, match.index));
    start = end;
  }
  parts.push(value.slice(start));
  return parts;
}

import type { Value } from '../core/types.ts';
import { Complaint } from './complaint.ts';
import type { Expression } from './expression.ts';
import { fail } from './failure.ts';

/** Compiled patterns by their text; emptied when full, as patterns that come out of data could be many. */
const compiled = new Map<string, RegExp>();
const CAPACITY = 1_000;

function cached(key: string, compile: () => RegExp): RegExp {
  let regex = compiled.get(key);
  if (regex === undefined) {
    regex = compile();
    if (compiled.size >= CAPACITY) compiled.clear();
    compiled.set(key, regex);
  }
  regex.lastIndex = 0;
  return regex;
}

/** The regular expression of a text. Throws INVALID_PARAMETER_VALUE.PATTERN. */
export function regexOf(pattern: string, flags: '' | 'g' = ''): RegExp {
  return cached(`${flags}/${pattern}`, () => {
    const regex = compileRegex(pattern, flags);
    return regex ?? fail('INVALID_PARAMETER_VALUE.PATTERN', `'${pattern}' is not a regular expression`);
  });
}

/**
 * A regular expression in Java's notation, as far as JavaScript has it; flags may stand at its start, as in `(?i)abc`. Null when it is none.
 */
function compileRegex(pattern: string, flags: string): RegExp | null {
  const [, letters, rest] = /^\(\?([ims]+)\)([\s\S]*)$/.exec(pattern) ?? [pattern, '', pattern];
  // Code points first; but with `u` JavaScript refuses escapes that Java allows, such as `\-`.
  for (const mode of ['u', '']) {
    try {
      return new RegExp(rest, `${flags}${[...new Set(letters)].join('')}${mode}`);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return null;
}

/** Complains when the operand is a literal and not a regular expression. */
export function literalPattern(operand: Expression): void {
  if (operand.kind !== 'literal' || typeof operand.value !== 'string') return;
  if (compileRegex(operand.value, '') !== null) return;
  throw new Complaint(
    'INVALID_PARAMETER_VALUE.PATTERN',
    operand.span,
    `'${operand.value}' is not a regular expression`,
    "check its brackets; a backslash is written twice, or the literal as r'…'",
  );
}

/** A LIKE pattern as a regular expression over the whole text. Throws INVALID_FORMAT.ESC_IN_THE_MIDDLE, as Spark, for `\a`. */
export function likePattern(pattern: string, escape: string, ignoreCase: boolean): RegExp {
  return cached(`like${ignoreCase ? 'i' : ''}${escape}${pattern}`, () => {
    let source = '';
    const characters = [...pattern];
    for (let i = 0; i < characters.length; i++) {
      let character = characters[i];
      if (character === escape) {
        character = characters[++i];
        if (character !== '%' && character !== '_' && character !== escape) {
          return fail(
            'INVALID_FORMAT.ESC_IN_THE_MIDDLE',
            `in the pattern '${pattern}' only %, _ or ${escape} may follow ${escape}`,
          );
        }
        source += literalSource(character);
      } else if (character === '%') source += '.*';
      else if (character === '_') source += '.';
      else source += literalSource(character);
    }
    return new RegExp(`^${source}$`, ignoreCase ? 'sui' : 'su');
  });
}

const literalSource = (character: string): string =>
  /[$()*+./?[\\\]^{|}]/.test(character) ? `\\${character}` : character;

/** Java's `$1` and `\$` in JavaScript's notation. */
export function replacementOf(replacement: string): string {
  if (!/[\\$]/.test(replacement)) return replacement;
  return replacement.replace(/\\([\s\S])|\$(\d|\{\w+\})?/g, (whole, escaped?: string, group?: string) => {
    if (escaped !== undefined) return escaped === '$' ? '$$' : escaped;
    if (group === undefined) return '$$';
    return group.startsWith('{') ? `$<${group.slice(1, -1)}>` : whole;
  });
}

const META = /[\\^$.|?*+()[\]{}]/;

/**
 * The parts of a text between the matches of a regular expression. With a positive limit there are at most so many and the last holds the
 * rest; empty parts at the end are kept.
 */
export function splitText(value: string, pattern: string, limit = -1): Value[] {
  if (pattern === '') {
    if (value === '') return [''];
    const characters: string[] = Array.from(value);
    return limit > 0 ? characters.slice(0, limit) : characters;
  }
  if (limit <= 0 && !META.test(pattern)) return value.split(pattern);
  const parts: Value[] = [];
  let start = 0;
  for (const match of value.matchAll(regexOf(pattern, 'g'))) {
    if (limit > 0 && parts.length === limit - 1) break;
    const end = match.index + match[0].length;
    // As in Java, a match without characters at the very start makes no empty part, and none at the end either.
    if (end === 0) continue;
    if (match[0] === '' && match.index >= value.length) continue;
    parts.push(value.slice(start, match.index));
    start = end;
  }
  parts.push(value.slice(start));
  return parts;
}

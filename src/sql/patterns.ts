import { Complaint } from './complaint.ts';
import type { Expression } from './expression.ts';
import { fail } from './failure.ts';
import { translateJavaRegex, Untranslatable } from './java-regex.ts';

/** A regular expression in Java's notation, ready for use. */
export interface Pattern {
  /** Finds the first match. */
  readonly first: RegExp;
  /** Finds every match; its `lastIndex` is the caller's to set. */
  readonly every: RegExp;
  /** Number of capturing groups. */
  readonly groups: number;
}

/** Keeps what was made of a text; emptied when full, as patterns that come out of data could be many. */
class Cache<T> {
  private readonly kept = new Map<string, T>();

  of(key: string, make: () => T): T {
    let value = this.kept.get(key);
    if (value === undefined) {
      value = make();
      if (this.kept.size >= 1_000) this.kept.clear();
      this.kept.set(key, value);
    }
    return value;
  }
}

const patterns = new Cache<Pattern>();
const likes = new Cache<RegExp>();

/** The pattern of a text. Throws INVALID_PARAMETER_VALUE.PATTERN. */
export const patternOf = (text: string): Pattern =>
  patterns.of(text, () => {
    try {
      return compile(text);
    } catch (error) {
      if (!(error instanceof Untranslatable)) throw error;
      return fail('INVALID_PARAMETER_VALUE.PATTERN', `the regular expression '${text}' ${error.message}`);
    }
  });

function compile(text: string): Pattern {
  const { source, groups } = translateJavaRegex(text);
  try {
    return { first: new RegExp(source, 'v'), every: new RegExp(source, 'gv'), groups };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Untranslatable('is not valid', undefined);
  }
}

/** Complains when the operand is a literal and not a regular expression that can be used. */
export function literalPattern(operand: Expression): void {
  if (operand.kind !== 'literal' || typeof operand.value !== 'string') return;
  try {
    compile(operand.value);
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error;
    const message = `the regular expression '${operand.value}' ${error.message}`;
    throw new Complaint('INVALID_PARAMETER_VALUE.PATTERN', operand.span, message, error.remedy);
  }
}

/** A LIKE pattern as a regular expression over the whole text. Throws INVALID_FORMAT.ESC_IN_THE_MIDDLE, as Spark, for `\a`. */
export const likePattern = (pattern: string, escape: string, ignoreCase: boolean): RegExp =>
  likes.of(`${ignoreCase ? 'i' : ''}${escape}${pattern}`, () => {
    let source = '';
    const characters = [...pattern];
    for (let i = 0; i < characters.length; i++) {
      const character = characters[i];
      if (character === escape) source += literalSource(escapedBy(escape, characters[++i], pattern));
      else if (character === '%') source += '.*';
      else if (character === '_') source += '.';
      else source += literalSource(character);
    }
    return new RegExp(`^${source}$`, ignoreCase ? 'sui' : 'su');
  });

function escapedBy(escape: string, character: string | undefined, pattern: string): string {
  if (character === undefined)
    return fail('INVALID_FORMAT.ESC_AT_THE_END', `the pattern '${pattern}' ends with ${escape}`);
  if (character === '%' || character === '_' || character === escape) return character;
  const message = `in the pattern '${pattern}' only %, _ or ${escape} may follow ${escape}`;
  return fail('INVALID_FORMAT.ESC_IN_THE_MIDDLE', message);
}

const literalSource = (character: string): string =>
  /[$()*+./?[\\\]^{|}]/.test(character) ? `\\${character}` : character;

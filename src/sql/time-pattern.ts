import { fail } from './failure.ts';

/** A part of a datetime pattern: a run of one letter, text that stands for itself, or a part in `[ ]` that may be missing. */
export type PatternPart =
  | {
      readonly kind: 'field';
      readonly letter: string;
      readonly width: number;
      /** Digits that the fields directly behind take, which a field of no fixed width leaves to them. */
      readonly reserved: number;
    }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'optional'; readonly parts: readonly PatternPart[] };

/** The letters, and how many of each may stand together. */
const WIDEST: Readonly<Record<string, number>> = {
  G: 4,
  y: 6,
  M: 4,
  L: 4,
  d: 2,
  D: 3,
  Q: 4,
  q: 4,
  E: 4,
  F: 1,
  a: 1,
  H: 2,
  k: 2,
  K: 2,
  h: 2,
  m: 2,
  s: 2,
  S: 9,
  V: 2,
  z: 4,
  O: 4,
  X: 5,
  x: 5,
  Z: 5,
};

/** Letters that other engines or older versions know. */
const FOREIGN = 'YWwuecAnNpB';
/** Letters that a time is written with, but that say nothing to a reader. */
const WRITE_ONLY = 'EFqQ';
const VARYING = 'yMLdDHkKhms';

const parsed = new Map<string, readonly PatternPart[]>();

/**
 * The parts of a pattern such as `yyyy-MM-dd'T'HH:mm:ss[.SSS]`. Throws INVALID_DATETIME_PATTERN, or
 * INCONSISTENT_BEHAVIOR_CROSS_VERSION where Spark does, with what to do.
 */
export function patternParts(pattern: string): readonly PatternPart[] {
  let parts = parsed.get(pattern);
  if (parts === undefined) {
    parts = parse(pattern);
    if (parsed.size >= 1_000) parsed.clear();
    parsed.set(pattern, parts);
  }
  return parts;
}

/** The parts of a pattern that texts are read by. */
export function readingParts(pattern: string): readonly PatternPart[] {
  const parts = patternParts(pattern);
  const refused = lettersOf(parts).find((letter) => WRITE_ONLY.includes(letter));
  if (refused !== undefined)
    unrecognized(pattern, `${refused} does not tell a time: leave it out of a pattern for reading`);
  return parts;
}

const lettersOf = (parts: readonly PatternPart[]): string[] =>
  parts.flatMap((part) =>
    part.kind === 'field' ? [part.letter] : part.kind === 'optional' ? lettersOf(part.parts) : [],
  );

function parse(pattern: string): PatternPart[] {
  const open: PatternPart[][] = [[]];
  for (const [whole, quoted, letters] of pattern.matchAll(/'((?:[^']|'')*)'|(([A-Za-z])\3*)|[\s\S]/g)) {
    const current = open[open.length - 1];
    if (quoted !== undefined) current.push({ kind: 'text', text: quoted === '' ? "'" : quoted.replaceAll("''", "'") });
    else if (letters !== undefined) current.push(field(pattern, letters));
    else if (whole === '[') open.push([]);
    else if (whole === ']') {
      const parts = open.pop() ?? [];
      if (open.length === 0) invalid(pattern, 'has a ] without a [');
      open[open.length - 1].push({ kind: 'optional', parts: reserving(parts) });
    } else if (whole === "'") invalid(pattern, 'has a quote that is not closed');
    else if (/[{}#]/.test(whole)) unrecognized(pattern, `${whole} is reserved: put it in quotes`);
    else current.push({ kind: 'text', text: whole });
  }
  if (open.length > 1) invalid(pattern, 'has a [ without a ]');
  return reserving(open[0]);
}

function field(pattern: string, letters: string): PatternPart {
  const letter = letters[0];
  const widest = WIDEST[letter];
  if (widest === undefined) {
    if (FOREIGN.includes(letter)) unrecognized(pattern, `the letter ${letter} is not supported`);
    invalid(pattern, `has the unknown letter ${letter}`);
  }
  const width = letters.length;
  if ((letter === 'V' && width !== 2) || (letter === 'O' && width !== 1 && width !== 4))
    invalid(pattern, `has ${letters}: write ${letter === 'V' ? 'VV' : 'O or OOOO'}`);
  if (width > widest) unrecognized(pattern, `${letters} is not supported`);
  return { kind: 'field', letter, width, reserved: 0 };
}

/** The parts with what each leaves to the fields of fixed width behind it. */
function reserving(parts: readonly PatternPart[]): PatternPart[] {
  let reserved = 0;
  return parts
    .toReversed()
    .map((part): PatternPart => {
      const own = part.kind === 'field' ? { ...part, reserved } : part;
      reserved = part.kind === 'field' && part.width > 1 && VARYING.includes(part.letter) ? reserved + part.width : 0;
      return own;
    })
    .toReversed();
}

const invalid = (pattern: string, problem: string): never =>
  fail('INVALID_DATETIME_PATTERN.WITH_SUGGESTION', `the pattern '${pattern}' ${problem}`);

const unrecognized = (pattern: string, problem: string): never =>
  fail('INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION', `the pattern '${pattern}': ${problem}`);

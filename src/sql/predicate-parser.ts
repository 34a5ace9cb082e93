import type { Syntax } from './syntax.ts';
import type { TokenStream } from './tokens.ts';

/** What a predicate is made of, parsed by whoever parses expressions. */
export interface PredicateParts {
  /** The next expression, up to a predicate or a looser operator. */
  readonly operand: () => Syntax;
  /** Expressions with commas between them, up to and with the closing bracket. */
  readonly list: () => Syntax[];
}

const NEGATABLE = ['in', 'between', 'like', 'ilike', 'rlike', 'regexp'];

/** `is …`, `in …`, `between …`, `like …` behind `operand`; null when none follows. */
export function parsePredicate(tokens: TokenStream, operand: Syntax, parts: PredicateParts): Syntax | null {
  const { start } = operand;
  if (tokens.accept('is')) return isPredicate(tokens, operand, parts);
  const negated = tokens.is('not') && NEGATABLE.some((word) => tokens.is(word, 1));
  if (negated) tokens.take();
  if (tokens.accept('in')) {
    tokens.expect('(');
    const list = parts.list();
    return { kind: 'in', operand, list, negated, start, end: tokens.end };
  }
  if (tokens.accept('between')) {
    const low = parts.operand();
    tokens.expect('and');
    const high = parts.operand();
    return { kind: 'between', operand, low, high, negated, start, end: high.end };
  }
  for (const word of ['like', 'ilike', 'rlike', 'regexp'] as const) {
    if (!tokens.accept(word)) continue;
    if (word === 'like' || word === 'ilike') return likePredicate(tokens, operand, word, negated, parts);
    const pattern = parts.operand();
    return { kind: 'like', operator: 'rlike', operand, pattern, escape: '\\', negated, start, end: tokens.end };
  }
  return null;
}

function likePredicate(
  tokens: TokenStream,
  operand: Syntax,
  operator: 'like' | 'ilike',
  negated: boolean,
  parts: PredicateParts,
): Syntax {
  const { start } = operand;
  const quantifier = ['any', 'some', 'all'].find((word) => tokens.is(word) && tokens.is('(', 1));
  if (quantifier !== undefined) {
    tokens.at += 2;
    const joined = quantifier === 'all' ? 'and' : 'or';
    return parts
      .list()
      .map((pattern): Syntax => {
        const { end } = pattern;
        return { kind: 'like', operator, operand, pattern, escape: '\\', negated, start, end };
      })
      .reduce((left, right) => ({ kind: 'binary', operator: joined, left, right, start, end: tokens.end }));
  }
  const pattern = parts.operand();
  let escape = '\\';
  if (tokens.accept('escape')) {
    if (tokens.next.kind !== 'string' || [...tokens.next.text].length !== 1)
      tokens.fail('expected one character in quotes');
    escape = tokens.take().text;
  }
  return { kind: 'like', operator, operand, pattern, escape, negated, start, end: tokens.end };
}

function isPredicate(tokens: TokenStream, operand: Syntax, parts: PredicateParts): Syntax {
  const { start } = operand;
  const negated = tokens.accept('not');
  if (tokens.accept('distinct')) {
    tokens.expect('from');
    const right = parts.operand();
    const same: Syntax = { kind: 'binary', operator: '<=>', left: operand, right, start, end: right.end };
    return negated ? same : { kind: 'unary', operator: 'not', operand: same, start, end: right.end };
  }
  for (const [word, what] of [
    ['null', 'null'],
    ['unknown', 'null'],
    ['true', 'true'],
    ['false', 'false'],
  ] as const) {
    if (tokens.accept(word)) return { kind: 'is', operand, what, negated, start, end: tokens.end };
  }
  return tokens.fail('expected `null`, `true`, `false` or `distinct from`');
}

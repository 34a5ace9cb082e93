import type { Identifier, Syntax } from './syntax.ts';
import type { TokenStream } from './tokens.ts';

/** Parses the next expression; `tight` stops before predicates such as IN. */
type Operand = (tight: boolean) => Syntax;

/** Words that stand between the operands of a function in place of commas. */
const WORDS = new Map<string, readonly string[]>([
  ['substring', ['from', 'for']],
  ['substr', ['from', 'for']],
  ['overlay', ['placing', 'from', 'for']],
  ['position', ['in']],
]);

const TRIMS = new Map([
  ['both', 'btrim'],
  ['leading', 'ltrim'],
  ['trailing', 'rtrim'],
]);

/** Kinds of tokens that an operand begins with. */
const VALUES = { word: true, quoted: true, string: true, binary: true, number: true };

/**
 * The rest of a call with words between its operands, such as `substring(a from 2)`, `position(a in b)` or `trim(both a from b)`, up to the
 * bracket; null when the call is an ordinary one, of which nothing was then read.
 */
export function wordedCall(
  tokens: TokenStream,
  name: Identifier,
  operand: Operand,
): { readonly name: Identifier; readonly operands: Syntax[] } | null {
  const mark = tokens.at;
  const called = name.name.toLowerCase();
  if (called === 'trim') return trimCall(tokens, name, operand);
  const words = WORDS.get(called);
  if (words === undefined || tokens.is(')')) return null;
  const operands = [operand(true)];
  if (!tokens.is(words[0])) {
    tokens.at = mark;
    return null;
  }
  for (const word of words) if (tokens.accept(word)) operands.push(operand(true));
  tokens.expect(')');
  return { name, operands };
}

/** `trim([both|leading|trailing] [characters] from text)` becomes the trim of that side. */
function trimCall(
  tokens: TokenStream,
  name: Identifier,
  operand: Operand,
): { readonly name: Identifier; readonly operands: Syntax[] } | null {
  const mark = tokens.at;
  // Before an operator, a comma or the bracket, the word is a column.
  const side = [...TRIMS.keys()].find(
    (word) => tokens.is(word) && (tokens.is('(', 1) || tokens.peek(1).kind in VALUES),
  );
  if (side !== undefined) tokens.take();
  const characters = tokens.is('from') || tokens.is(')') ? [] : [operand(false)];
  if (side !== undefined) tokens.expect('from');
  else if (!tokens.accept('from')) {
    tokens.at = mark;
    return null;
  }
  const text = operand(false);
  tokens.expect(')');
  const called = { ...name, name: TRIMS.get(side ?? 'both') ?? 'btrim' };
  // btrim takes the text first, the others the characters.
  return { name: called, operands: called.name === 'btrim' ? [text, ...characters] : [...characters, text] };
}

import type { DataType, Value } from '../core/types.ts';
import { BIGINT, DOUBLE, FLOAT, INT, SMALLINT, TINYINT } from '../core/types.ts';
import { Complaint } from './complaint.ts';
import type { LiteralSyntax } from './syntax.ts';
import type { TokenStream } from './tokens.ts';

export const literal = (value: Value, type: DataType, start: number, end: number): LiteralSyntax => ({
  kind: 'literal',
  value,
  type,
  start,
  end,
});

/** Limits of the integer types, by suffix; a value is below the limit and not below its negative. */
const INTEGERS: Readonly<Record<string, readonly [DataType, number]>> = {
  y: [TINYINT, 2 ** 7],
  s: [SMALLINT, 2 ** 15],
  '': [INT, 2 ** 31],
  l: [BIGINT, 2 ** 53],
};

/**
 * The next token as a number, with the suffixes Y, S, L, F and D; `start` is where its sign stands, if it has one. Without a suffix a fraction
 * is a double, and a whole number an int, or a bigint where it is too large. Throws INVALID_NUMERIC_LITERAL_RANGE.
 */
export function numberLiteral(tokens: TokenStream, start: number): LiteralSyntax {
  const token = tokens.take();
  const [, digits, written] = /^(.*?)(bd|[lsydf]?)$/i.exec(token.text) ?? [token.text, token.text, ''];
  const suffix = written.toLowerCase();
  const span = tokens.span(start, token.end);
  const value = (start < token.start ? -1 : 1) * Number(digits);
  const isWhole = /^\d+$/.test(digits);

  if (suffix === 'bd') {
    const message = 'decimal literals are not supported yet';
    throw new Complaint('UNSUPPORTED_DATATYPE', span, message, 'leave out `BD` for a double');
  }
  if (suffix === 'f') return literal(Math.fround(value), FLOAT, start, token.end);
  if (suffix === 'd' || (suffix === '' && !isWhole)) return literal(value, DOUBLE, start, token.end);

  const fits = ([, limit]: readonly [DataType, number]): boolean => isWhole && value < limit && value >= -limit;
  // The least bigint of all, -2^53, is not told apart from its neighbour.
  const candidates = suffix === '' ? [INTEGERS[''], INTEGERS.l] : [INTEGERS[suffix]];
  const found = candidates.find((candidate) => fits(candidate) && Number.isSafeInteger(value));
  if (found !== undefined) return literal(value + 0, found[0], start, token.end);
  const { kind } = candidates[candidates.length - 1][0];
  const remedy = kind === 'bigint' && isWhole ? 'a bigint is held exactly up to 9007199254740991' : '';
  throw new Complaint('INVALID_NUMERIC_LITERAL_RANGE', span, `${token.text} is no ${kind}`, remedy);
}

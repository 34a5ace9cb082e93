import { decimalOfDigits, digitsOf, MOST_DIGITS } from '../core/decimal.ts';
import type { Span } from '../core/diagnostic.ts';
import type { DataType, Value } from '../core/types.ts';
import { BIGINT, DOUBLE, FLOAT, INT, SMALLINT, TINYINT } from '../core/types.ts';
import { Complaint } from './complaint.ts';
import { narrowest } from './decimal.ts';
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
 * The next token as a number, with the suffixes Y, S, L, F, D and BD; `start` is where its sign stands, if it has one. Without a suffix a
 * number with an exponent is a double, one with a point a decimal, and a whole number an int, or a bigint or decimal where it is too large.
 * Throws INVALID_NUMERIC_LITERAL_RANGE or DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION.
 */
export function numberLiteral(tokens: TokenStream, start: number): LiteralSyntax {
  const token = tokens.take();
  const [, digits, written] = /^(.*?)(bd|[lsydf]?)$/i.exec(token.text) ?? [token.text, token.text, ''];
  const suffix = written.toLowerCase();
  const span = tokens.span(start, token.end);
  const sign = start < token.start ? '-' : '';
  const value = Number(sign + digits);
  const isWhole = /^\d+$/.test(digits);

  const place = [start, token.end] as const;
  if (suffix === 'f') return literal(Math.fround(value), FLOAT, ...place);
  if (suffix === 'd' || (suffix === '' && /e/i.test(digits))) return literal(value, DOUBLE, ...place);
  if (suffix === 'bd' || (suffix === '' && (!isWhole || Math.abs(value) >= 2 ** 63)))
    return literal(...decimal(sign + digits, span), ...place);

  const fits = ([, limit]: readonly [DataType, number]): boolean => isWhole && value < limit && value >= -limit;
  // The least bigint of all, -2^53, is not told apart from its neighbour.
  const candidates = suffix === '' ? [INTEGERS[''], INTEGERS.l] : [INTEGERS[suffix]];
  const found = candidates.find((candidate) => fits(candidate) && Number.isSafeInteger(value));
  if (found !== undefined) return literal(value + 0, found[0], start, token.end);
  const { kind } = candidates[candidates.length - 1][0];
  const remedy = kind === 'bigint' && isWhole ? 'a bigint is held exactly up to 9007199254740991' : '';
  throw new Complaint('INVALID_NUMERIC_LITERAL_RANGE', span, `${token.text} is no ${kind}`, remedy);
}

/** The decimal of the narrowest type that has all its digits. */
function decimal(text: string, span: Span): [Value, DataType] {
  const digits = digitsOf(text) ?? { unscaled: 0n, scale: 0 };
  const type = narrowest(digits);
  if (type.precision <= MOST_DIGITS) return [decimalOfDigits(digits, type), type];
  const message = `${text} has ${type.precision} digits; a decimal has at most ${MOST_DIGITS}`;
  throw new Complaint('DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION', span, message, 'write a D behind it for a double');
}

import { overflow } from './arithmetic.ts';

/** An integer in a base, a negative one as its 64-bit two's complement. */
export const unsignedText = (value: number, base: number): string =>
  (value >= 0 ? value.toString(base) : BigInt.asUintN(64, BigInt(value)).toString(base)).toUpperCase();

const MOST = (1n << 64n) - 1n;

/**
 * Digits of the base `from` in the base `to`, as 64 bits without a sign, or with a sign when `to` is negative. Reading stops at the first
 * character that is no digit. Null for an empty text or a base beyond 2 to 36. Throws ARITHMETIC_OVERFLOW.
 */
export function convertBase(text: string, from: number, to: number): string | null {
  const digits = text.replace(/^ +| +$/g, '');
  const base = Math.abs(to);
  if (digits === '' || from < 2 || from > 36 || base < 2 || base > 36) return null;
  const negative = digits.startsWith('-');
  const size = leadingNumber(negative ? digits.slice(1) : digits, from);
  if (to < 0) {
    const value = BigInt.asIntN(64, size);
    const sign = negative || value < 0n ? '-' : '';
    return sign + (value < 0n ? -value : value).toString(base).toUpperCase();
  }
  // As Spark: a negative number that 64 bits with a sign cannot hold becomes the largest one.
  const value = !negative ? size : size >= 1n << 63n ? MOST : BigInt.asUintN(64, -size);
  return value.toString(base).toUpperCase();
}

function leadingNumber(digits: string, base: number): bigint {
  let size = 0n;
  for (const character of digits) {
    const digit = /^[0-9a-zA-Z]$/.test(character) ? parseInt(character, 36) : 36;
    if (digit >= base) break;
    size = size * BigInt(base) + BigInt(digit);
    if (size > MOST) return overflow('unsigned 64-bit');
  }
  return size;
}

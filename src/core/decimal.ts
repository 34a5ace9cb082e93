import type { DecimalType } from './types.ts';

/** The most digits that a decimal may have. */
export const MOST_DIGITS = 38;

const POWERS: readonly bigint[] = Array.from({ length: 2 * MOST_DIGITS + 2 }, (_, exponent) => 10n ** BigInt(exponent));

/** 10 to a power that is not negative. */
export const powerOfTen = (exponent: number): bigint => POWERS[exponent] ?? 10n ** BigInt(exponent);

export type DecimalRounding = 'halfUp' | 'halfDown' | 'halfEven' | 'up' | 'down';

/**
 * The quotient as a whole number. `halfUp` goes away from zero and `halfDown` towards it where two are equally near, `up` and `down` go towards
 * the infinities.
 */
export function quotient(dividend: bigint, divisor: bigint, rounding: DecimalRounding = 'halfUp'): bigint {
  const whole = dividend / divisor;
  const rest = dividend - whole * divisor;
  if (rest === 0n) return whole;
  const negative = dividend < 0n !== divisor < 0n;
  return goesAway(whole, rest, divisor, negative, rounding) ? whole + (negative ? -1n : 1n) : whole;
}

function goesAway(whole: bigint, rest: bigint, divisor: bigint, negative: boolean, rounding: DecimalRounding): boolean {
  if (rounding === 'up') return !negative;
  if (rounding === 'down') return negative;
  const distance = 2n * size(rest) - size(divisor);
  if (distance !== 0n) return distance > 0n;
  return rounding === 'halfUp' || (rounding === 'halfEven' && (whole & 1n) === 1n);
}

const size = (value: bigint): bigint => (value < 0n ? -value : value);

/** The same number with another count of digits behind the point; further ones are rounded. */
export function rescaled(unscaled: bigint, from: number, to: number, rounding: DecimalRounding = 'halfUp'): bigint {
  if (from === to) return unscaled;
  return from < to ? unscaled * powerOfTen(to - from) : quotient(unscaled, powerOfTen(from - to), rounding);
}

/** Whether the value has at most so many digits. */
export function fitsDigits(unscaled: bigint, precision: number): boolean {
  const limit = powerOfTen(precision);
  return unscaled < limit && unscaled > -limit;
}

/** How many digits the number has; 0 has one. */
export const digitCount = (unscaled: bigint): number => String(size(unscaled)).length;

/** A number of any size: `unscaled` divided by 10 to the power of `scale`, which may be negative. */
export interface Digits {
  readonly unscaled: bigint;
  readonly scale: number;
}

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/;

/** The number that a text such as `-1.50` or `2e-3` writes, with every digit; null where it writes none. */
export function digitsOf(text: string): Digits | null {
  const match = NUMBER.exec(text);
  if (match === null) return null;
  const [, sign, whole, fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return null;
  const unscaled = BigInt(whole + fraction);
  return { unscaled: sign === '-' ? -unscaled : unscaled, scale: fraction.length - Number(exponent) };
}

/** The number as a value of the type, further digits rounded half up; null where it has too many in front of the point. */
export function decimalOfDigits({ unscaled, scale }: Digits, type: DecimalType): bigint | null {
  const shift = type.scale - scale;
  if (unscaled === 0n) return 0n;
  // What is far too large or too small need not be written out.
  if (shift > MOST_DIGITS) return null;
  if (-shift > digitCount(unscaled)) return 0n;
  const value = rescaled(unscaled, scale, type.scale);
  return fitsDigits(value, type.precision) ? value : null;
}

/** The decimal of the type that a text writes, further digits rounded half up; null where it writes none or one that is too large. */
export function decimalFromText(text: string, type: DecimalType): bigint | null {
  const short = shortDecimal(text, type);
  if (short !== null) return short;
  const digits = digitsOf(text);
  return digits === null ? null : decimalOfDigits(digits, type);
}

/** Digits that a JavaScript number keeps exactly. */
const SHORT = 15;

/** The same for the common case, digits that are few and need no rounding, in a fifth of the time; null in any other. */
function shortDecimal(text: string, { precision, scale }: DecimalType): bigint | null {
  const start = text.charCodeAt(0) === MINUS ? 1 : 0;
  const length = text.length;
  if (length > SHORT || length === start) return null;
  let value = 0;
  let point = -1;
  for (let i = start; i < length; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit >= 0 && digit <= 9) value = value * 10 + digit;
    else if (digit === POINT && point < 0 && i > start) point = i;
    else return null;
  }
  const missing = scale - (point < 0 ? 0 : length - point - 1);
  if (missing < 0) return null;
  const signed = start === 1 ? -value : value;
  const unscaled = missing === 0 ? BigInt(signed) : BigInt(signed) * powerOfTen(missing);
  return fitsDigits(unscaled, precision) ? unscaled : null;
}

const MINUS = 0x2d;
const ZERO = 0x30;
/** Counted from the zero. */
const POINT = 0x2e - ZERO;

/** The decimal with all digits behind the point, e.g. `-0.50`. */
export function decimalText(unscaled: bigint, scale: number): string {
  const text = String(unscaled);
  if (scale === 0) return text;
  const sign = unscaled < 0n ? '-' : '';
  const digits = text.slice(sign.length).padStart(scale + 1, '0');
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** The nearest double. */
export function decimalToDouble(unscaled: bigint, scale: number): number {
  const value = Number(unscaled);
  // The quotient of two numbers that are exact is the nearest double.
  return Number.isSafeInteger(value) && scale <= 22 ? value / 10 ** scale : Number(decimalText(unscaled, scale));
}

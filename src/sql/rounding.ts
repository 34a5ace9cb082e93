export type Rounding = 'halfUp' | 'halfEven';

/**
 * A double rounded to decimal places, which may be negative, by its shortest digits: 2.675 is a tie between 2.67 and 2.68. `halfUp` goes
 * away from zero.
 */
export function rounded(value: number, places: number, mode: Rounding): number {
  if (!Number.isFinite(value)) return value;
  if (value === 0) return 0;
  const shifted = scaled(Math.abs(value), places);
  if (!Number.isFinite(shifted) || (Number.isInteger(shifted) && shifted !== 0)) return value;
  const whole = Math.floor(shifted);
  const size = scaled(goesUp(shifted - whole, whole, mode) ? whole + 1 : whole, -places);
  // Adding zero turns -0 into 0: decimals have no negative zero.
  return Math.sign(value) * size + 0;
}

const goesUp = (fraction: number, whole: number, mode: Rounding): boolean =>
  fraction > 0.5 || (fraction === 0.5 && (mode === 'halfUp' || whole % 2 === 1));

/** The size times a power of ten, without the error of a multiplication. */
function scaled(size: number, power: number): number {
  if (power === 0) return size;
  const [mantissa, exponent = '0'] = String(size).split('e');
  return Number(`${mantissa}e${Number(exponent) + power}`);
}

/** The shortest digits that name the double, without its sign: it is `digits` times 10 to the power of `exponent`. */
export function shortestDigits(value: number): { digits: string; exponent: number } {
  const [mantissa, exponent = '0'] = String(Math.abs(value)).split('e');
  const [whole, fraction = ''] = mantissa.split('.');
  return { digits: (whole + fraction).replace(/^0+(?=.)/, ''), exponent: Number(exponent) - fraction.length };
}

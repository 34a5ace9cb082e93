import { decimalText } from '../core/decimal.ts';

/** A double as Java writes it: `1.0`, `1.0E10`, `1.0E-4`, `NaN`, `Infinity`. */
export function fractionText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value);
  const shortest = value.toExponential();
  // Java writes two digits at least, and where one would do those that are nearest: 4.9E-324.
  const [mantissa, exponent] = (shortest.includes('.') ? shortest : value.toExponential(1)).split('e');
  return `${mantissa}E${Number(exponent)}`;
}

/** A float, with the fewest digits that name it among floats. */
export function floatText(value: number): string {
  if (!Number.isFinite(value) || value === 0) return fractionText(value);
  for (let digits = 2; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return fractionText(short);
  }
  return fractionText(Number(value.toPrecision(9)));
}

/** A decimal as Java's toString writes it: as it is, but with an exponent where more than five zeros would follow the point. */
export function javaDecimalText(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled);
  const exponent = digits.length - 1 - scale;
  if (exponent >= -6) return decimalText(unscaled, scale);
  const fraction = digits.length === 1 ? '' : `.${digits.slice(1)}`;
  return `${unscaled < 0n ? '-' : ''}${digits[0]}${fraction}E${exponent}`;
}

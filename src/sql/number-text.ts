/** A double as Java writes it: `1.0`, `1.0E10`, `1.0E-4`, `NaN`, `Infinity`. */
export function fractionText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value);
  const [mantissa, exponent] = value.toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}

/** A float, with the fewest digits that name it among floats. */
export function floatText(value: number): string {
  if (!Number.isFinite(value) || value === 0) return fractionText(value);
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return fractionText(short);
  }
  return fractionText(Number(value.toPrecision(9)));
}

import { decimalText, rescaled } from '../core/decimal.ts';

/** As many as JavaScript writes. */
const MOST_PLACES = 100;

/** Rounds a finite double to decimal places, halves to the even digit, by its exact value: digits without a sign, as in `1234.50`. */
export function fixedHalfEven(value: number, places: number): string {
  const size = Math.abs(value);
  if (size >= 1e21) return BigInt(size).toString() + (places > 0 ? `.${'0'.repeat(places)}` : '');
  const digits = size.toFixed(Math.min(places, MOST_PLACES));
  // Halfway between two neighbours lies only what is whole when doubled, and that product is then exact.
  if (!Number.isInteger(size * (2 * 10 ** places))) return digits;
  const exact = size.toFixed(MOST_PLACES);
  const rest = exact.slice(exact.indexOf('.') + 1 + places);
  const tie = /^50*$/.test(rest);
  // toFixed takes the larger of two neighbours; the one below a tie is where the digits were cut.
  if (!tie || !/[13579]$/.test(digits)) return digits;
  return places === 0 ? exact.slice(0, exact.indexOf('.')) : exact.slice(0, exact.indexOf('.') + 1 + places);
}

export const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** A finite number: its sign, and the digits of its size rounded to decimal places, halves to the even digit. */
export interface Shown {
  readonly negative: boolean;
  readonly fixed: (places: number) => string;
}

const shownDouble = (value: number): Shown => ({
  negative: value < 0 || Object.is(value, -0),
  fixed: (places) => fixedHalfEven(value, places),
});
export const shownDecimal = (unscaled: bigint, scale: number): Shown => ({
  negative: unscaled < 0n,
  fixed: (places) => decimalText(rescaled(unscaled < 0n ? -unscaled : unscaled, scale, places, 'halfEven'), places),
});

/** A number with `,` between thousands and a fixed number of decimal places; null where that is negative. */
export function formatNumber(value: number | Shown, places: number): string | null {
  if (places < 0) return null;
  if (typeof value === 'number') return special(value) ?? formatNumber(shownDouble(value), places);
  return signed(value, separated(value.fixed(places)));
}

/** NaN and infinities as Java's DecimalFormat writes them. */
function special(value: number): string | null {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? null : value > 0 ? '∞' : '-∞';
}

const signed = ({ negative }: Shown, text: string): string => (negative ? `-${text}` : text);

function separated(fixed: string): string {
  const [whole, fraction] = fixed.split('.');
  return fraction === undefined ? grouped(whole) : `${grouped(whole)}.${fraction}`;
}

/** The digits that a pattern of DecimalFormat asks for. */
export interface NumberPattern {
  readonly leastWhole: number;
  readonly group: number;
  readonly leastFraction: number;
  readonly mostFraction: number;
}

/** A pattern of `#`, `0`, `,` and `.`; null when it is another. */
export function numberPatternOf(text: string): NumberPattern | null {
  const match = /^([#,]*[0,]*)(?:\.(0*)(#*))?$/.exec(text);
  if (match === null || !/[#0]/.test(text) || /,(?:\.|$)/.test(text)) return null;
  const [, whole, zeros = '', hashes = ''] = match;
  const comma = whole.lastIndexOf(',');
  return {
    // As in Java, a pattern with a point but without any zero asks for one digit before the point.
    leastWhole: text.includes('.') && !text.includes('0') ? 1 : whole.replace(/[^0]/g, '').length,
    group: comma < 0 ? 0 : whole.length - comma - 1,
    leastFraction: zeros.length,
    mostFraction: zeros.length + hashes.length,
  };
}

export function formatPattern(value: number | Shown, pattern: NumberPattern): string {
  if (typeof value === 'number') return special(value) ?? formatPattern(shownDouble(value), pattern);
  const { leastWhole, group, leastFraction, mostFraction } = pattern;
  const [digits, places = ''] = value.fixed(mostFraction).split('.');
  const fraction = places.replace(/0+$/, '').padEnd(leastFraction, '0');
  // A pattern without a zero leaves out a whole part of 0, unless nothing would be left.
  const least = leastWhole === 0 && fraction === '' ? 1 : leastWhole;
  const whole = (digits === '0' ? '' : digits).padStart(least, '0');
  const parted = group === 0 ? whole : whole.replace(new RegExp(`\\B(?=(\\d{${group}})+$)`, 'g'), ',');
  return signed(value, fraction === '' ? parted : `${parted}.${fraction}`);
}

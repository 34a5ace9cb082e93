import type { DataType, Value } from '../core/types.ts';
import { isFraction, isInteger } from './arithmetic.ts';
import { textOf } from './conversion.ts';
import { grouped } from './number-format.ts';
import { shortestDigits } from './rounding.ts';

/** Why a format cannot be applied to operands of these types. */
export class FormatMismatch extends Error {}

type Writer = (values: readonly Value[]) => string;

const DIRECTIVE = /%(\d+\$|<)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/y;

/**
 * A format of Java's Formatter as a function of values of these types. It knows `%s %S %d %x %X %o %f %e %E %c %b %n %%` with flags, width,
 * precision and positions of operands. Throws FormatMismatch.
 */
export function printer(format: string, types: readonly DataType[]): Writer {
  const parts: (string | Writer)[] = [];
  let next = 0;
  let last = -1;
  let at = 0;
  while (at < format.length) {
    const percent = format.indexOf('%', at);
    if (percent !== at) {
      parts.push(format.slice(at, percent < 0 ? undefined : percent));
      at = percent < 0 ? format.length : percent;
      continue;
    }
    DIRECTIVE.lastIndex = at;
    const match = DIRECTIVE.exec(format);
    if (match === null) throw new FormatMismatch(`'${format.slice(at, at + 8)}' is no directive; a % is written %%`);
    at = DIRECTIVE.lastIndex;
    const [directive, position, flags, width, precision, conversion] = match;
    const field = { flags, width: Number(width ?? 0), precision: precision === undefined ? null : Number(precision) };
    if (conversion === '%') parts.push(filled('%', field));
    else if (conversion === 'n') parts.push('\n');
    else {
      const index = position === undefined ? next++ : position === '<' ? last : parseInt(position, 10) - 1;
      last = index;
      const type = types[index];
      if (type === undefined) throw new FormatMismatch(`'${directive}' has no operand`);
      const write = writer(conversion, field, type);
      if (write === null) throw new FormatMismatch(`'${directive}' does not take ${type.kind}`);
      parts.push((values) => {
        const value = values[index];
        return value === null ? filled(conversion === 'b' ? 'false' : cut('null', field), field) : write(value);
      });
    }
  }
  return (values) => parts.map((part) => (typeof part === 'string' ? part : part(values))).join('');
}

interface Field {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | null;
}

function writer(conversion: string, field: Field, type: DataType): ((value: Value) => string) | null {
  switch (conversion) {
    case 's':
    case 'S': {
      const text = textOf(type) as (value: Value) => Value;
      return (value) => {
        const shown = cut(String(text(value)), field);
        return filled(conversion === 'S' ? shown.toUpperCase() : shown, field);
      };
    }
    case 'b':
      return (value) => filled(cut(String(typeof value === 'boolean' ? value : true), field), field);
    case 'c':
      return isInteger(type) ? (value) => filled(String.fromCodePoint(Number(value)), field) : null;
    case 'd':
      return isInteger(type) ? (value) => numeric(String(Math.abs(Number(value))), Number(value) < 0, field) : null;
    case 'x':
    case 'X':
    case 'o': {
      if (!isInteger(type)) return null;
      const bits = { tinyint: 8, smallint: 16, int: 32 }[type.kind as string] ?? 64;
      const base = conversion === 'o' ? 8 : 16;
      return (value) => {
        const digits = BigInt.asUintN(bits, BigInt(Number(value))).toString(base);
        return numeric(conversion === 'X' ? digits.toUpperCase() : digits, false, field);
      };
    }
    case 'f':
    case 'e':
    case 'E': {
      const precision = field.precision ?? 6;
      if (type.kind === 'decimal')
        return (value) => {
          const number: Decimal = { digits: digitsOf(value as bigint), exponent: -type.scale };
          return written(conversion, number, precision, (value as bigint) < 0n, field);
        };
      if (!isFraction(type)) return null;
      return (value) => {
        const number = Number(value);
        const negative = number < 0 || Object.is(number, -0);
        if (!Number.isFinite(number)) {
          const sign = negative ? '-' : field.flags.includes('+') && !Number.isNaN(number) ? '+' : '';
          return filled(sign + String(Math.abs(number)), { ...field, flags: field.flags.replace('0', '') });
        }
        return written(conversion, shortestDigits(number), precision, negative, field);
      };
    }
    default:
      return null;
  }
}

/** The size of a number: `digits` times 10 to the power of `exponent`. */
interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

const digitsOf = (unscaled: bigint): string => String(unscaled < 0n ? -unscaled : unscaled);

function written(conversion: string, size: Decimal, precision: number, negative: boolean, field: Field): string {
  const digits = conversion === 'f' ? fixed(size, precision) : exponential(size, precision);
  return numeric(conversion === 'E' ? digits.toUpperCase() : digits, negative, field);
}

/** Decimal places, halves away from zero. */
function fixed({ digits, exponent }: Decimal, places: number): string {
  const rounded = roundedDigits(digits, exponent + places);
  const whole = rounded.padStart(places + 1, '0');
  return places === 0 ? whole : `${whole.slice(0, -places)}.${whole.slice(-places)}`;
}

function exponential({ digits, exponent }: Decimal, places: number): string {
  if (digits === '0') return `0${places > 0 ? `.${'0'.repeat(places)}` : ''}e+00`;
  const rounded = roundedDigits(digits, places + 1 - digits.length);
  const carried = rounded.length > places + 1;
  const power = exponent + digits.length - 1 + (carried ? 1 : 0);
  const fraction = rounded.slice(1, places + 1);
  const size = String(Math.abs(power)).padStart(2, '0');
  return `${rounded[0]}${fraction === '' ? '' : `.${fraction}`}e${power < 0 ? '-' : '+'}${size}`;
}

/** `digits` times 10 to the power of `shift`, as a whole number. */
function roundedDigits(digits: string, shift: number): string {
  if (shift >= 0) return (BigInt(digits) * 10n ** BigInt(shift)).toString();
  const unit = 10n ** BigInt(-shift);
  return ((BigInt(digits) + unit / 2n) / unit).toString();
}

function numeric(digits: string, negative: boolean, field: Field): string {
  const { flags, width } = field;
  const shown = flags.includes(',') ? digits.replace(/^\d+/, grouped) : digits;
  const [before, after] = !negative
    ? [flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '', '']
    : flags.includes('(')
      ? ['(', ')']
      : ['-', ''];
  const zeros = flags.includes('0') ? Math.max(width - before.length - shown.length - after.length, 0) : 0;
  return filled(before + '0'.repeat(zeros) + shown + after, field);
}

const cut = (text: string, { precision }: Field): string =>
  precision === null ? text : Array.from(text).slice(0, precision).join('');

const filled = (text: string, { flags, width }: Field): string =>
  flags.includes('-') ? text.padEnd(width) : text.padStart(width);

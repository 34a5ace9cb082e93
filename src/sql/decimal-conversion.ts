import { FIELD_SIZE, isInterval } from '../core/interval.ts';
import {
  decimalFromText,
  decimalText,
  decimalToDouble,
  fitsDigits,
  powerOfTen,
  quotient,
  rescaled,
} from '../core/decimal.ts';
import type { DataType, DecimalType, Value } from '../core/types.ts';
import { isFraction, isInteger, RANGES } from './arithmetic.ts';
import { SECOND } from './time-text.ts';

/** Converts a value that is not null; null means that the value cannot be converted. */
type Converter = (value: never) => Value;

/** How a cast makes decimals of a type's values, further digits rounded half up; null where Spark does not allow the cast. */
export function toDecimal(from: DataType, to: DecimalType): Converter | null {
  const fitted = (value: bigint): bigint | null => (fitsDigits(value, to.precision) ? value : null);
  if (isInteger(from)) {
    const unit = powerOfTen(to.scale);
    return (value: number) => fitted(BigInt(value) * unit);
  }
  // By the fewest digits that name the fraction, as people see it.
  if (isFraction(from)) return (value: number) => decimalFromText(String(value), to);
  if (isInterval(from)) {
    const size = BigInt(FIELD_SIZE[from.to]);
    return (value: number) => fitted(quotient(BigInt(value) * powerOfTen(to.scale), size));
  }
  switch (from.kind) {
    case 'decimal':
      return (value: bigint) => fitted(rescaled(value, from.scale, to.scale));
    case 'string':
      return (text: string) => decimalFromText(text.trim(), to);
    case 'boolean':
      return (value: boolean) => fitted(value ? powerOfTen(to.scale) : 0n);
    case 'timestamp':
      return (micros: number) => decimalFromText(String(micros / SECOND), to);
    default:
      return null;
  }
}

/** How a cast converts decimals to a type that is no decimal; null where Spark does not allow it. */
export function fromDecimal({ scale }: DecimalType, to: DataType): Converter | null {
  const unit = powerOfTen(scale);
  if (isInteger(to)) {
    const [least, largest] = RANGES[to.kind];
    return (value: bigint) => {
      const whole = Number(value / unit);
      return whole >= least && whole <= largest ? whole : null;
    };
  }
  if (isInterval(to)) {
    const size = BigInt(FIELD_SIZE[to.to]);
    return (value: bigint) => safe(quotient(value * size, unit));
  }
  switch (to.kind) {
    case 'string':
      return (value: bigint) => decimalText(value, scale);
    case 'boolean':
      return (value: bigint) => value !== 0n;
    case 'double':
      return (value: bigint) => decimalToDouble(value, scale);
    case 'float':
      return (value: bigint) => Math.fround(decimalToDouble(value, scale));
    case 'timestamp':
      return (value: bigint) => safe((value * BigInt(SECOND)) / unit);
    default:
      return null;
  }
}

const safe = (value: bigint): number | null => (Number.isSafeInteger(Number(value)) ? Number(value) : null);

import type { EpochFormat } from '../../core/format.ts';

const UNIT_MICROS: Readonly<Record<EpochFormat, number>> = {
  epochSeconds: 1_000_000,
  epochMillis: 1_000,
  epochMicros: 1,
};

/** The timestamp that a number stands for, to the nearest microsecond; NaN for one that is beyond all times. */
export function fromEpoch(number: number, format: EpochFormat): number {
  // Adding 0 makes -0 a plain 0.
  const micros = Math.round(number * UNIT_MICROS[format]) + 0;
  return Number.isSafeInteger(micros) ? micros : NaN;
}

/** The whole number that stands for a timestamp; what is less than the unit is cut off, towards the past. */
export const toEpoch = (micros: number, format: EpochFormat): number => Math.floor(micros / UNIT_MICROS[format]);

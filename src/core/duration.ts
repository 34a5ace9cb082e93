const UNITS: Readonly<Record<string, number>> = {
  microsecond: 0.001,
  us: 0.001,
  millisecond: 1,
  milli: 1,
  ms: 1,
  second: 1_000,
  sec: 1_000,
  s: 1_000,
  minute: 60_000,
  min: 60_000,
  m: 60_000,
  hour: 3_600_000,
  h: 3_600_000,
  day: 86_400_000,
  d: 86_400_000,
  week: 604_800_000,
  w: 604_800_000,
};

/** Milliseconds of a duration as users write it (`10 minutes`, `1 hour 30 minutes`, `200 ms`, `5s`); null when it is not one. */
export function parseDuration(text: string): number | null {
  const trimmed = text
    .trim()
    .toLowerCase()
    .replace(/^interval\s+/, '');
  if (!/^(\d+(\.\d+)?\s*[a-z]+\s*)+$/.test(trimmed)) return null;
  let total = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)) {
    const scale = UNITS[unit] ?? UNITS[unit.replace(/s$/, '')];
    if (scale === undefined) return null;
    total += Number(amount) * scale;
  }
  return total;
}

const SPOKEN: readonly (readonly [unit: string, micros: number])[] = [
  ['day', 86_400_000_000],
  ['hour', 3_600_000_000],
  ['minute', 60_000_000],
  ['second', 1_000_000],
  ['millisecond', 1_000],
  ['microsecond', 1],
];

/** Microseconds as users write a duration: `1 hour 30 minutes`, `-5 seconds`. */
export function durationText(micros: number): string {
  if (micros === 0) return '0 seconds';
  if (micros < 0) return `-${durationText(-micros)}`;
  const parts: string[] = [];
  let rest = micros;
  for (const [unit, scale] of SPOKEN) {
    const count = Math.floor(rest / scale);
    rest -= count * scale;
    if (count > 0) parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`);
  }
  return parts.join(' ');
}

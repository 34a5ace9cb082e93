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

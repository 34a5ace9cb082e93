const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const fine = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 });

export const UNKNOWN = '–';

/** A count: in full up to five digits, then in thousands and millions. */
export function count(value) {
  if (value === null || value === undefined) return UNKNOWN;
  if (value > 0 && value < 10 && !Number.isInteger(value)) return fine.format(value);
  return value < 100_000 ? whole.format(value) : short.format(value);
}

/** Milliseconds as people say them. */
export function duration(ms) {
  if (ms === null || ms === undefined) return UNKNOWN;
  if (ms >= 10_000) return `${whole.format(ms / 1000)} s`;
  if (ms >= 1_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms < 10 ? fine.format(ms) : whole.format(ms)} ms`;
}

/** Time of day of an ISO timestamp, in the reader's zone. */
export const timeOfDay = (iso) =>
  iso === null || iso === undefined ? UNKNOWN : new Date(iso).toLocaleTimeString('en-GB', { hour12: false });

/** How long ago an ISO timestamp was. */
export function ago(iso) {
  if (iso === null || iso === undefined) return UNKNOWN;
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(iso)) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3600)} h ago`;
}

/**
 * Time zones: how far local clocks are from UTC, by Java's rules, which are Spark's. All times and offsets are microseconds; offsets are
 * positive east of UTC. What is learnt about a zone is kept, so that asking again costs a look-up.
 */
export interface TimeZone {
  /** As it was asked for, e.g. `Europe/Amsterdam` or `+02:00`. */
  readonly id: string;
  /** The offset at all times; null for a region, whose offset changes. */
  readonly fixed: number | null;
  /** The offset at a time, by days: see `Day`. Empty for a fixed offset. */
  readonly days: Map<number, Day>;
  /** Asks the calendar for the offset, which takes microseconds. */
  readonly ask: (utcMicros: number) => number;
}

/** A day of UTC: the offset is `before` until `change`, then `after`. Where nothing changes both are the same. */
interface Day {
  readonly change: number;
  readonly before: number;
  readonly after: number;
}

const SECOND = 1_000_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
/** Days remembered for one zone: some 180 years. */
const REMEMBERED = 65_536;

/** Java's short names; other three-letter names are regions of their own. */
const SHORT: Readonly<Record<string, string>> = {
  ACT: 'Australia/Darwin',
  AET: 'Australia/Sydney',
  AGT: 'America/Argentina/Buenos_Aires',
  ART: 'Africa/Cairo',
  AST: 'America/Anchorage',
  BET: 'America/Sao_Paulo',
  BST: 'Asia/Dhaka',
  CAT: 'Africa/Harare',
  CNT: 'America/St_Johns',
  CST: 'America/Chicago',
  CTT: 'Asia/Shanghai',
  EAT: 'Africa/Addis_Ababa',
  ECT: 'Europe/Paris',
  EST: '-05:00',
  HST: '-10:00',
  IET: 'America/Indiana/Indianapolis',
  IST: 'Asia/Kolkata',
  JST: 'Asia/Tokyo',
  MIT: 'Pacific/Apia',
  MST: '-07:00',
  NET: 'Asia/Yerevan',
  NST: 'Pacific/Auckland',
  PLT: 'Asia/Karachi',
  PNT: 'America/Phoenix',
  PRT: 'America/Puerto_Rico',
  PST: 'America/Los_Angeles',
  SST: 'Pacific/Guadalcanal',
  VST: 'Asia/Ho_Chi_Minh',
};

const zones = new Map<string, TimeZone | null>();

/**
 * The zone of a region (`Europe/Amsterdam`), an offset (`+2`, `+02:00`, `-0330`, `UTC+1`), `Z`, `UTC`, `GMT` or one of Java's short names;
 * null when there is none of that name.
 */
export function timeZone(id: string): TimeZone | null {
  let zone = zones.get(id);
  if (zone === undefined) {
    zone = createZone(id);
    // Names may come from rows: what a hostile one can fill stays bounded.
    if (zones.size >= 1_000) zones.clear();
    zones.set(id, zone);
  }
  return zone;
}

function createZone(id: string): TimeZone | null {
  const name = SHORT[id] ?? id;
  const offset = parseOffset(name);
  if (offset !== null) return { id, fixed: offset, days: new Map(), ask: () => offset };
  // Names are written as in the zone database: the calendar itself does not mind the case, Java does.
  if (!/^[A-Z][A-Za-z0-9~/._+-]+$/.test(name)) return null;
  try {
    const calendar = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset', hour: 'numeric' });
    return { id, fixed: null, days: new Map(), ask: (utcMicros) => offsetShown(calendar.format(utcMicros / 1_000)) };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const OFFSET = /^(?:Z|(UTC|GMT|UT)?(?:([+-])(\d{1,2})(?::?(\d{1,2})(?::?(\d{2}))?)?)?)$/;

function parseOffset(text: string): number | null {
  const match = text === '' ? null : OFFSET.exec(text);
  if (match === null) return null;
  const [hours, minutes, seconds] = [Number(match[3] ?? 0), Number(match[4] ?? 0), Number(match[5] ?? 0)];
  const size = hours * HOUR + (minutes * 60 + seconds) * SECOND;
  if (minutes > 59 || seconds > 59 || size > 18 * HOUR) return null;
  return match[2] === '-' ? 0 - size : size;
}

/** The offset in a text such as `2 AM GMT+02:00`. */
function offsetShown(text: string): number {
  return parseOffset(text.slice(text.lastIndexOf(' ') + 1)) ?? 0;
}

/** Microseconds that local clocks are ahead of UTC at a time. */
export function offsetAt(zone: TimeZone, utcMicros: number): number {
  if (zone.fixed !== null) return zone.fixed;
  const number = Math.floor(utcMicros / DAY);
  const { change, before, after } = zone.days.get(number) ?? learn(zone, number);
  return utcMicros < change ? before : after;
}

function learn(zone: TimeZone, number: number): Day {
  let unchanged = number * DAY;
  let changed = unchanged + DAY;
  const before = zone.ask(unchanged);
  const after = zone.ask(changed);
  if (before !== after) {
    // Offsets change on whole seconds.
    while (changed - unchanged > SECOND) {
      const middle = unchanged + Math.floor((changed - unchanged) / 2 / SECOND) * SECOND;
      if (zone.ask(middle) === before) unchanged = middle;
      else changed = middle;
    }
  }
  const day: Day = { change: before === after ? Infinity : changed, before, after };
  if (zone.days.size >= REMEMBERED) zone.days.clear();
  zone.days.set(number, day);
  return day;
}

/**
 * The time at which local clocks show `localMicros` (which counts as if local were UTC). Where clocks were set back, the first of the two
 * times; where they were set forward, a time that was skipped moves on by what was skipped.
 */
export function localToUtc(zone: TimeZone, localMicros: number): number {
  if (zone.fixed !== null) return localMicros - zone.fixed;
  // No offset is a day or more, so a change that matters here lies between these two.
  const before = offsetAt(zone, localMicros - DAY);
  const after = offsetAt(zone, localMicros + DAY);
  if (before === after || offsetAt(zone, localMicros - before) === before) return localMicros - before;
  return offsetAt(zone, localMicros - after) === after ? localMicros - after : localMicros - before;
}

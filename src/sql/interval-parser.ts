import { INTERVAL } from '../core/types.ts';
import { Complaint } from './complaint.ts';
import type { LiteralSyntax } from './syntax.ts';
import type { TokenStream } from './tokens.ts';

/** Microseconds of each unit, by its singular name. */
const UNITS = new Map<string, number>([
  ['microsecond', 1],
  ['millisecond', 1_000],
  ['second', 1_000_000],
  ['minute', 60_000_000],
  ['hour', 3_600_000_000],
  ['day', 86_400_000_000],
  ['week', 604_800_000_000],
]);

const PAIR = /([+-]?\s*\d+(?:\.\d+)?)\s*([a-z]+)\s*/y;

/**
 * `interval 1 hour 30 minutes`, `interval '1 hour'`, `interval '1' hour`, `interval '1 02:03:04' day to second`. Months and years are
 * refused: they have no fixed length.
 */
export function parseInterval(tokens: TokenStream): LiteralSyntax {
  const { start } = tokens.expect('interval');
  const fail = (message: string, from: number): never => {
    const span = tokens.span(from, tokens.end);
    throw new Complaint('INVALID_INTERVAL_FORMAT', span, message, 'write it like interval 1 hour 30 minutes');
  };
  const scaleOf = (unit: string, from: number): number => {
    const singular = unit.toLowerCase().replace(/s$/, '');
    const scale = UNITS.get(singular);
    if (scale !== undefined) return scale;
    const calendar = singular === 'month' || singular === 'year' || singular === 'quarter';
    return fail(
      calendar ? `intervals of ${singular}s are not supported: their length varies` : `no unit of time \`${unit}\``,
      from,
    );
  };

  let total = 0;
  const whole = tokens.next;
  if (whole.kind === 'string' && tokens.peek(1).kind !== 'word') {
    tokens.take();
    const text = whole.text.trim().toLowerCase();
    PAIR.lastIndex = 0;
    let read = 0;
    for (let pair = PAIR.exec(text); pair !== null; pair = PAIR.exec(text)) {
      total += Number(pair[1].replace(/\s/g, '')) * scaleOf(pair[2], whole.start);
      read = PAIR.lastIndex;
    }
    if (read === 0 || read < text.length) fail(`'${whole.text}' is not an interval`, whole.start);
  } else if (whole.kind === 'string' && tokens.is('to', 2)) {
    tokens.take();
    const from = tokens.take().text.toLowerCase();
    tokens.take();
    const to = tokens.name('a unit of time').text.toLowerCase();
    total =
      clockInterval(whole.text, from, to) ?? fail(`'${whole.text}' is not an interval ${from} to ${to}`, whole.start);
  } else {
    do {
      const from = tokens.next.start;
      const sign = tokens.accept('-') ? -1 : 1;
      if (tokens.next.kind !== 'number' && tokens.next.kind !== 'string') tokens.fail('expected a number');
      const amount = tokens.take().text.trim();
      if (!/^[+-]?\d+(\.\d+)?$/.test(amount)) fail(`'${amount}' is not a number`, from);
      const unit = tokens.name('a unit of time, such as `minutes`');
      total += sign * Number(amount) * scaleOf(unit.text, unit.start);
    } while (tokens.next.kind === 'number');
  }
  return { kind: 'literal', value: Math.round(total) + 0, type: INTERVAL, start, end: tokens.end };
}

const FIELDS = ['day', 'hour', 'minute', 'second'];

/** The SQL standard's form, e.g. `1 02:03:04.5` for day to second; null when the text does not fit the fields. */
function clockInterval(text: string, from: string, to: string): number | null {
  const first = FIELDS.indexOf(from);
  const last = FIELDS.indexOf(to);
  if (first < 0 || last <= first) return null;
  const match = /^\s*([+-]?)([\d\s:.]+)$/.exec(text);
  if (match === null) return null;
  const numbers = match[2].trim().split(first === 0 ? /[ :]/ : ':');
  if (numbers.length !== last - first + 1 || !numbers.every((n) => /^\d+(\.\d+)?$/.test(n))) return null;
  const total = numbers.reduce((sum, n, i) => sum + Number(n) * (UNITS.get(FIELDS[first + i]) ?? 0), 0);
  return match[1] === '-' ? -total : total;
}

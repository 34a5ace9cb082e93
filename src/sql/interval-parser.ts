import type { DataType, DayTimeField, YearMonthField } from '../core/types.ts';
import { intervalOf, yearMonthOf } from '../core/types.ts';
import { Complaint } from './complaint.ts';
import { DAY_TIME_FIELDS, FIELD_SIZE, intervalOfDigits, YEAR_MONTH_FIELDS } from '../core/interval.ts';
import type { AnyInterval } from '../core/interval.ts';
import type { LiteralSyntax } from './syntax.ts';
import { DAY } from './time-text.ts';
import type { TokenStream } from './tokens.ts';

/** A unit: the field it belongs to, and its size in microseconds, or months for years and months. */
interface Unit {
  readonly field: DayTimeField | YearMonthField;
  readonly size: number;
}

const UNITS = new Map<string, Unit>([
  ...[...DAY_TIME_FIELDS, ...YEAR_MONTH_FIELDS].map((field): [string, Unit] => [
    field,
    { field, size: FIELD_SIZE[field] },
  ]),
  ['week', { field: 'day', size: 7 * DAY }],
  ['millisecond', { field: 'second', size: 1_000 }],
  ['microsecond', { field: 'second', size: 1 }],
]);

const PAIR = /([+-]?)\s*(\d+(?:\.\d+)?|\.\d+)\s+([a-z]+)\s*/y;
const REMEDY = 'write it like interval 1 hour 30 minutes';

/**
 * `interval 1 hour 30 minutes`, `interval '1 hour'`, `interval '1' hour`, `interval '1 02:03:04' day to second`, and the same with years
 * and months. The type has the fields that were written. Throws a complaint.
 */
export function parseInterval(tokens: TokenStream): LiteralSyntax {
  return new IntervalParser(tokens).parse();
}

/** `day`, `day to second`, `year to month` … behind the word `interval` in a type. */
export function parseIntervalFields(tokens: TokenStream): AnyInterval {
  const from = tokens.name('a field of an interval, such as `day`');
  const to = tokens.accept('to') ? tokens.name('a field of an interval, such as `second`') : from;
  const type = intervalType(from.text.toLowerCase(), to.text.toLowerCase());
  if (type !== null) return type;
  const message = `no interval goes from ${from.text} to ${to.text}`;
  throw new Complaint('PARSE_SYNTAX_ERROR', tokens.span(from.start, to.end), message, 'write interval day to second');
}

function intervalType(from: string, to: string): AnyInterval | null {
  const [first, last] = [DAY_TIME_FIELDS.findIndex((f) => f === from), DAY_TIME_FIELDS.findIndex((f) => f === to)];
  if (first >= 0 && last >= first) return intervalOf(DAY_TIME_FIELDS[first], DAY_TIME_FIELDS[last]);
  const [year, month] = [YEAR_MONTH_FIELDS.findIndex((f) => f === from), YEAR_MONTH_FIELDS.findIndex((f) => f === to)];
  return year >= 0 && month >= year ? yearMonthOf(YEAR_MONTH_FIELDS[year], YEAR_MONTH_FIELDS[month]) : null;
}

class IntervalParser {
  private readonly tokens: TokenStream;
  private readonly start: number;
  private readonly amounts: { readonly amount: number; readonly unit: Unit }[] = [];

  constructor(tokens: TokenStream) {
    this.tokens = tokens;
    this.start = tokens.expect('interval').start;
  }

  parse(): LiteralSyntax {
    const { tokens } = this;
    const signed = tokens.is('-') || tokens.is('+') ? 1 : 0;
    if (tokens.peek(signed).kind === 'string' && tokens.is('to', signed + 2)) return this.standard();
    if (tokens.next.kind === 'string' && tokens.peek(1).kind !== 'word') this.text();
    else this.pairs();
    return this.sum();
  }

  /** `'1 02:03:04' day to second`. */
  private standard(): LiteralSyntax {
    const { tokens } = this;
    const negative = tokens.accept('-');
    if (!negative) tokens.accept('+');
    const { text, start } = tokens.take();
    const type = parseIntervalFields(tokens);
    const value = intervalOfDigits(text, type);
    if (value === null) this.fail(`'${text}' is not an interval ${type.from} to ${type.to}`, start);
    return this.literal(negative ? 0 - value : value, type);
  }

  /** `'1 day 2 hours'`. */
  private text(): void {
    const { text: written, start } = this.tokens.take();
    const text = written.trim().toLowerCase();
    PAIR.lastIndex = 0;
    let read = 0;
    for (let pair = PAIR.exec(text); pair !== null; pair = PAIR.exec(text)) {
      this.add(pair[1] + pair[2], pair[3], start);
      read = PAIR.lastIndex;
    }
    if (read === 0 || read < text.length)
      this.fail(`'${written}' is not an interval`, start, REMEDY, 'INVALID_TYPED_LITERAL');
  }

  /** `1 day '2' hours`. */
  private pairs(): void {
    const { tokens } = this;
    do {
      const from = tokens.next.start;
      const sign = tokens.accept('-') ? '-' : '';
      if (sign === '') tokens.accept('+');
      if (tokens.next.kind !== 'number' && tokens.next.kind !== 'string') tokens.fail('expected a number', REMEDY);
      const amount = tokens.take().text.trim();
      if (!/^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(amount)) this.fail(`'${amount}' is not a number`, from);
      const unit = tokens.name('a unit of time, such as `minutes`');
      this.add(sign === '-' && amount.startsWith('-') ? amount.slice(1) : sign + amount, unit.text, unit.start);
    } while (this.another());
  }

  /** True where a further number with a unit follows. */
  private another(): boolean {
    const { tokens } = this;
    const signed = tokens.is('-') || tokens.is('+') ? 1 : 0;
    const { kind } = tokens.peek(signed);
    if (kind !== 'number' && kind !== 'string') return false;
    const following = tokens.peek(signed + 1);
    // `interval 1 day - 2 hours` is one interval, but `interval 1 day + 2` is a sum.
    return signed === 0 || (following.kind === 'word' && unitOf(following.text) !== undefined);
  }

  private add(amount: string, name: string, from: number): void {
    const unit = unitOf(name);
    if (unit === undefined)
      this.fail(`no unit of time \`${name}\``, from, REMEDY, 'INVALID_INTERVAL_FORMAT.INVALID_UNIT');
    if (amount.includes('.') && name.toLowerCase().replace(/s$/, '') !== 'second')
      this.fail('only seconds have fractions', from, REMEDY, 'INVALID_INTERVAL_FORMAT.INVALID_FRACTION');
    this.amounts.push({ amount: Number(amount), unit });
  }

  private sum(): LiteralSyntax {
    const fields = this.amounts.map(({ unit }) => unit.field);
    const months = YEAR_MONTH_FIELDS.filter((field) => fields.includes(field));
    const times = DAY_TIME_FIELDS.filter((field) => fields.includes(field));
    if (months.length > 0 && times.length > 0)
      this.fail('years and months do not go with days and times in one interval', this.start, 'add two intervals');
    const total = this.amounts.reduce((sum, { amount, unit }) => sum + Math.trunc(amount * unit.size), 0);
    if (!Number.isSafeInteger(total))
      this.fail('the interval is too long', this.start, '', 'INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION');
    const type =
      months.length > 0
        ? yearMonthOf(months[0], months[months.length - 1])
        : intervalOf(times[0], times[times.length - 1]);
    return this.literal(total + 0, type);
  }

  private literal(value: number, type: DataType): LiteralSyntax {
    return { kind: 'literal', value, type, start: this.start, end: this.tokens.end };
  }

  private fail(message: string, from: number, remedy: string = REMEDY, code = 'INVALID_INTERVAL_FORMAT'): never {
    throw new Complaint(code, this.tokens.span(from, this.tokens.end), message, remedy);
  }
}

const unitOf = (name: string): Unit | undefined => UNITS.get(name.toLowerCase().replace(/s$/, ''));

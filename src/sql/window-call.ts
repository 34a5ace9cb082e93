import type { Span } from '../core/diagnostic.ts';
import { durationText } from '../core/duration.ts';
import { timeZone, type TimeZone } from '../core/time-zone.ts';
import { arrayOf, field, sameType, structOf, TIMESTAMP, typeName, type DataType, type Value } from '../core/types.ts';
import type { Analyzer } from './analyzer.ts';
import { acceptable, coerced } from './coercion.ts';
import { Complaint } from './complaint.ts';
import type { Expression, TimeWindow } from './expression.ts';
import { call } from './function-spec.ts';
import type { CallSyntax, Syntax } from './syntax.ts';
import { timeWindows, type TimeWindows } from './time-windows.ts';

/** The type of a window. */
export const WINDOW_TYPE = structOf(field('start', TIMESTAMP), field('end', TIMESTAMP));

export const isWindowCall = (syntax: Syntax): syntax is CallSyntax =>
  syntax.kind === 'call' && syntax.name.name.toLowerCase() === 'window';

export const isWindowType = (type: DataType): boolean => sameType(type, WINDOW_TYPE);

/** The windows of a call of `window`. */
export const windowsOf = (window: TimeWindow): TimeWindows => timeWindows(window);

/** The event time of a window: its last microsecond. */
export const windowTime = (window: Expression, span: Span): Expression =>
  call({ name: 'window_time', span }, [window], TIMESTAMP, ([, end]: Value[]) =>
    end === null ? null : Number(end) - 1,
  );

/** All windows of the time, as an array to be exploded; the last first. */
export function windowArray(window: TimeWindow): Expression {
  const windows = windowsOf(window);
  const evaluate = (time: number): Value => {
    const found: Value[] = [];
    for (let w = windows.last(time); windows.end(w) > time; w -= windows.slide) {
      found.push([windows.start(w), windows.end(w)]);
    }
    return found;
  };
  return call({ name: 'windows', span: window.span }, [window.time], arrayOf(WINDOW_TYPE), evaluate);
}

/** Typed expression of a call of `window` that stands where one may. Throws complaints. */
export function windowExpression(syntax: CallSyntax, analyzer: Analyzer): TimeWindow {
  const span = analyzer.spanOf(syntax);
  const count = syntax.operands.length;
  if (count < 2 || count > 5) {
    const message = `\`window\` takes 2 to 5 arguments, not ${count}`;
    throw new Complaint('WRONG_NUM_ARGS.WITHOUT_SUGGESTION', span, message, "write window(time, '10 minutes')");
  }
  const [timeSyntax, sizeSyntax, slideSyntax, offsetSyntax, zoneSyntax] = syntax.operands;
  const time = timeOperand(analyzer.analyze(timeSyntax));
  const read = (operand: Syntax | undefined): Duration | null =>
    operand === undefined ? null : durationOperand(analyzer.analyze(operand));
  const size = read(sizeSyntax)!;
  const slide = read(slideSyntax) ?? size;
  const offset = read(offsetSyntax);
  for (const duration of [size, slide]) {
    if (duration.micros > 0) continue;
    const message = `a window's size and slide must be more than nothing, this is ${durationText(duration.micros)}`;
    throw new Complaint('DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE', duration.span, message);
  }
  if (slide.micros > size.micros) {
    const message = `the slide (${durationText(slide.micros)}) must be <= the size (${durationText(size.micros)})`;
    const remedy = 'a larger slide would leave rows between windows';
    throw new Complaint('DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION', slide.span, message, remedy);
  }
  if (offset !== null && Math.abs(offset.micros) >= slide.micros) {
    const message = `the start (${durationText(offset.micros)}) must be less than the slide (${durationText(slide.micros)})`;
    throw new Complaint('DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION', offset.span, message);
  }
  return {
    kind: 'window',
    time,
    size: size.micros,
    slide: slide.micros,
    offset: offset?.micros ?? 0,
    zone: zoneSyntax === undefined ? null : zoneOperand(analyzer.analyze(zoneSyntax)),
    type: WINDOW_TYPE,
    span,
  };
}

function timeOperand(operand: Expression): Expression {
  if (isWindowType(operand.type)) return windowTime(operand, operand.span);
  if (acceptable(operand.type, TIMESTAMP)) return coerced(operand, TIMESTAMP);
  throw new Complaint(
    'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE',
    operand.span,
    `argument 1 of \`window\` must be a timestamp or a window, this is ${typeName(operand.type)}`,
    'declare the column as timestamp in the schema of its source, or convert it with cast(… as timestamp)',
  );
}

interface Duration {
  readonly micros: number;
  readonly span: Span;
}

function durationOperand(operand: Expression): Duration {
  const { span } = operand;
  const value = operand.kind === 'literal' ? operand.value : null;
  if (typeof value === 'number' && WHOLE.includes(operand.type.kind)) return { micros: value, span };
  if (typeof value === 'string') return { micros: durationFromText(value, span), span };
  if (operand.type.kind === 'yearMonthInterval') throw calendar('month', span);
  const message = "the durations of a window must be literals, such as '10 minutes'";
  throw new Complaint('DATATYPE_MISMATCH.NON_FOLDABLE_INPUT', span, message);
}

/** A bare number counts microseconds. */
const WHOLE: readonly string[] = ['interval', 'int', 'bigint'];

const UNITS: Readonly<Record<string, number>> = {
  microsecond: 1,
  millisecond: 1_000,
  second: 1_000_000,
  minute: 60_000_000,
  hour: 3_600_000_000,
  day: 86_400_000_000,
  week: 604_800_000_000,
};

const PAIR = /([+-]?)\s*(\d+(?:\.\d+)?)\s*([a-z]+)/g;

function durationFromText(text: string, span: Span): number {
  const code = 'INVALID_INTERVAL_FORMAT';
  const pairs = text
    .trim()
    .toLowerCase()
    .replace(/^interval\s+/, '');
  if (pairs === '' || pairs.replace(PAIR, '').trim() !== '') {
    throw new Complaint(code, span, `'${text}' is not an interval`, "write it like '1 hour 30 minutes'");
  }
  let total = 0;
  for (const [, sign, amount, plural] of pairs.matchAll(PAIR)) {
    const unit = plural.replace(/s$/, '');
    const scale = Object.hasOwn(UNITS, unit) ? UNITS[unit] : null;
    if (scale === null && /^(month|quarter|year)$/.test(unit)) throw calendar(unit, span);
    if (scale === null) throw new Complaint(code, span, `no unit of time \`${plural}\``, "write it like '10 minutes'");
    total += (sign === '-' ? -1 : 1) * Number(amount) * scale;
  }
  return Math.round(total) + 0;
}

function calendar(unit: string, span: Span): Complaint {
  const message = `windows of ${unit}s are not supported: their length varies`;
  return new Complaint('INVALID_INTERVAL_FORMAT', span, message, "use a fixed length, such as '30 days'");
}

function zoneOperand(operand: Expression): TimeZone {
  const id = operand.kind === 'literal' && typeof operand.value === 'string' ? operand.value : null;
  const zone = id === null ? null : timeZone(id);
  if (zone !== null) return zone;
  const message = id === null ? 'the time zone of a window must be a text' : `there is no time zone '${id}'`;
  throw new Complaint('INVALID_TIMEZONE', operand.span, message, "write it like 'Europe/Amsterdam' or '+02:00'");
}

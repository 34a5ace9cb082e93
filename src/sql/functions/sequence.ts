import type { DataType, Value } from '../../core/types.ts';
import { arrayOf, DATE, TIMESTAMP } from '../../core/types.ts';
import { isInteger } from '../arithmetic.ts';
import { addMonths, addMonthsToTime, modulo } from '../calendar.ts';
import { coerced, unified } from '../coercion.ts';
import type { Expression } from '../expression.ts';
import { fail } from '../failure.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { call, expectCount, operandsAt, unexpected } from '../function-spec.ts';
import { isInterval } from '../../core/interval.ts';
import { DAY } from '../time-text.ts';

const LONGEST = 10_000_000;

const tooLong = (): never => fail('COLLECTION_SIZE_LIMIT_EXCEEDED', `a sequence of more than ${LONGEST} elements`);

const illegal = (start: number, end: number, step: number): never =>
  fail('ILLEGAL_SEQUENCE', `a step of ${step} does not lead from ${start} to ${end}`);

/** The numbers from one to another. */
function numbers(start: number, end: number, step = start <= end ? 1 : -1): Value[] {
  const steps = step === 0 ? (start === end ? 0 : -1) : Math.floor((end - start) / step);
  if (steps < 0) return illegal(start, end, step);
  if (steps >= LONGEST) return tooLong();
  return Array.from({ length: steps + 1 }, (_, i) => start + i * step);
}

/** The times from one to another in steps of months, each counted from the first, so that month ends stay month ends. */
function monthly(move: (time: number, months: number) => number) {
  return (start: number, end: number, months: number): Value[] => {
    if (months === 0 || (end - start) * months < 0) return start === end ? [start] : illegal(start, end, months);
    const times: Value[] = [];
    for (let i = 0, time = start; months > 0 ? time <= end : time >= end; time = move(start, ++i * months)) {
      if (i >= LONGEST) return tooLong();
      times.push(time);
    }
    return times;
  };
}

function daily(start: number, end: number, step: number): Value[] {
  if (modulo(step, DAY) !== 0) return fail('ILLEGAL_SEQUENCE', 'a step between dates is one of whole days');
  return numbers(start, end, step / DAY);
}

function sequence(site: CallSite): Expression {
  expectCount(site, 2, 3);
  const [first, second] = operandsAt(site);
  if (isTime(first.type) || isTime(second.type)) return timeSequence(site);
  const [from, to, ...step] = unified(operandsAt(site), '`sequence`');
  if (!isInteger(from.type)) throw unexpected(site, 0, from, 'an integer, a date or a timestamp');
  return call(site, [from, to, ...step], arrayOf(from.type), numbers);
}

const isTime = (type: DataType): boolean => type.kind === 'date' || type.kind === 'timestamp';

function timeSequence(site: CallSite): Expression {
  const [from, to] = unified([site.operand(0), site.operand(1)], '`sequence`');
  const isDate = from.type.kind === 'date';
  const type = isDate ? DATE : TIMESTAMP;
  const operands = [coerced(from, type), coerced(to, type)];
  if (site.count === 2) {
    const day = isDate ? 1 : DAY;
    const days = (start: number, end: number): Value[] => numbers(start, end, start <= end ? day : -day);
    return call(site, operands, arrayOf(type), days);
  }
  const step = site.operand(2);
  if (!isInterval(step.type)) throw unexpected(site, 2, step, 'an interval');
  const months = step.type.kind === 'yearMonthInterval';
  const build = months ? monthly(isDate ? addMonths : addMonthsToTime) : isDate ? daily : numbers;
  return call(site, [...operands, step], arrayOf(type), build);
}

export const SEQUENCE: FunctionSpec = {
  name: 'sequence',
  family: 'collections',
  signature: 'sequence(from integer|date|timestamp, to [, step integer|interval]) -> array',
  summary: 'the values from one to another, by 1 or a day when there is no step',
  build: sequence,
};

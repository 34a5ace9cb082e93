import type { DataType } from '../../core/types.ts';
import { BIGINT, DOUBLE, INT } from '../../core/types.ts';
import { addLong, fitting, isInteger, RANGES } from '../arithmetic.ts';
import { coerced, condition } from '../coercion.ts';
import type { Aggregation, AggregateSite, AggregateSpec, Finish, Slot } from './aggregate-call.ts';
import { slotOf } from './aggregate-call.ts';
import { decimalAverage, decimalSum } from './decimal-sums.ts';
import { isInterval, numericArgument, wholeInterval } from './operands.ts';

export const COUNTER: Slot = {
  type: BIGINT,
  initial: 0,
  begin: null,
  take: (count: number) => count + 1,
  inline: (count) => `${count} + 1`,
  merge: addLong,
};

const TRUE_COUNTER: Slot = {
  ...COUNTER,
  take: (count: number, value: boolean) => (value ? count + 1 : count),
  inline: (count, value) => `(${value} ? ${count} + 1 : ${count})`,
};

const LONG_SUM = slotOf(BIGINT, addLong);

const add = (a: number, b: number): number => a + b;
export const DOUBLE_SUM = slotOf(DOUBLE, add, { inline: (sum, value) => `${sum} + ${value}` });

/** The sum of intervals, as one with these fields. */
function intervalSum(type: DataType): Slot {
  const fit = fitting(type.kind === 'yearMonthInterval' ? INT : BIGINT);
  return slotOf(type, (a: number, b: number) => fit(a + b));
}

/** NaN, which no sum of integers is, stands for one that has overflown; it stays so whatever comes. */
function triedSlot(type: DataType): Slot {
  const [least, largest] = RANGES[type.kind === 'yearMonthInterval' ? 'int' : 'bigint'];
  return slotOf(DOUBLE, (a: number, b: number) => (a + b >= least && a + b <= largest ? a + b : NaN));
}

const unlessOverflown: Finish = (buffer, at) => (Number.isNaN(buffer[at]) ? null : buffer[at]);

export const mean: Finish = (buffer, at) => (buffer[at] === null ? null : Number(buffer[at]) / Number(buffer[at + 1]));

/** Half a microsecond or month is rounded away from zero. */
const meanInterval: Finish = (buffer, at) => {
  const value = mean(buffer, at) as number | null;
  return value === null ? null : Math.sign(value) * Math.round(Math.abs(value)) + 0;
};

function count({ operands }: AggregateSite): Aggregation {
  // A literal is never null, so count(1) is count(*).
  const nullable = operands.filter((o) => o.kind !== 'literal' || o.value === null);
  return { operands: nullable, type: BIGINT, slots: [COUNTER] };
}

function sum(site: AggregateSite): Aggregation {
  const { operands } = site;
  const { type } = operands[0];
  if (isInterval(type)) return { operands, type, slots: [intervalSum(type)] };
  const operand = numericArgument(site);
  if (operand.type.kind === 'decimal') return decimalSum(operand, operand.type, 'fails');
  const slot = isInteger(operand.type) ? LONG_SUM : DOUBLE_SUM;
  return { operands: [operand], type: slot.type, slots: [slot] };
}

function triedSum(site: AggregateSite): Aggregation {
  const [operand] = site.operands;
  if (operand.type.kind === 'decimal') return decimalSum(operand, operand.type, 'gives null');
  const plain = sum(site);
  return plain.type.kind === 'double' ? plain : { ...plain, slots: [triedSlot(plain.type)], finish: unlessOverflown };
}

function average(site: AggregateSite): Aggregation {
  const { operands } = site;
  const { type } = operands[0];
  if (isInterval(type))
    return { operands, type: wholeInterval(type), slots: [intervalSum(type), COUNTER], finish: meanInterval };
  if (type.kind === 'decimal') return decimalAverage(operands[0], type, COUNTER, 'fails');
  return {
    operands: [coerced(numericArgument(site), DOUBLE)],
    type: DOUBLE,
    slots: [DOUBLE_SUM, COUNTER],
    finish: mean,
  };
}

function triedAverage(site: AggregateSite): Aggregation {
  const [operand] = site.operands;
  const { type } = operand;
  if (type.kind === 'decimal') return decimalAverage(operand, type, COUNTER, 'gives null');
  if (!isInterval(type)) return average(site);
  const finish: Finish = (buffer, at) => (Number.isNaN(buffer[at]) ? null : meanInterval(buffer, at));
  return { ...average(site), slots: [triedSlot(type), COUNTER], finish };
}

const countIf = ({ operands: [operand], name }: AggregateSite): Aggregation => ({
  operands: [condition(operand, `\`${name}\``)],
  type: BIGINT,
  slots: [TRUE_COUNTER],
});

/** Counts, sums and means. */
export const SUMS: readonly AggregateSpec[] = [
  {
    name: 'count',
    signature: 'count(*) | count(a, …) -> bigint',
    summary: 'number of rows, or of rows in which no argument is null',
    arguments: [1, Infinity],
    distinct: 'drops',
    build: count,
  },
  {
    name: 'count_if',
    signature: 'count_if(condition boolean) -> bigint',
    summary: 'number of rows for which the condition is true',
    arguments: [1, 1],
    distinct: 'drops',
    build: countIf,
  },
  {
    name: 'sum',
    signature: 'sum(x number|interval) -> bigint|double|decimal|interval',
    summary:
      'the sum of the values that are not null: a bigint of integers, a double of fractions, a decimal of decimals',
    arguments: [1, 1],
    distinct: 'drops',
    build: sum,
  },
  {
    name: 'try_sum',
    signature: 'try_sum(x number|interval) -> bigint|double|decimal|interval',
    summary: 'like sum, but null in place of an overflow',
    arguments: [1, 1],
    distinct: 'drops',
    build: triedSum,
  },
  {
    name: 'avg',
    aliases: ['mean'],
    signature: 'avg(x number|interval) -> double|decimal|interval',
    summary: 'the mean of the values that are not null',
    arguments: [1, 1],
    distinct: 'drops',
    build: average,
  },
  {
    name: 'try_avg',
    signature: 'try_avg(x number|interval) -> double|decimal|interval',
    summary: 'like avg, but null in place of an overflow',
    arguments: [1, 1],
    distinct: 'drops',
    build: triedAverage,
  },
];

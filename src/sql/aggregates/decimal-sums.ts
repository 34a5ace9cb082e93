import { powerOfTen } from '../../core/decimal.ts';
import { MillraceError } from '../../core/errors.ts';
import type { DecimalType, Value } from '../../core/types.ts';
import { decimalOf, typeName } from '../../core/types.ts';
import { overflow } from '../arithmetic.ts';
import { bounded, division } from '../decimal.ts';
import type { Expression } from '../expression.ts';
import type { Aggregation, Finish, Slot } from './aggregate-call.ts';
import { slotOf } from './aggregate-call.ts';

/** What an overflow does: an error, or null as the result. */
export type OnOverflow = 'fails' | 'gives null';

/** The sum of decimals: ten digits wider than they are, as far as there is room. */
export function decimalSum(operand: Expression, type: DecimalType, onOverflow: OnOverflow): Aggregation {
  const total = totalType(type);
  const limit = powerOfTen(total.precision);
  const finish: Finish = (buffer, at) => (buffer[at] === limit ? null : buffer[at]);
  return { operands: [operand], type: total, slots: [totalSlot(total, onOverflow)], finish };
}

/** The mean of decimals: with four more digits behind the point, as far as there is room. */
export function decimalAverage(
  operand: Expression,
  type: DecimalType,
  counter: Slot,
  onOverflow: OnOverflow,
): Aggregation {
  const total = totalType(type);
  const mean = bounded(type.precision + 4, type.scale + 4);
  const limit = powerOfTen(total.precision);
  const divide = division(total, COUNT_DIGITS, mean);
  const finish: Finish = (buffer, at) => {
    if (buffer[at] === null || buffer[at] === limit) return null;
    try {
      return divide(buffer[at] as bigint, BigInt(Number(buffer[at + 1])));
    } catch (error) {
      if (onOverflow === 'gives null' && error instanceof MillraceError) return null;
      throw error;
    }
  };
  return { operands: [operand], type: mean, slots: [totalSlot(total, onOverflow), counter], finish };
}

const totalType = ({ precision, scale }: DecimalType): DecimalType => bounded(precision + 10, scale);

/** The type of the count that a sum is divided by. */
const COUNT_DIGITS = decimalOf(20, 0);

/** The limit, which no sum reaches, stands for one that has overflown where that gives null; it stays so whatever comes. */
function totalSlot(type: DecimalType, onOverflow: OnOverflow): Slot {
  const limit = powerOfTen(type.precision);
  const checked = (sum: bigint): bigint => (sum < limit && sum > -limit ? sum : overflow(typeName(type)));
  const marked = (a: bigint, b: bigint): bigint =>
    a === limit || b === limit || a + b >= limit || a + b <= -limit ? limit : a + b;
  return slotOf(type, onOverflow === 'fails' ? (a: bigint, b: bigint): Value => checked(a + b) : marked);
}

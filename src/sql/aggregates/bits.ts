import type { DataType } from '../../core/types.ts';
import { BOOLEAN } from '../../core/types.ts';
import { fitting, isInteger } from '../arithmetic.ts';
import { argumentAs, unexpectedArgument } from './operands.ts';
import type { Aggregation, AggregateSite, AggregateSpec, Slot } from './aggregate-call.ts';
import { slotOf } from './aggregate-call.ts';

const ALL = slotOf(BOOLEAN, (a: boolean, b: boolean) => a && b, { inline: (a, b) => `(${a} && ${b})` });
const ANY = slotOf(BOOLEAN, (a: boolean, b: boolean) => a || b, { inline: (a, b) => `(${a} || ${b})` });

const truth =
  (slot: Slot) =>
  (site: AggregateSite): Aggregation => ({ operands: [argumentAs(site, 0, BOOLEAN)], type: BOOLEAN, slots: [slot] });

type Bitwise = '&' | '|' | '^';

function bitwise(operator: Bitwise): (site: AggregateSite) => Aggregation {
  return (site) => {
    const [operand] = site.operands;
    if (!isInteger(operand.type)) throw unexpectedArgument(site, operand, 'integers');
    return { operands: [operand], type: operand.type, slots: [bitSlot(operator, operand.type)] };
  };
}

function bitSlot(operator: Bitwise, type: DataType): Slot {
  if (type.kind !== 'bigint') {
    const take = (a: number, b: number): number => (operator === '&' ? a & b : operator === '|' ? a | b : a ^ b);
    return slotOf(type, take, { inline: (a, b) => `(${a} ${operator} ${b})` });
  }
  // JavaScript's own operators on numbers cut to 32 bits.
  const apply = (a: bigint, b: bigint): bigint => (operator === '&' ? a & b : operator === '|' ? a | b : a ^ b);
  const fit = fitting(type);
  return slotOf(type, (a: number, b: number) => fit(Number(apply(BigInt(a), BigInt(b)))));
}

/** Conditions that hold for all rows or for some, and bits of integers. */
export const BITS: readonly AggregateSpec[] = [
  {
    name: 'bool_and',
    aliases: ['every'],
    signature: 'bool_and(condition boolean) -> boolean',
    summary: 'whether the condition is true in every row in which it is not null',
    arguments: [1, 1],
    distinct: 'changes nothing',
    build: truth(ALL),
  },
  {
    name: 'bool_or',
    aliases: ['any', 'some'],
    signature: 'bool_or(condition boolean) -> boolean',
    summary: 'whether the condition is true in a row',
    arguments: [1, 1],
    distinct: 'changes nothing',
    build: truth(ANY),
  },
  {
    name: 'bit_and',
    signature: 'bit_and(x integer) -> type of x',
    summary: 'the bits that all values have',
    arguments: [1, 1],
    distinct: 'changes nothing',
    build: bitwise('&'),
  },
  {
    name: 'bit_or',
    signature: 'bit_or(x integer) -> type of x',
    summary: 'the bits that some value has',
    arguments: [1, 1],
    distinct: 'changes nothing',
    build: bitwise('|'),
  },
  {
    name: 'bit_xor',
    signature: 'bit_xor(x integer) -> type of x',
    summary: 'the bits that an odd number of values has',
    arguments: [1, 1],
    distinct: 'drops',
    build: bitwise('^'),
  },
];

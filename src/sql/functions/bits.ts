import type { DataType } from '../../core/types.ts';
import { BIGINT, INT, TINYINT } from '../../core/types.ts';
import { fitting, isInteger } from '../arithmetic.ts';
import { coerced } from '../coercion.ts';
import type { Evaluate, Expression } from '../expression.ts';
import { fail } from '../failure.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { call, expectCount, operandAs, unexpected } from '../function-spec.ts';

/** A shift of an int or a bigint: only the last five or six bits of the distance count. */
const shifting =
  (ofInt: (value: number, distance: number) => number, ofLong: (value: bigint, distance: bigint) => bigint) =>
  (site: CallSite): Expression => {
    expectCount(site, 2);
    const { type } = site.operand(0);
    const distance = operandAs(site, 1, INT);
    if (type.kind !== 'bigint') return call(site, [operandAs(site, 0, INT), distance], INT, ofInt);
    const fit = fitting(BIGINT);
    const long: Evaluate = (value: number, by: number) =>
      fit(Number(BigInt.asIntN(64, ofLong(BigInt(value), BigInt(by & 63)))));
    return call(site, [site.operand(0), distance], BIGINT, long);
  };

/** The operand, which must be an integer or a boolean. */
function integer(site: CallSite, index: number): Expression {
  const operand = site.operand(index);
  if (operand.type.kind === 'boolean' || operand.type.kind === 'void') return coerced(operand, INT);
  if (!isInteger(operand.type)) throw unexpected(site, index, operand, 'an integer');
  return operand;
}

/** Ones among the 64 bits that the number has as a bigint. */
function ones(value: number): number {
  let count = 0;
  for (let bits = BigInt.asUintN(64, BigInt(value)); bits > 0n; bits >>= 1n) count += Number(bits & 1n);
  return count;
}

const WIDTH: Readonly<Record<string, number>> = { tinyint: 8, smallint: 16, int: 32 };

const bitAt =
  (type: DataType): Evaluate =>
  (value: number, position: number) => {
    const width = WIDTH[type.kind] ?? 64;
    if (position >= 0 && position < width) return Number((BigInt(value) >> BigInt(position)) & 1n);
    return fail('INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE', `a bit position is 0 to ${width - 1}, not ${position}`);
  };

const family = 'numbers';

export const BITS: readonly FunctionSpec[] = [
  {
    name: 'shiftleft',
    family,
    signature: 'shiftleft(x int|bigint, distance int) -> int|bigint',
    summary: 'the bits moved to the left',
    build: shifting(
      (value, distance) => value << distance,
      (value, distance) => value << distance,
    ),
  },
  {
    name: 'shiftright',
    family,
    signature: 'shiftright(x int|bigint, distance int) -> int|bigint',
    summary: 'the bits moved to the right, the sign kept',
    build: shifting(
      (value, distance) => value >> distance,
      (value, distance) => value >> distance,
    ),
  },
  {
    name: 'shiftrightunsigned',
    family,
    signature: 'shiftrightunsigned(x int|bigint, distance int) -> int|bigint',
    summary: 'the bits moved to the right, zeros from the left',
    build: shifting(
      (value, distance) => (value >>> distance) | 0,
      (value, distance) => BigInt.asUintN(64, value) >> distance,
    ),
  },
  {
    name: 'bit_count',
    family,
    signature: 'bit_count(x integer|boolean) -> int',
    summary: 'number of ones among the 64 bits',
    build: (site) => {
      expectCount(site, 1);
      return call(site, [integer(site, 0)], INT, ones);
    },
  },
  {
    name: 'bit_get',
    aliases: ['getbit'],
    family,
    signature: 'bit_get(x integer, position int) -> tinyint',
    summary: 'the bit at a position, from 0 on the right',
    build: (site) => {
      expectCount(site, 2);
      const value = integer(site, 0);
      return call(site, [value, operandAs(site, 1, INT)], TINYINT, bitAt(value.type));
    },
  },
];

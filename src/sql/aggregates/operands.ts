import type { DataType, Value } from '../../core/types.ts';
import { BOOLEAN, DOUBLE, INTERVAL, typeName, YEAR_MONTH_INTERVAL } from '../../core/types.ts';
import { isNumeric } from '../arithmetic.ts';
import { acceptable, coerced } from '../coercion.ts';
import { comparatorOf } from '../comparison.ts';
import { Complaint } from '../complaint.ts';
import type { Expression } from '../expression.ts';
import { usedColumns } from '../expression.ts';
import { interpreted } from '../interpret.ts';
import type { AggregateSite } from './aggregate-call.ts';

/** The argument as a value of `type`. Throws DATATYPE_MISMATCH when it is something else. */
export function argumentAs(site: AggregateSite, index: number, type: DataType): Expression {
  const operand = site.operands[index];
  if (!acceptable(operand.type, type)) throw unexpectedArgument(site, operand, `a ${typeName(type)}`);
  return coerced(operand, type);
}

/** The argument as a number: a string is read as a double. Throws DATATYPE_MISMATCH. */
export function numericArgument(site: AggregateSite, index = 0): Expression {
  const operand = site.operands[index];
  if (isNumeric(operand.type)) return operand;
  if (operand.type.kind === 'string' || operand.type.kind === 'void') return coerced(operand, DOUBLE);
  throw unexpectedArgument(site, operand, 'numbers');
}

export const isInterval = ({ kind }: DataType): boolean => kind === 'interval' || kind === 'yearMonthInterval';

/** The type of a part of an interval: the one with all fields. */
export const wholeInterval = ({ kind }: DataType): DataType =>
  kind === 'yearMonthInterval' ? YEAR_MONTH_INTERVAL : INTERVAL;

/** The argument, with the order of its type. Throws DATATYPE_MISMATCH for types without one. */
export function orderedArgument(
  site: AggregateSite,
  index = 0,
): { operand: Expression; compare: (a: Value, b: Value) => number } {
  const operand = site.operands[index];
  const compare = comparatorOf(operand.type) as ((a: Value, b: Value) => number) | null;
  if (compare !== null) return { operand, compare };
  const message = `\`${site.name}\` takes values that can be compared, this is ${typeName(operand.type)}`;
  throw new Complaint('DATATYPE_MISMATCH.INVALID_ORDERING_TYPE', operand.span, message);
}

/** The value of an argument that is the same for all rows; null where it is left out. Throws DATATYPE_MISMATCH. */
export function constantArgument(site: AggregateSite, index: number, type: DataType): Value {
  if (index >= site.operands.length) return null;
  const operand = argumentAs(site, index, type);
  if (usedColumns([operand]).size > 0) {
    const message = `argument ${index + 1} of \`${site.name}\` must be the same for all rows`;
    throw new Complaint('DATATYPE_MISMATCH.NON_FOLDABLE_INPUT', operand.span, message, 'write a literal');
  }
  return interpreted.value(operand)([], { batchTime: 0 });
}

/** An argument that is `true` or `false`; false where it is left out. */
export function flagArgument(site: AggregateSite, index: number): boolean {
  const operand = site.operands.at(index);
  if (operand === undefined) return false;
  if (operand.type.kind !== BOOLEAN.kind) throw unexpectedArgument(site, operand, '`true` or `false`');
  return constantArgument(site, index, BOOLEAN) === true;
}

export function unexpectedArgument(site: AggregateSite, operand: Expression, expected: string): Complaint {
  const message = `\`${site.name}\` takes ${expected}, this is ${typeName(operand.type)}`;
  return new Complaint('DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE', operand.span, message);
}

export function outOfRange(site: AggregateSite, index: number, message: string): Complaint {
  return new Complaint('DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE', site.operands[index].span, message);
}

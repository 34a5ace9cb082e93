import type { Span } from '../core/diagnostic.ts';
import type { DataType, DecimalType } from '../core/types.ts';
import { BIGINT } from '../core/types.ts';
import { fitting, isFraction } from './arithmetic.ts';
import { coerced, typeBeside } from './coercion.ts';
import type { DecimalOperator } from './decimal.ts';
import { decimalFor, operation, resultType, wholeQuotient } from './decimal.ts';
import type { Expression } from './expression.ts';
import { call } from './function-spec.ts';

/** `left operator right` where one is a decimal and the other one a decimal, an integer or null. Null where they are something else. */
export function decimalArithmetic(
  operator: DecimalOperator | 'div',
  left: Expression,
  right: Expression,
  span: Span,
): Expression | null {
  const a = countedAs(left, right.type);
  const b = countedAs(right, left.type);
  if (a === null || b === null || (left.type.kind !== 'decimal' && right.type.kind !== 'decimal')) return null;
  const site = { name: operator, span };
  const operands = [coerced(left, a), coerced(right, b)];
  return operator === 'div'
    ? call(site, operands, BIGINT, wholeQuotient(a, b, fitting(BIGINT)))
    : call(site, operands, resultType(operator, a, b), operation(operator, a, b));
}

function countedAs(operand: Expression, other: DataType): DecimalType | null {
  if (operand.type.kind === 'void') return other.kind === 'decimal' ? other : null;
  return isFraction(operand.type) ? null : decimalFor(typeBeside(operand, other));
}

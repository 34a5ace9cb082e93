import type { DataType } from '../../core/types.ts';
import { typeName } from '../../core/types.ts';
import { commonType } from '../coercion.ts';
import { Complaint } from '../complaint.ts';
import type { Expression } from '../expression.ts';
import type { CallSite } from '../function-spec.ts';

/**
 * The type that an operand and the elements or keys of a collection meet in. Other than in comparisons, a string does not become a number.
 * Throws a complaint of the class where there is none.
 */
export function sharedType(
  site: CallSite,
  operand: Expression,
  types: readonly [collection: DataType, operand: DataType],
  errorClass: string,
): DataType {
  const [a, b] = types;
  const mixed = (a.kind === 'string') !== (b.kind === 'string') && a.kind !== 'void' && b.kind !== 'void';
  const common = mixed ? null : commonType(a, b);
  if (common !== null) return common;
  const message = `\`${site.name}\` mixes ${typeName(a)} and ${typeName(b)}`;
  throw new Complaint(`DATATYPE_MISMATCH.${errorClass}`, operand.span, message, 'cast one of them');
}

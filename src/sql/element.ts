import type { Value } from '../core/types.ts';
import { INT, typeName } from '../core/types.ts';
import { coerced, commonType } from './coercion.ts';
import { Complaint } from './complaint.ts';
import type { Expression } from './expression.ts';
import { fail } from './failure.ts';
import { call } from './function-spec.ts';

/** `a[i]`, counted from 0, and `m[k]`. */
export function subscript(
  operand: Expression,
  key: Expression,
  site: { readonly name: string; readonly span: Expression['span'] },
): Expression {
  if (operand.type.kind === 'map') {
    const type = commonType(key.type, operand.type.key);
    if (type === null) throw wrongKey(operand, key);
    const get = (map: Map<Value, Value>, k: Value): Value => map.get(k) ?? null;
    return call(site, [operand, coerced(key, operand.type.key)], operand.type.value, get);
  }
  if (operand.type.kind !== 'array') {
    const message = `\`[ ]\` takes an array or a map, this is ${typeName(operand.type)}`;
    throw new Complaint(
      'INVALID_EXTRACT_BASE_FIELD_TYPE',
      operand.span,
      message,
      'a field of a struct is written with a dot',
    );
  }
  if (!['tinyint', 'smallint', 'int', 'bigint', 'void'].includes(key.type.kind)) throw wrongKey(operand, key);
  const at = (values: Value[], index: number): Value => {
    if (index < 0 || index >= values.length) {
      return fail(
        'INVALID_ARRAY_INDEX',
        `the index ${index} is outside of an array of ${values.length}; use get() to get null instead`,
      );
    }
    return values[index];
  };
  return call(site, [operand, coerced(key, INT)], operand.type.element, at);
}

function wrongKey(operand: Expression, key: Expression): Complaint {
  const message = `a ${typeName(operand.type)} is not read by a ${typeName(key.type)}`;
  return new Complaint('DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE', key.span, message);
}

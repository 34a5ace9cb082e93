import { describe, expect, test } from 'vitest';
import type { Value } from '../../src/core/types.ts';
import { typeName } from '../../src/core/types.ts';
import { textOf } from '../../src/sql/conversion.ts';
import { BACKENDS, complaints, CONTEXT, expressionOf, outcome, ROW } from './support.ts';

/** Tests of expressions in both backends against type and text of the value, or the class of the error. */
export function judged(
  values: readonly (readonly [expression: string, type: string, shown: string | null])[],
  errors: readonly (readonly [expression: string, errorClass: string])[],
): void {
  describe.each(BACKENDS)('%s code', (_, backend) => {
    test.each(values)('%s is %s %s', (text, type, shown) => {
      const expression = expressionOf(text);
      expect(typeName(expression.type)).toBe(type);
      const value = backend.value(expression)(ROW, CONTEXT);
      const write = textOf(expression.type) as (value: Value) => Value;
      expect(value === null ? null : write(value)).toBe(shown);
    });

    test.each(errors)('%s is the error %s', (text, errorClass) => {
      const [complaint] = complaints(text);
      if (complaint !== undefined) expect(complaint.code).toBe(errorClass);
      else expect(outcome(() => backend.value(expressionOf(text))(ROW, CONTEXT))).toEqual({ error: errorClass });
    });
  });
}

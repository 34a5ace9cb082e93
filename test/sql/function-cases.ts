import { describe, expect, test } from 'vitest';
import type { Value } from '../../src/core/types.ts';
import { typeName } from '../../src/core/types.ts';
import { BACKENDS, CONTEXT, expressionOf, outcome } from './support.ts';

/** An expression without columns, its type, and the value or the error class that Spark 4 gives. */
export type Case = readonly [expression: string, type: string, value: Value];
export type Failure = readonly [expression: string, errorClass: string];

export const hex = (digits: string): Uint8Array => new Uint8Array(Buffer.from(digits, 'hex'));

/** Checks every case in generated code and in closures. */
export function checkFunctions(cases: readonly Case[], failures: readonly Failure[] = []): void {
  describe.each(BACKENDS)('%s code', (_, backend) => {
    test.each(cases)('%s is %s %j', (text, type, value) => {
      const expression = expressionOf(text);
      expect(typeName(expression.type)).toBe(type);
      expect(backend.value(expression)([], CONTEXT)).toEqual(value);
    });
    if (failures.length === 0) return;
    test.each(failures)('%s fails with %s', (text, errorClass) => {
      expect(outcome(() => backend.value(expressionOf(text))([], CONTEXT))).toEqual({ error: errorClass });
    });
  });
}

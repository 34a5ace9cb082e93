import { recoveryOf } from '../core/errors.ts';
import type { EvaluationContext } from '../core/operator.ts';
import type { Row } from '../core/types.ts';

/** What the operator made of a row that changes now. One that fails was rejected when it came, and nothing was made of it. */
export function madeOf<T>(
  old: Row | null,
  evaluate: (row: Row, context: EvaluationContext) => T,
  context: EvaluationContext,
): T | null {
  if (old === null) return null;
  try {
    return evaluate(old, context);
  } catch (error) {
    if (recoveryOf(error) !== 'user') throw error;
    return null;
  }
}

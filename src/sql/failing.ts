import type { EvaluationContext } from '../core/operator.ts';
import { MillraceError } from '../core/errors.ts';
import type { Row } from '../core/types.ts';
import type { Expression } from './expression.ts';
import { expressionText, operandsOf } from './expression.ts';
import { interpreted } from './interpret.ts';

/**
 * The error with the innermost expression that failed on the row: its text in the message, its place as `details.span`. An error that is not
 * the user's is returned as it is.
 */
export function explained(
  error: unknown,
  expressions: readonly Expression[],
  row: Row,
  context: EvaluationContext,
): unknown {
  if (!(error instanceof MillraceError) || error.code !== 'EXPRESSION_FAILED') return error;
  const failed = (expression: Expression): boolean => {
    try {
      interpreted.value(expression)(row, context);
      return false;
    } catch {
      return true;
    }
  };
  const culprit = expressions.find(failed);
  if (culprit === undefined) return error;
  const inner = innermost(culprit, failed, (when) => interpreted.predicate(when)(row, context));
  const text = expressionText(inner);
  return new MillraceError('EXPRESSION_FAILED', `${error.message}, in \`${text}\``, {
    cause: error,
    details: { ...error.details, expression: text, span: inner.span },
  });
}

function innermost(
  expression: Expression,
  failed: (expression: Expression) => boolean,
  holds: (condition: Expression) => boolean,
): Expression {
  const candidates = expression.kind === 'case' ? evaluatedOf(expression, failed, holds) : operandsOf(expression);
  // The body of a lambda has no value of its own.
  const culprit = candidates.find((candidate) => candidate.kind !== 'lambda' && failed(candidate));
  return culprit === undefined ? expression : innermost(culprit, failed, holds);
}

/** The parts of a CASE that were evaluated: conditions up to the first that failed or held, and what that one leads to. */
function evaluatedOf(
  { branches, otherwise }: Extract<Expression, { kind: 'case' }>,
  failed: (expression: Expression) => boolean,
  holds: (condition: Expression) => boolean,
): Expression[] {
  const evaluated: Expression[] = [];
  for (const { when, then } of branches) {
    evaluated.push(when);
    if (failed(when)) return evaluated;
    if (holds(when)) return [...evaluated, then];
  }
  return [...evaluated, otherwise];
}

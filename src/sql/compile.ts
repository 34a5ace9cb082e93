import type { EvaluationContext } from '../core/operator.ts';
import type { Row } from '../core/types.ts';
import type { AggregateCall } from './aggregates/aggregate-call.ts';
import type { Aggregator } from './aggregator.ts';
import { makeAggregator } from './aggregator.ts';
import type { Backend, Predicate, RowFunction, ValueFunction } from './backend.ts';
import type { Expression } from './expression.ts';
import { explained } from './failing.ts';
import { canGenerate, generated } from './generate.ts';
import { interpreted } from './interpret.ts';

/** Generated code, or closures where the process may not compile code (`--disallow-code-generation-from-strings`). */
const backend: Backend = canGenerate() ? generated : interpreted;

/**
 * The functions below throw MillraceError EXPRESSION_FAILED when a row cannot be evaluated: with Spark's error class and the expression in
 * the message, its place in `details.span`. They neither change nor keep the row.
 */

/** The values of the expressions, as a row. A generator gives its argument: the array or map that is to be exploded. */
export const compileRow = (expressions: readonly Expression[]): RowFunction =>
  explaining(expressions, backend.row(expressions));

/** The value of one expression. */
export const compileValue = (expression: Expression): ValueFunction =>
  explaining([expression], backend.value(expression));

/** Whether a boolean expression is true; null counts as false. */
export const compilePredicate = (expression: Expression): Predicate =>
  explaining([expression], backend.predicate(expression));

/** The aggregator of the calls of a GroupedAnalysis. */
export function compileAggregator(calls: readonly AggregateCall[]): Aggregator {
  const aggregator = makeAggregator(calls, backend);
  const expressions = calls.flatMap((call) => (call.filter === null ? call.operands : [call.filter, ...call.operands]));
  return {
    ...aggregator,
    update(buffer, row, context) {
      try {
        aggregator.update(buffer, row, context);
      } catch (error) {
        throw explained(error, expressions, row, context);
      }
    },
  };
}

function explaining<T>(
  expressions: readonly Expression[],
  evaluate: (row: Row, context: EvaluationContext) => T,
): (row: Row, context: EvaluationContext) => T {
  return (row, context) => {
    try {
      return evaluate(row, context);
    } catch (error) {
      throw explained(error, expressions, row, context);
    }
  };
}

import type { AggregateCall } from './aggregates.ts';
import type { Aggregator } from './aggregator.ts';
import { makeAggregator } from './aggregator.ts';
import type { Backend, Predicate, RowFunction, ValueFunction } from './backend.ts';
import type { Expression } from './expression.ts';
import { canGenerate, generated } from './generate.ts';
import { interpreted } from './interpret.ts';

/** Generated code, or closures where the process may not compile code (`--disallow-code-generation-from-strings`). */
const backend: Backend = canGenerate() ? generated : interpreted;

/**
 * The functions below throw MillraceError EXPRESSION_FAILED, with Spark's error class in the message, when a row cannot be evaluated. They
 * neither change nor keep the row.
 */

/** The values of the expressions, as a row. A generator gives its argument: the array or map that is to be exploded. */
export const compileRow = (expressions: readonly Expression[]): RowFunction => backend.row(expressions);

/** The value of one expression. */
export const compileValue = (expression: Expression): ValueFunction => backend.value(expression);

/** Whether a boolean expression is true; null counts as false. */
export const compilePredicate = (expression: Expression): Predicate => backend.predicate(expression);

/** The aggregator of the calls of a GroupedAnalysis. */
export const compileAggregator = (calls: readonly AggregateCall[]): Aggregator => makeAggregator(calls, backend);

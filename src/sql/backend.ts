import type { EvaluationContext } from '../core/operator.ts';
import type { Row, Value } from '../core/types.ts';
import type { AggregateCall } from './aggregates/aggregate-call.ts';
import type { Expression } from './expression.ts';

export type RowFunction = (row: Row, context: EvaluationContext) => Row;
export type ValueFunction = (row: Row, context: EvaluationContext) => Value;
export type Predicate = (row: Row, context: EvaluationContext) => boolean;
/** Takes a row up into a buffer, in place; a row that fails leaves the buffer as it was. */
export type BufferUpdate = (buffer: Row, row: Row, context: EvaluationContext) => void;

/** A way of evaluating expressions. There are two with the same results: generated JavaScript, and closures where that is forbidden. */
export interface Backend {
  row(expressions: readonly Expression[]): RowFunction;
  value(expression: Expression): ValueFunction;
  predicate(expression: Expression): Predicate;
  update(calls: readonly AggregateCall[]): BufferUpdate;
}

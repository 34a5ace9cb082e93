/** Spark SQL expressions: text to typed expression to JavaScript function. */
export type { AggregateCall } from './aggregates/aggregate-call.ts';
export { usedColumnsOfCalls } from './aggregates.ts';
export type { Aggregator } from './aggregator.ts';
export type { Predicate, RowFunction, ValueFunction } from './backend.ts';
export type { CatalogueEntry } from './catalogue.ts';
export { functionCatalogue } from './catalogue.ts';
export { compileAggregator, compilePredicate, compileRow, compileValue } from './compile.ts';
export type { ColumnReference, Expression, Generator, TimeWindow } from './expression.ts';
export { expressionText, usedColumns } from './expression.ts';
export { GroupedAnalysis } from './grouped.ts';
export type { Scope } from './scope.ts';
export type { SelectItem } from './select.ts';
export { analyzeItems, analyzePredicate } from './select.ts';
export { parseSchema } from './type-parser.ts';
export type { TimeWindows } from './time-windows.ts';
export { windowArray, windowsOf } from './window-call.ts';

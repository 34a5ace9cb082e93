import { Diagnostics } from '../../../src/core/diagnostic.ts';
import type { Row, Schema, Value } from '../../../src/core/types.ts';
import type { Aggregator } from '../../../src/sql/aggregator.ts';
import { makeAggregator } from '../../../src/sql/aggregator.ts';
import type { Backend } from '../../../src/sql/backend.ts';
import { GroupedAnalysis } from '../../../src/sql/sql.ts';
import { at, CONTEXT } from '../support.ts';

/** The analysis of aggregates over all rows; throws when there is a complaint. */
export function analysisOf(columns: Schema, ...texts: string[]): GroupedAnalysis {
  const diagnostics = new Diagnostics();
  const analysis = new GroupedAnalysis({ columns, qualifiers: ['t'] }, [], diagnostics, 'view `v`');
  analysis.items(texts.map((text) => at(text)));
  if (diagnostics.hasErrors) throw new Error(diagnostics.all.map((d) => `${d.code} ${d.message}`).join('; '));
  return analysis;
}

export const aggregatorOf = (backend: Backend, columns: Schema, ...texts: string[]): Aggregator =>
  makeAggregator(analysisOf(columns, ...texts).calls, backend);

/** The codes of the complaints about one aggregate. */
export function codesOf(columns: Schema, text: string): string[] {
  const diagnostics = new Diagnostics();
  new GroupedAnalysis({ columns, qualifiers: [] }, [], diagnostics, '').items([at(text)]);
  return diagnostics.all.map((d) => d.code);
}

export function bufferOf(aggregator: Aggregator, rows: readonly Row[]): Row {
  const buffer = aggregator.initial();
  for (const row of rows) aggregator.update(buffer, row, CONTEXT);
  return buffer;
}

export function resultOf(aggregator: Aggregator, buffer: Row): Value[] {
  const output: Row = [];
  aggregator.finish(buffer, output);
  return output;
}

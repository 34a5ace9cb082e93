import {
  EMPTY_STREAM,
  EMPTY_TABLE,
  type Batch,
  type EvaluationContext,
  type Operator,
  type OperatorContext,
  type RowContext,
  type TableChange,
} from '../core/operator.ts';
import type { Row } from '../core/types.ts';
import { madeOf } from './old-row.ts';

type Predicate = (row: Row, context: EvaluationContext) => boolean;

/** `where` and `having`: keeps the rows for which the predicate is true. A table's row that ceases to match leaves the table. */
export class Filter implements Operator {
  readonly name: string;
  readonly eventTime = null;
  readonly #predicate: Predicate;

  constructor(name: string, predicate: Predicate) {
    this.name = name;
    this.#predicate = predicate;
  }

  process(input: Batch, context: OperatorContext): Batch {
    if (input.kind === 'stream') {
      const rows = this.#matching(input.rows, context);
      return rows.length === 0 ? EMPTY_STREAM : { kind: 'stream', rows };
    }
    const changes: TableChange[] = [];
    for (const change of input.changes) {
      const before = madeOf(change.old, this.#predicate, context) === true ? change.old : null;
      const after = change.new !== null && this.#matches(change.new, context) ? change.new : null;
      if (before !== null || after !== null) changes.push({ key: change.key, old: before, new: after });
    }
    const final = this.#matching(input.final, context);
    return changes.length === 0 && final.length === 0 ? EMPTY_TABLE : { ...EMPTY_TABLE, changes, final };
  }

  #matching(rows: readonly Row[], context: RowContext): Row[] {
    const predicate = this.#predicate;
    const matching: Row[] = [];
    for (const row of rows) {
      try {
        if (predicate(row, context)) matching.push(row);
      } catch (error) {
        context.rejectRow(row, error);
      }
    }
    return matching;
  }

  #matches(row: Row, context: RowContext): boolean {
    try {
      return this.#predicate(row, context);
    } catch (error) {
      context.rejectRow(row, error);
      return false;
    }
  }

  readonly snapshot = async function* (
    this: Filter,
    upstream: () => AsyncIterable<Row>,
    context: RowContext,
  ): AsyncIterable<Row> {
    for await (const row of upstream()) if (this.#matches(row, context)) yield row;
  };
}

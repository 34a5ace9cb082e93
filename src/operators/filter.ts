import {
  EMPTY_STREAM,
  EMPTY_TABLE,
  type Batch,
  type Operator,
  type OperatorContext,
  type TableChange,
} from '../core/operator.ts';
import type { EvaluationContext } from '../core/operator.ts';
import type { Row } from '../core/types.ts';

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
    const matches = this.#predicate;
    if (input.kind === 'stream') {
      const rows = input.rows.filter((row) => matches(row, context));
      return rows.length === 0 ? EMPTY_STREAM : { kind: 'stream', rows };
    }
    const changes: TableChange[] = [];
    for (const change of input.changes) {
      const before = change.old !== null && matches(change.old, context) ? change.old : null;
      const after = change.new !== null && matches(change.new, context) ? change.new : null;
      if (before !== null || after !== null) changes.push({ key: change.key, old: before, new: after });
    }
    const final = input.final.filter((row) => matches(row, context));
    return changes.length === 0 && final.length === 0 ? EMPTY_TABLE : { ...EMPTY_TABLE, changes, final };
  }

  readonly snapshot = async function* (
    this: Filter,
    upstream: () => AsyncIterable<Row>,
    context: EvaluationContext,
  ): AsyncIterable<Row> {
    for await (const row of upstream()) if (this.#predicate(row, context)) yield row;
  };
}

import {
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

type Projection = (row: Row, context: EvaluationContext) => Row;

/** `select`: one output row for each row. A table keeps its key, whether or not its columns are among those selected. */
export class Project implements Operator {
  readonly name: string;
  readonly eventTime = null;
  readonly #project: Projection;

  constructor(name: string, project: Projection) {
    this.name = name;
    this.#project = project;
  }

  process(input: Batch, context: OperatorContext): Batch {
    if (input.kind === 'stream') return { kind: 'stream', rows: this.#projectAll(input.rows, context) };
    const changes: TableChange[] = [];
    for (const change of input.changes) {
      const old = madeOf(change.old, this.#project, context);
      const projected = change.new === null ? null : this.#projectOne(change.new, context);
      if (old !== null || projected !== null) changes.push({ key: change.key, old, new: projected });
    }
    return { ...EMPTY_TABLE, changes, final: this.#projectAll(input.final, context) };
  }

  #projectAll(rows: readonly Row[], context: RowContext): Row[] {
    const project = this.#project;
    const projected: Row[] = [];
    for (const row of rows) {
      try {
        projected.push(project(row, context));
      } catch (error) {
        context.rejectRow(row, error);
      }
    }
    return projected;
  }

  #projectOne(row: Row, context: RowContext): Row | null {
    try {
      return this.#project(row, context);
    } catch (error) {
      context.rejectRow(row, error);
      return null;
    }
  }

  readonly snapshot = async function* (
    this: Project,
    upstream: () => AsyncIterable<Row>,
    context: RowContext,
  ): AsyncIterable<Row> {
    for await (const row of upstream()) {
      const projected = this.#projectOne(row, context);
      if (projected !== null) yield projected;
    }
  };
}

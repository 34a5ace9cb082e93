import {
  EMPTY_TABLE,
  type Batch,
  type EvaluationContext,
  type Operator,
  type OperatorContext,
} from '../core/operator.ts';
import type { Row } from '../core/types.ts';

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
    const project = this.#project;
    if (input.kind === 'stream') return { kind: 'stream', rows: input.rows.map((row) => project(row, context)) };
    return {
      ...EMPTY_TABLE,
      changes: input.changes.map((change) => ({
        key: change.key,
        old: change.old === null ? null : project(change.old, context),
        new: change.new === null ? null : project(change.new, context),
      })),
      final: input.final.map((row) => project(row, context)),
    };
  }

  readonly snapshot = async function* (
    this: Project,
    upstream: () => AsyncIterable<Row>,
    context: EvaluationContext,
  ): AsyncIterable<Row> {
    for await (const row of upstream()) yield this.#project(row, context);
  };
}

import type { Batch, Operator, OperatorContext } from '../core/operator.ts';
import type { Row } from '../core/types.ts';
import type { Grouping } from './grouping.ts';

/**
 * Puts the group behind each row, before a repartition of the rows themselves: [columns of the input…, group values…], once for each group
 * that the row is in. Columns that nothing reads travel as null.
 */
export class AssignGroups implements Operator {
  readonly name: string;
  readonly eventTime = null;
  readonly snapshot = null;
  readonly #grouping: Grouping;
  readonly #needed: readonly boolean[];

  /** @param needed by column of the input: whether it is read behind the repartition */
  constructor(name: string, grouping: Grouping, needed: readonly boolean[]) {
    this.name = name;
    this.#grouping = grouping;
    this.#needed = needed;
  }

  process(input: Batch, context: OperatorContext): Batch {
    if (input.kind === 'table') throw new TypeError('a table cannot be aggregated as a stream');
    const { rows, groupOf } = this.#grouping.assign(input.rows, context);
    return { kind: 'stream', rows: rows.map((row, i) => this.#assigned(row, groupOf[i].values)) };
  }

  #assigned(row: Row, group: Row): Row {
    const needed = this.#needed;
    const assigned: Row = [];
    for (let i = 0; i < needed.length; i++) assigned.push(needed[i] ? row[i] : null);
    for (let i = 0; i < group.length; i++) assigned.push(group[i]);
    return assigned;
  }
}

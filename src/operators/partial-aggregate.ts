import type { Batch, Operator, OperatorContext } from '../core/operator.ts';
import type { Row } from '../core/types.ts';
import type { Aggregator } from '../sql/sql.ts';
import type { Group, Grouping } from './grouping.ts';

/**
 * Aggregates within one batch, before a repartition: one row [group values…, aggregation buffer…] for each group that the batch has, in
 * place of all its rows. Only for aggregates whose result does not depend on the order of their input.
 */
export class PartialAggregate implements Operator {
  readonly name: string;
  readonly snapshot = null;
  readonly #grouping: Grouping;
  readonly #aggregator: Aggregator;

  constructor(name: string, grouping: Grouping, aggregator: Aggregator) {
    this.name = name;
    this.#grouping = grouping;
    this.#aggregator = aggregator;
  }

  process(input: Batch, context: OperatorContext): Batch {
    if (input.kind === 'table') throw new TypeError('a table cannot be aggregated as a stream');
    const aggregator = this.#aggregator;
    const groups: Group[] = [];
    const groupOfRow = this.#grouping.assign(input.rows, context, groups);
    for (const group of groups) group.buffer = aggregator.initial();
    for (let i = 0; i < groupOfRow.length; i++) aggregator.update(groupOfRow[i].buffer, input.rows[i], context);
    return { kind: 'stream', rows: groups.map((group): Row => [...group.values, ...group.buffer]) };
  }
}

import type { Batch, Operator, OperatorContext } from '../core/operator.ts';
import type { Row } from '../core/types.ts';
import type { Aggregator } from '../sql/sql.ts';
import { hasRows, type Grouping } from './grouping.ts';

export interface PartialAggregateOptions {
  readonly grouping: Grouping;
  readonly aggregator: Aggregator;
  /** Whether the number of rows goes along: who drops a row that comes late counts the rows it stands for. */
  readonly counted: boolean;
}

/**
 * Aggregates within one batch, before a repartition: one row [group values…, aggregation buffer…, number of rows if counted] for each group
 * that the batch has, in place of all its rows. Only for aggregates whose result does not depend on the order of their input.
 */
export class PartialAggregate implements Operator {
  readonly name: string;
  readonly eventTime = null;
  readonly snapshot = null;
  readonly #options: PartialAggregateOptions;

  constructor(name: string, options: PartialAggregateOptions) {
    this.name = name;
    this.#options = options;
  }

  process(input: Batch, context: OperatorContext): Batch {
    if (input.kind === 'table') throw new TypeError('a table cannot be aggregated as a stream');
    const { grouping, aggregator, counted } = this.#options;
    const { groups, rows, groupOf } = grouping.assign(input.rows, context);
    for (const group of groups) group.buffer = aggregator.initial();
    for (let i = 0; i < rows.length; i++) {
      const group = groupOf[i];
      try {
        aggregator.update(group.buffer, rows[i], context);
        group.rows++;
      } catch (error) {
        context.rejectRow(rows[i], error);
      }
    }
    return {
      kind: 'stream',
      rows: groups.filter(hasRows).map(({ values, buffer, rows: count }): Row => {
        return counted ? [...values, ...buffer, count] : [...values, ...buffer];
      }),
    };
  }
}

import { decodeKey } from '../core/key-codec.ts';
import type { Batch, EvaluationContext, Operator, OperatorContext, TableChange } from '../core/operator.ts';
import type { KeyValueStore } from '../core/state.ts';
import type { DataType, Row } from '../core/types.ts';
import type { Aggregator } from '../sql/sql.ts';
import type { Group, Grouping } from './grouping.ts';

export interface AggregateOptions {
  readonly store: KeyValueStore;
  readonly grouping: Grouping;
  readonly groupTypes: readonly DataType[];
  readonly aggregator: Aggregator;
  /** Adds a row to a buffer: a row of the input, or one that a partial aggregate made. */
  readonly absorb: (buffer: Row, row: Row, context: EvaluationContext) => void;
  readonly oldRowsAsked: boolean;
}

/**
 * `groupBy` with aggregates: a table of one row per group, [group values…, aggregate values…]. The store holds each group's aggregation
 * buffer. A batch touches each of its groups once in the store, however many rows it brings.
 */
export class Aggregate implements Operator {
  readonly name: string;
  readonly #options: AggregateOptions;

  constructor(name: string, options: AggregateOptions) {
    this.name = name;
    this.#options = options;
  }

  async process(input: Batch, context: OperatorContext): Promise<Batch> {
    if (input.kind === 'table') throw new TypeError('a table cannot be aggregated as a stream');
    const { store, grouping, aggregator, absorb, oldRowsAsked } = this.#options;
    const groups: Group[] = [];
    const groupOfRow = grouping.assign(input.rows, context, groups);
    await store.prefetch(groups.map((group) => group.key));

    const stored = groups.map((group) => store.get(group.key));
    groups.forEach((group, i) => (group.buffer = stored[i]?.slice() ?? aggregator.initial()));
    for (let i = 0; i < groupOfRow.length; i++) absorb(groupOfRow[i].buffer, input.rows[i], context);

    const changes = new Array<TableChange>(groups.length);
    for (let i = 0; i < groups.length; i++) {
      const { key, values, buffer } = groups[i];
      const before = oldRowsAsked ? stored[i] : null;
      store.put(key, buffer);
      changes[i] = { key, old: before === null ? null : this.#row(values, before), new: this.#row(values, buffer) };
    }
    return { kind: 'table', changes };
  }

  #row(groupValues: Row, buffer: Row): Row {
    const row = groupValues.slice();
    this.#options.aggregator.finish(buffer, row);
    return row;
  }

  readonly snapshot = async function* (this: Aggregate): AsyncIterable<Row> {
    const { store, groupTypes } = this.#options;
    for await (const [key, buffer] of store.scan()) yield this.#row(decodeKey(key, groupTypes), buffer);
  };
}

import { decodeKey } from '../core/key-codec.ts';
import { EMPTY_TABLE, type Batch, type Operator, type OperatorContext } from '../core/operator.ts';
import type { KeyValueStore } from '../core/state.ts';
import type { DataType, Row } from '../core/types.ts';
import type { Aggregator } from '../sql/sql.ts';
import { GroupTable, type Absorb } from './group-table.ts';
import type { Grouping } from './grouping.ts';

export interface AggregateOptions {
  readonly store: KeyValueStore;
  readonly grouping: Grouping;
  readonly groupTypes: readonly DataType[];
  readonly aggregator: Aggregator;
  /** Adds a row to a buffer: a row of the input, or one that a partial aggregate made. */
  readonly absorb: Absorb;
  readonly oldRowsAsked: boolean;
}

/**
 * `groupBy` with aggregates: a table of one row per group, [group values…, aggregate values…], that keeps every group. The store holds each
 * group's aggregation buffer. A batch touches each of its groups once in the store, however many rows it brings.
 */
export class Aggregate implements Operator {
  readonly name: string;
  readonly eventTime = null;
  readonly #options: AggregateOptions;
  readonly #table: GroupTable;

  constructor(name: string, options: AggregateOptions) {
    this.name = name;
    this.#options = options;
    this.#table = new GroupTable(options.store, options.aggregator, options.oldRowsAsked);
  }

  async process(input: Batch, context: OperatorContext): Promise<Batch> {
    if (input.kind === 'table') throw new TypeError('a table cannot be aggregated as a stream');
    const { grouping, absorb } = this.#options;
    const grouped = grouping.assign(input.rows, context);
    await this.#table.open(grouped.groups);
    this.#table.absorb(grouped, absorb, context);
    return { ...EMPTY_TABLE, changes: this.#table.store(grouped.groups, grouped, context) };
  }

  readonly snapshot = async function* (this: Aggregate): AsyncIterable<Row> {
    const { store, groupTypes } = this.#options;
    for await (const [key, buffer] of store.scan()) yield this.#table.row(decodeKey(key, groupTypes), buffer);
  };
}

import { decodeKey, encodeKey } from '../core/key-codec.ts';
import type { Batch, EvaluationContext, Operator, OperatorContext, TableChange } from '../core/operator.ts';
import type { KeyValueStore } from '../core/state.ts';
import type { DataType, Row, Value } from '../core/types.ts';
import type { Aggregator } from '../sql/sql.ts';

export interface AggregateOptions {
  readonly store: KeyValueStore;
  /** The values a row is grouped by. */
  readonly groupOf: (row: Row, context: EvaluationContext) => Row;
  readonly groupTypes: readonly DataType[];
  /** Position of the column, where the group is exactly one column as it stands; -1 otherwise. */
  readonly groupColumn: number;
  readonly aggregator: Aggregator;
}

/** What one batch knows of one group. */
interface Group {
  readonly key: string;
  readonly values: Row;
  stored: Row | null;
  buffer: Row;
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
    const { store, aggregator } = this.#options;
    const groups: Group[] = [];
    const groupOfRow = this.#group(input.rows, context, groups);
    await store.prefetch(groups.map((group) => group.key));

    for (const group of groups) {
      group.stored = store.get(group.key);
      group.buffer = group.stored === null ? aggregator.initial() : group.stored.slice();
    }
    for (let i = 0; i < groupOfRow.length; i++) aggregator.update(groupOfRow[i].buffer, input.rows[i], context);

    const changes: TableChange[] = new Array<TableChange>(groups.length);
    for (let i = 0; i < groups.length; i++) {
      const { key, values, stored, buffer } = groups[i];
      store.put(key, buffer);
      changes[i] = { key, old: stored === null ? null : this.#row(values, stored), new: this.#row(values, buffer) };
    }
    return { kind: 'table', changes };
  }

  /** Fills `groups` with the distinct groups of the rows, in order of appearance, and returns each row's group. */
  #group(rows: readonly Row[], context: OperatorContext, groups: Group[]): Group[] {
    const { groupOf, groupColumn } = this.#options;
    const groupOfRow = new Array<Group>(rows.length);
    // A single column is looked up by its value, which spares a key string per row. Map compares as grouping does: NaN is NaN, -0 is 0.
    const known = new Map<Value, Group>();
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      const byValue = groupColumn >= 0 && isScalar(row[groupColumn]);
      const values = byValue ? null : groupOf(row, context);
      const id = values === null ? row[groupColumn] : encodeKey(values);
      let group = known.get(id);
      if (group === undefined) {
        const groupValues = values ?? [row[groupColumn]];
        group = {
          key: values === null ? encodeKey(groupValues) : (id as string),
          values: groupValues,
          stored: null,
          buffer: [],
        };
        known.set(id, group);
        groups.push(group);
      }
      groupOfRow[i] = group;
    }
    return groupOfRow;
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

const isScalar = (value: Value): boolean => typeof value !== 'object' || value === null;

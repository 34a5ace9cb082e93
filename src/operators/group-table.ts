import type { EvaluationContext, RowContext, TableChange } from '../core/operator.ts';
import type { KeyValueStore } from '../core/state.ts';
import type { Row } from '../core/types.ts';
import type { Aggregator } from '../sql/sql.ts';
import { newGroup, type Group, type GroupedRows } from './grouping.ts';

/** Adds a row to a buffer, in place; one that fails leaves it as it was. */
export type Absorb = (buffer: Row, row: Row, context: EvaluationContext) => void;

/** The group of a row that was rejected. */
const NO_GROUP: Group = newGroup([]);

/** The table of an aggregation: one row per group, [group values…, aggregate values…], of which the store holds the aggregation buffer. */
export class GroupTable {
  readonly #store: KeyValueStore;
  readonly #aggregator: Aggregator;
  readonly #oldRowsAsked: boolean;

  constructor(store: KeyValueStore, aggregator: Aggregator, oldRowsAsked: boolean) {
    this.#store = store;
    this.#aggregator = aggregator;
    this.#oldRowsAsked = oldRowsAsked;
  }

  /** Gives each group a buffer to be changed: a copy of the stored one, or a fresh one. */
  async open(groups: readonly Group[]): Promise<void> {
    await this.#store.prefetch(groups.map((group) => group.storeKey));
    for (const group of groups) {
      group.stored = this.#store.get(group.storeKey);
      group.buffer = group.stored?.slice() ?? this.#aggregator.initial();
    }
  }

  /** Takes the rows up into the buffers of their groups, but for those that are final at `lateWatermark`. */
  absorb({ rows, groupOf }: GroupedRows, absorb: Absorb, context: RowContext, lateWatermark = -Infinity): void {
    for (let i = 0; i < rows.length; i++) {
      const group = groupOf[i];
      if (group.segment <= lateWatermark) continue;
      try {
        absorb(group.buffer, rows[i], context);
        group.rows++;
      } catch (error) {
        context.rejectRow(rows[i], error);
        groupOf[i] = NO_GROUP;
      }
    }
  }

  /** Stores the buffers that rows went into; returns the changes of their groups. */
  store(groups: readonly Group[], grouped: GroupedRows, context: RowContext): TableChange[] {
    const changes: TableChange[] = [];
    for (const group of groups) {
      if (group.rows === 0) continue;
      const { key, storeKey, values, stored, buffer } = group;
      let row: Row;
      try {
        row = this.row(values, buffer);
      } catch (error) {
        // None of them fails alone: a group whose result does stays as it was.
        grouped.rows.forEach((each, i) => grouped.groupOf[i] === group && context.rejectRow(each, error));
        continue;
      }
      this.#store.put(storeKey, buffer);
      const old = this.#oldRowsAsked && stored !== null ? this.row(values, stored) : null;
      changes.push({ key, old, new: row });
    }
    return changes;
  }

  /** The table's row of a group. */
  row(values: Row, buffer: Row): Row {
    const row = values.slice();
    this.#aggregator.finish(buffer, row);
    return row;
  }
}

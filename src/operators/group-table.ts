import type { TableChange } from '../core/operator.ts';
import type { KeyValueStore } from '../core/state.ts';
import type { Row } from '../core/types.ts';
import type { Aggregator } from '../sql/sql.ts';
import type { Group } from './grouping.ts';

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

  /** Stores the buffers; returns the change of each group. */
  store(groups: readonly Group[]): TableChange[] {
    const changes = new Array<TableChange>(groups.length);
    for (let i = 0; i < groups.length; i++) {
      const { key, storeKey, values, stored, buffer } = groups[i];
      this.#store.put(storeKey, buffer);
      const old = this.#oldRowsAsked && stored !== null ? this.row(values, stored) : null;
      changes[i] = { key, old, new: this.row(values, buffer) };
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

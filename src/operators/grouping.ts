import { encodeKey } from '../core/key-codec.ts';
import type { EvaluationContext } from '../core/operator.ts';
import type { Row, Value } from '../core/types.ts';

/** What one batch knows of one group. */
export interface Group {
  /** Canonical key string. */
  readonly key: string;
  readonly values: Row;
  /** When it is final, where the operator keeps it by event time. */
  segment: number;
  /** The key in the store; the canonical one unless the store is segmented. */
  storeKey: string;
  /** What the store holds of it; null = nothing. */
  stored: Row | null;
  /** The aggregation buffer that the batch's rows go into. */
  buffer: Row;
  /** Rows of the batch that went into it, where the operator counts them. */
  rows: number;
}

/** The rows of a batch by groups: row i belongs to `groupOf[i]`. A row in several groups is there for each of them, one in none is not there. */
export interface GroupedRows {
  /** In order of appearance, without buffers. */
  readonly groups: Group[];
  readonly rows: readonly Row[];
  readonly groupOf: readonly Group[];
}

/** Tells the groups of a batch apart. */
export interface Grouping {
  assign(rows: readonly Row[], context: EvaluationContext): GroupedRows;
}

/** Groups by values of the row. */
export class ValueGrouping implements Grouping {
  readonly #groupOf: (row: Row, context: EvaluationContext) => Row;
  readonly #column: number;

  /**
   * @param groupOf the values a row is grouped by
   * @param column position of the column, where the group is exactly one column as it stands; -1 otherwise
   */
  constructor(groupOf: (row: Row, context: EvaluationContext) => Row, column: number) {
    this.#groupOf = groupOf;
    this.#column = column;
  }

  assign(rows: readonly Row[], context: EvaluationContext): GroupedRows {
    const column = this.#column;
    const groups: Group[] = [];
    const groupOf = new Array<Group>(rows.length);
    // A single column is looked up by its value, which spares a key string per row. Map compares as grouping does: NaN is NaN, -0 is 0.
    const known = new Map<Value, Group>();
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      const byValue = column >= 0 && isScalar(row[column]);
      const values = byValue ? null : this.#groupOf(row, context);
      const id = values === null ? row[column] : encodeKey(values);
      let group = known.get(id);
      if (group === undefined) {
        group = newGroup(values ?? [row[column]]);
        known.set(id, group);
        groups.push(group);
      }
      groupOf[i] = group;
    }
    return { groups, rows, groupOf };
  }
}

const NO_BUFFER: Row = [];

/** A group without a buffer. */
export function newGroup(values: Row, key = encodeKey(values)): Group {
  return { key, values, segment: Infinity, storeKey: key, stored: null, buffer: NO_BUFFER, rows: 0 };
}

/** True for values that a Map tells apart as grouping does. */
export const isScalar = (value: Value): boolean => typeof value !== 'object' || value === null;

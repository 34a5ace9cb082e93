import { encodeKey } from '../core/key-codec.ts';
import type { EvaluationContext } from '../core/operator.ts';
import type { Row, Value } from '../core/types.ts';

/** What one batch knows of one group. */
export interface Group {
  /** Canonical key string. */
  readonly key: string;
  readonly values: Row;
  /** The aggregation buffer that the batch's rows go into. */
  buffer: Row;
}

/** Tells the groups of a batch apart. */
export class Grouping {
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

  /** Fills `groups` with the distinct groups of the rows, in order of appearance and without buffers, and returns each row's group. */
  assign(rows: readonly Row[], context: EvaluationContext, groups: Group[]): Group[] {
    const column = this.#column;
    const groupOfRow = new Array<Group>(rows.length);
    // A single column is looked up by its value, which spares a key string per row. Map compares as grouping does: NaN is NaN, -0 is 0.
    const known = new Map<Value, Group>();
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      const byValue = column >= 0 && isScalar(row[column]);
      const values = byValue ? null : this.#groupOf(row, context);
      const id = values === null ? row[column] : encodeKey(values);
      let group = known.get(id);
      if (group === undefined) {
        const groupValues = values ?? [row[column]];
        group = { key: encodeKey(groupValues), values: groupValues, buffer: NO_BUFFER };
        known.set(id, group);
        groups.push(group);
      }
      groupOfRow[i] = group;
    }
    return groupOfRow;
  }
}

const NO_BUFFER: Row = [];

const isScalar = (value: Value): boolean => typeof value !== 'object' || value === null;

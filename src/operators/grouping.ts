import { encodeKey } from '../core/key-codec.ts';
import type { EvaluationContext, RowContext } from '../core/operator.ts';
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
  /** Rows of the batch that went into it. */
  rows: number;
}

/**
 * The rows of a batch by groups: row i belongs to `groupOf[i]`. A row in several groups is there for each of them; one in none, or for which
 * the group cannot be told, is not there.
 */
export interface GroupedRows {
  /** In order of appearance, without buffers. */
  readonly groups: Group[];
  readonly rows: readonly Row[];
  readonly groupOf: Group[];
}

/** Tells the groups of a batch apart. */
export interface Grouping {
  assign(rows: readonly Row[], context: RowContext): GroupedRows;
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

  assign(rows: readonly Row[], context: RowContext): GroupedRows {
    const column = this.#column;
    const groups: Group[] = [];
    const groupOf = new Array<Group>(rows.length);
    // A single column is looked up by its value, which spares a key string per row. Map compares as grouping does: NaN is NaN, -0 is 0.
    const known = new Map<Value, Group>();
    // The rows without those that failed; null while none has.
    let grouped: Row[] | null = null;
    let count = 0;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      const byValue = column >= 0 && isScalar(row[column]);
      let values: Row | null = null;
      if (!byValue) {
        try {
          values = this.#groupOf(row, context);
        } catch (error) {
          context.rejectRow(row, error);
          grouped ??= rows.slice(0, i);
          continue;
        }
      }
      const id = values === null ? row[column] : encodeKey(values);
      let group = known.get(id);
      if (group === undefined) {
        group = newGroup(values ?? [row[column]]);
        known.set(id, group);
        groups.push(group);
      }
      groupOf[count++] = group;
      if (grouped !== null) grouped.push(row);
    }
    groupOf.length = count;
    return { groups, rows: grouped ?? rows, groupOf };
  }
}

const NO_BUFFER: Row = [];

/** A group without a buffer. */
export function newGroup(values: Row, key = encodeKey(values)): Group {
  return { key, values, segment: Infinity, storeKey: key, stored: null, buffer: NO_BUFFER, rows: 0 };
}

/** True for values that a Map tells apart as grouping does. */
export const isScalar = (value: Value): boolean => typeof value !== 'object' || value === null;

/** False for a group of which every row was rejected: it does not come into being. */
export const hasRows = ({ rows }: Group): boolean => rows > 0;

import { encodeKey } from '../core/key-codec.ts';
import type { EvaluationContext, RowContext } from '../core/operator.ts';
import type { Row, Value } from '../core/types.ts';
import type { TimeWindows } from '../sql/sql.ts';
import { isScalar, newGroup, type Group, type GroupedRows, type Grouping } from './grouping.ts';

export interface WindowGroupingOptions {
  readonly windows: TimeWindows;
  /** The time that the windows are about; null = the row is in none. */
  readonly time: (row: Row, context: EvaluationContext) => Value;
  /** Position of the time's column, where it is a column as it stands; -1 otherwise. */
  readonly timeColumn: number;
  /** What a row is grouped by besides its windows. */
  readonly others: (row: Row, context: EvaluationContext) => Row;
  /** Position of the column, where the other groups are exactly one column as it stands; -1 otherwise. */
  readonly column: number;
  /** Where the window stands among the group's values. */
  readonly position: number;
}

/**
 * Groups by a window and other values. Rows mostly come in the order of their times, so that the windows of a row are those of the row before
 * it: they are then known without arithmetic. A window's struct and its key are made once a batch.
 */
export class WindowGrouping implements Grouping {
  readonly #options: WindowGroupingOptions;

  constructor(options: WindowGroupingOptions) {
    this.#options = options;
  }

  assign(rows: readonly Row[], context: RowContext): GroupedRows {
    const { windows, time: timeOf, timeColumn, others: othersOf, column } = this.#options;
    const { slide } = windows;
    const groups: Group[] = [];
    const grouped = new Array<Row>(rows.length);
    const groupOf = new Array<Group>(rows.length);
    let count = 0;
    const seen = new Map<number, SeenWindow>();
    // The last window of the row before, the times of which it is the last one, and whether it is the only one of those.
    let last = NaN;
    let lastSeen = NONE_SEEN;
    let from = Infinity;
    let until = -Infinity;
    let alone = true;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      const byValue = column >= 0 && isScalar(row[column]);
      let time: Value;
      let others: Row | null = null;
      try {
        time = timeColumn >= 0 ? row[timeColumn] : timeOf(row, context);
        if (typeof time !== 'number') continue;
        if (!byValue) others = othersOf(row, context);
      } catch (error) {
        context.rejectRow(row, error);
        continue;
      }
      if (time < from || time >= until) {
        last = windows.last(time);
        lastSeen = this.#see(last, seen);
        from = windows.start(last);
        until = windows.start(last + slide);
        alone = windows.end(last - slide) <= from;
      }
      const id = others === null ? row[column] : encodeKey(others);
      let window = last;
      let known = lastSeen;
      for (;;) {
        let group = known.groups.get(id);
        if (group === undefined) {
          group = this.#group(known, others ?? [row[column]]);
          known.groups.set(id, group);
          groups.push(group);
        }
        grouped[count] = row;
        groupOf[count++] = group;
        if (alone) break;
        window -= slide;
        if (windows.end(window) <= time) break;
        known = this.#see(window, seen);
      }
    }
    grouped.length = count;
    groupOf.length = count;
    return { groups, rows: grouped, groupOf };
  }

  #see(window: number, seen: Map<number, SeenWindow>): SeenWindow {
    const known = seen.get(window);
    if (known !== undefined) return known;
    const { windows } = this.#options;
    const bounds = [windows.start(window), windows.end(window)];
    const made = { bounds, key: encodeKey([bounds]), groups: new Map<Value, Group>() };
    seen.set(window, made);
    return made;
  }

  #group({ bounds, key }: SeenWindow, others: Row): Group {
    const { position } = this.#options;
    // The key of several columns is that of one behind that of the other.
    const first = position === 0 ? '' : encodeKey(others.slice(0, position));
    const rest = position === 0 ? encodeKey(others) : encodeKey(others.slice(position));
    return newGroup(others.toSpliced(position, 0, bounds), first + key + rest);
  }
}

/** A window that rows of the batch are in. */
interface SeenWindow {
  /** The struct. */
  readonly bounds: Row;
  /** Its canonical key string. */
  readonly key: string;
  /** By the value of the other group's column, or by the key string of the other groups. */
  readonly groups: Map<Value, Group>;
}

const NONE_SEEN: SeenWindow = { bounds: [], key: '', groups: new Map() };

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeKey } from '../../src/core/key-codec.ts';
import type { Row, Value } from '../../src/core/types.ts';
import { WindowGrouping } from '../../src/operators/window-grouping.ts';
import { timeWindows } from '../../src/sql/time-windows.ts';
import { context } from './support.ts';

const CONTEXT = context(-Infinity, -Infinity);

/** Over rows [time, a, b]: the window stands second, behind a. */
function grouping(size: number, slide: number, offset: number, columns: readonly number[]): WindowGrouping {
  return new WindowGrouping({
    windows: timeWindows({ size, slide, offset, zone: null }),
    time: (row) => row[0],
    timeColumn: 0,
    others: (row) => columns.map((column) => row[column]),
    column: columns.length === 1 ? columns[0] : -1,
    position: Math.min(1, columns.length),
  });
}

/** What grouping by windows means, row by row. */
function expected(
  rows: readonly Row[],
  size: number,
  slide: number,
  offset: number,
  columns: readonly number[],
): string[] {
  return rows.flatMap((row) => {
    const [time] = row;
    if (typeof time !== 'number') return [];
    const found: string[] = [];
    for (let k = 400; k >= -400; k--) {
      const start = offset + k * slide;
      if (start > time || time >= start + size) continue;
      const others: Value[] = columns.map((column) => row[column]);
      found.push(
        `${encodeKey(others.toSpliced(Math.min(1, columns.length), 0, [start, start + size]))} ${String(row[2])}`,
      );
    }
    return found;
  });
}

describe('grouping by a window', () => {
  test('gives each row the groups of its windows, in any order of times, with any other groups', () => {
    const row = fc.tuple(
      fc.oneof(fc.integer({ min: -300, max: 300 }), fc.constant(null)),
      fc.oneof(fc.constantFrom('a', 'b', null), fc.constant(NaN)),
      fc.nat(5),
    );
    fc.assert(
      fc.property(
        fc.array(row),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: -29, max: 29 }),
        fc.constantFrom<number[]>([], [1], [1, 2]),
        (rows, a, b, offset, columns) => {
          const [size, slide] = [Math.max(a, b), Math.min(a, b)];
          fc.pre(Math.abs(offset) < slide);
          const assigned = grouping(size, slide, offset, columns).assign(rows, CONTEXT);
          expect(assigned.groupOf.map((group, i) => `${group.key} ${String(assigned.rows[i][2])}`)).toEqual(
            expected(rows, size, slide, offset, columns),
          );
          expect(new Set(assigned.groupOf)).toEqual(new Set(assigned.groups));
          expect(new Set(assigned.groups.map((group) => group.key)).size).toBe(assigned.groups.length);
        },
      ),
    );
  });

  test('a group whose value is no scalar is told apart by what it holds', () => {
    const rows: Row[] = [
      [1, ['x'], 0],
      [2, ['x'], 0],
      [3, ['y'], 0],
    ];
    expect(
      grouping(10, 10, 0, [1])
        .assign(rows, CONTEXT)
        .groups.map((group) => group.values),
    ).toEqual([
      [['x'], [0, 10]],
      [['y'], [0, 10]],
    ]);
  });
});

import { describe, expect, test } from 'vitest';
import { EMPTY_TABLE, isEmpty, type Batch } from '../../src/core/operator.ts';
import { AssignGroups } from '../../src/operators/assign-groups.ts';
import { FinalRows } from '../../src/operators/final-rows.ts';
import { ValueGrouping } from '../../src/operators/grouping.ts';
import { LateRowsStream } from '../../src/operators/late-rows-stream.ts';
import { NewKeys } from '../../src/operators/new-keys.ts';
import { PartialAggregate } from '../../src/operators/partial-aggregate.ts';
import { context, stream } from './support.ts';

const TABLE: Batch = {
  kind: 'table',
  changes: [
    { key: 'a', old: null, new: [1] },
    { key: 'b', old: [1], new: [2] },
    { key: 'c', old: [3], new: null },
    { key: 'd', old: null, new: [4] },
  ],
  final: [[9]],
  late: { count: 2, rows: [[7], [8]] },
};

describe('streams of a table', () => {
  test('emit: final takes the final rows', () => {
    expect(new FinalRows('v').process(TABLE)).toEqual(stream([9]));
  });

  test('emit: newKeys takes the rows that enter the table', () => {
    expect(new NewKeys('v').process(TABLE)).toEqual(stream([1], [4]));
  });

  test('lateRows takes the late rows, also of a batch that changed nothing', () => {
    const onlyLate: Batch = { ...EMPTY_TABLE, late: { count: 1, rows: [[7]] } };
    expect(isEmpty(onlyLate)).toBe(false);
    expect(new LateRowsStream('late').process(onlyLate)).toEqual(stream([7]));
  });
});

describe('before a repartition', () => {
  const byFirst = new ValueGrouping((row) => [row[0]], 0);

  test('rows carry their group behind them, and what nothing reads as null', () => {
    const assign = new AssignGroups('v', byFirst, [true, false]);
    expect(assign.process(stream(['a', 1], ['b', 2]), context(0, 0))).toEqual(
      stream(['a', null, 'a'], ['b', null, 'b']),
    );
  });

  test.each([
    [true, ['a', 5, 2]],
    [false, ['a', 5]],
  ])('a part carries the number of its rows where that is asked for: %s', (counted, first) => {
    const aggregator = {
      bufferTypes: [],
      commutative: true,
      initial: () => [0],
      update: (buffer: unknown[], row: unknown[]) => void (buffer[0] = Number(buffer[0]) + Number(row[1])),
      merge: () => undefined,
      finish: () => undefined,
    };
    const partial = new PartialAggregate('v', { grouping: byFirst, aggregator, counted });
    const parts = partial.process(stream(['a', 2], ['b', 1], ['a', 3]), context(0, 0));
    expect(parts.kind === 'stream' && parts.rows[0]).toEqual(first);
  });
});

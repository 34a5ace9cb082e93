import { describe, expect, test } from 'vitest';
import { MillraceError } from '../../src/core/errors.ts';
import type { Batch, Operator, OperatorContext } from '../../src/core/operator.ts';
import { BIGINT, STRING, type Row } from '../../src/core/types.ts';
import { Aggregate } from '../../src/operators/aggregate.ts';
import { AssignGroups } from '../../src/operators/assign-groups.ts';
import { Explode } from '../../src/operators/explode.ts';
import { Filter } from '../../src/operators/filter.ts';
import { ValueGrouping } from '../../src/operators/grouping.ts';
import { PartialAggregate } from '../../src/operators/partial-aggregate.ts';
import { Project } from '../../src/operators/project.ts';
import { TimedAggregate } from '../../src/operators/timed-aggregate.ts';
import type { Aggregator } from '../../src/sql/sql.ts';
import { context, openStore, stream, table } from './support.ts';

const fail = (): never => {
  throw new MillraceError('EXPRESSION_FAILED', 'bad');
};

/** Rows are [key, number]; number -1 fails. */
const checked = (row: Row): Row => (row[1] === -1 ? fail() : row);

function leavingOut(): { context: OperatorContext; rejected: Row[] } {
  const rejected: Row[] = [];
  return { context: { ...context(-Infinity, -Infinity), rejectRow: (row) => rejected.push(row) }, rejected };
}

/** Sums; a sum above 100 has no result. */
const sums: Aggregator = {
  bufferTypes: [BIGINT],
  commutative: true,
  initial: () => [0],
  update(buffer, row) {
    buffer[0] = Number(buffer[0]) + Number(checked(row)[1]);
  },
  merge: fail,
  finish(buffer, output) {
    output.push(Number(buffer[0]) > 100 ? fail() : buffer[0]);
  },
};
const byKey = new ValueGrouping((row) => [row[0]], 0);
const byCheckedKey = new ValueGrouping((row) => [checked(row)[0]], -1);

const spec = (segmented: boolean) => ({
  name: 'sums',
  columns: [BIGINT],
  keyColumns: [STRING],
  segmented,
  compression: 'none' as const,
});

async function aggregate(segmented = false) {
  const { store, state } = await openStore(spec(segmented));
  const options = {
    store,
    grouping: byKey,
    groupTypes: [STRING],
    aggregator: sums,
    absorb: (buffer: Row, row: Row) => sums.update(buffer, row, { batchTime: 0 }),
    oldRowsAsked: true,
  };
  const operator = segmented
    ? new TimedAggregate('sums', {
        ...options,
        segmentOf: () => 10,
        countColumn: -1,
        lateRow: null,
        closeLimit: 10,
        finalRowsAsked: true,
      })
    : new Aggregate('sums', options);
  const run = async (operatorContext: OperatorContext, ...rows: Row[]) => {
    const { changes } = table(await operator.process(stream(...rows), operatorContext));
    state.seal();
    return changes.map((change) => [change.old?.[1] ?? null, ...(change.new ?? [])]);
  };
  return { run, store };
}

describe('a row that fails', () => {
  const rows: Row[] = [
    ['a', 1],
    ['b', -1],
    ['c', 3],
  ];
  const explode = { position: 1, withPosition: false, inline: false, width: 1, outer: false };
  const operators: [string, { process(input: Batch, context: OperatorContext): Batch | Promise<Batch> }, Row[]][] = [
    ['a filter', new Filter('v', (row) => checked(row) === row), [rows[0], rows[2]]],
    ['a projection', new Project('v', checked), [rows[0], rows[2]]],
    ['explode', new Explode('v', { ...explode, project: (row) => [checked(row)[0], [row[1]]] }), [rows[0], rows[2]]],
    [
      'the group of a row',
      new AssignGroups('v', byCheckedKey, [true, true]),
      [
        [...rows[0], 'a'],
        [...rows[2], 'c'],
      ],
    ],
    [
      'a partial aggregate',
      new PartialAggregate('v', { grouping: byKey, aggregator: sums, counted: true }),
      [
        ['a', 1, 1],
        ['c', 3, 1],
      ],
    ],
  ];
  test.each(operators)('is rejected by %s, and the others go on', async (_, operator, expected) => {
    const { context: leaving, rejected } = leavingOut();
    expect(await operator.process(stream(...rows), leaving)).toEqual({ kind: 'stream', rows: expected });
    expect(rejected).toEqual([rows[1]]);
  });

  test.each(operators)('stops %s where the policy throws', async (_, operator) => {
    await expect(async () => operator.process(stream(...rows), context(0, 0))).rejects.toThrow('bad');
  });

  test.each([[false], [true]])('leaves its group as it was, and makes none (by event time: %s)', async (timed) => {
    const { run, store } = await aggregate(timed);
    const { context: leaving, rejected } = leavingOut();
    expect(await run(leaving, ['a', 1], ['a', -1], ['b', -1])).toEqual([[null, 'a', 1]]);
    expect(await run(leaving, ['a', -1])).toEqual([]);
    expect(await run(leaving, ['a', 2])).toEqual([[1, 'a', 3]]);
    expect(store.size).toBe(1);
    expect(rejected).toEqual([
      ['a', -1],
      ['b', -1],
      ['a', -1],
    ]);
  });

  test('is each row of a group whose result fails, once, and the group stays as it was', async () => {
    const { run } = await aggregate();
    const { context: leaving, rejected } = leavingOut();
    await run(leaving, ['a', 1]);
    expect(await run(leaving, ['a', 60], ['a', -1], ['b', 7], ['a', 50])).toEqual([[null, 'b', 7]]);
    expect(rejected).toEqual([
      ['a', -1],
      ['a', 60],
      ['a', 50],
    ]);
    expect(await run(leaving, ['a', 2])).toEqual([[1, 'a', 3]]);
  });
});

describe('a row of a table that fails', () => {
  const change = (old: Row | null, changed: Row | null): Batch => ({
    kind: 'table',
    changes: [{ key: 'a', old, new: changed }],
    final: [],
    late: { count: 0, rows: [] },
  });
  const operators: [string, Operator][] = [
    ['filter', new Filter('v', (row) => checked(row) === row)],
    ['projection', new Project('v', checked)],
  ];

  test.each(operators)('leaves the table of a %s, and comes back when it fails no more', (_, operator) => {
    const { context: leaving, rejected } = leavingOut();
    const changes = (old: Row | null, changed: Row | null) =>
      table(operator.process(change(old, changed), leaving) as Batch).changes;
    expect(changes(['a', 1], ['a', -1])).toEqual([{ key: 'a', old: ['a', 1], new: null }]);
    expect(changes(['a', -1], ['a', 2])).toEqual([{ key: 'a', old: null, new: ['a', 2] }]);
    expect(changes(['a', -1], null)).toEqual([]);
    expect(rejected).toEqual([['a', -1]]);
  });

  test.each(operators)('is in no snapshot and no final rows of a %s', async (_, operator) => {
    const { context: leaving, rejected } = leavingOut();
    const final = {
      ...table(change(null, null)),
      changes: [],
      final: [
        ['a', -1],
        ['b', 1],
      ],
    };
    expect(table(operator.process(final, leaving) as Batch).final).toEqual([['b', 1]]);
    async function* upstream() {
      yield* await Promise.resolve<Row[]>(final.final);
    }
    const snapshot: Row[] = [];
    for await (const row of operator.snapshot?.call(operator, upstream, leaving) ?? []) snapshot.push(row);
    expect(snapshot).toEqual([['b', 1]]);
    expect(rejected).toHaveLength(2);
  });
});

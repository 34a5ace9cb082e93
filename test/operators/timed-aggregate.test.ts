import { describe, expect, test } from 'vitest';
import type { StoreSpec } from '../../src/core/state.ts';
import { BIGINT, field, STRING, structOf, TIMESTAMP, type Row } from '../../src/core/types.ts';
import { TimedAggregate, type TimedAggregateOptions } from '../../src/operators/timed-aggregate.ts';
import { WindowGrouping } from '../../src/operators/window-grouping.ts';
import { timeWindows } from '../../src/sql/time-windows.ts';
import { context, openStore, stream, table, type OpenStore } from './support.ts';

const WINDOW = structOf(field('start', TIMESTAMP), field('end', TIMESTAMP));
const SPEC: StoreSpec = {
  name: 'counts',
  columns: [BIGINT],
  keyColumns: [WINDOW, STRING],
  segmented: true,
  compression: 'none',
};

/** Counts rows [time, word] by windows of 10, sliding by `slide`. */
async function counting(
  changes: Partial<TimedAggregateOptions> = {},
  slide = 10,
): Promise<OpenStore & { counts: TimedAggregate }> {
  const opened = await openStore(SPEC);
  const counts = new TimedAggregate('counts', {
    store: opened.store,
    grouping: new WindowGrouping({
      windows: timeWindows({ size: 10, slide, offset: 0, zone: null }),
      time: (row) => row[0],
      timeColumn: 0,
      others: (row) => [row[1]],
      column: 1,
      position: 0,
    }),
    groupTypes: [WINDOW, STRING],
    aggregator: {
      bufferTypes: [BIGINT],
      commutative: true,
      initial: () => [0],
      update: (buffer) => (buffer[0] = Number(buffer[0]) + 1),
      merge: (buffer, other) => (buffer[0] = Number(buffer[0]) + Number(other[0])),
      finish: (buffer, output) => output.push(buffer[0]),
    },
    absorb: (buffer) => (buffer[0] = Number(buffer[0]) + 1),
    oldRowsAsked: true,
    segmentOf: ([window]) => (window as number[])[1],
    countColumn: -1,
    lateRow: null,
    closeLimit: 20_000,
    finalRowsAsked: true,
    ...changes,
  });
  return { counts, ...opened };
}

const sorted = (rows: readonly Row[]): Row[] =>
  rows.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));

describe('a timed aggregate', () => {
  test('closes its groups without making rows of them where nothing looks at final rows', async () => {
    const { counts, store } = await counting({ finalRowsAsked: false });
    await counts.process(stream([3, 'owl'], [4, 'cat'], [12, 'owl']), context(-Infinity, 9));
    const closing = table(await counts.process(stream(), context(9, 10)));
    expect([closing.final, store.firstSegment]).toEqual([[], 20]);
  });

  test('puts out its groups as they change, and each once as final when the watermark reaches its end', async () => {
    const { counts, state } = await counting();
    const first = table(await counts.process(stream([3, 'owl'], [12, 'owl'], [4, 'owl']), context(-Infinity, 9)));
    expect(first.changes.map((change) => [change.old, change.new])).toEqual([
      [null, [[0, 10], 'owl', 2]],
      [null, [[10, 20], 'owl', 1]],
    ]);
    expect(first.final).toEqual([]);
    state.seal();
    const second = table(await counts.process(stream([9, 'owl']), context(9, 10)));
    expect(second.changes).toEqual([{ key: first.changes[0].key, old: [[0, 10], 'owl', 2], new: [[0, 10], 'owl', 3] }]);
    expect(second.final).toEqual([[[0, 10], 'owl', 3]]);
    state.seal();
    const third = table(await counts.process(stream(), context(10, 19)));
    expect([third.changes, third.final]).toEqual([[], []]);
  });

  test('a window that gets rows and closes in one batch is both changed and final', async () => {
    const { counts } = await counting();
    const batch = table(await counts.process(stream([3, 'owl']), context(-Infinity, 50)));
    expect(batch.changes.map((change) => change.new)).toEqual([[[0, 10], 'owl', 1]]);
    expect(batch.final).toEqual([[[0, 10], 'owl', 1]]);
    expect(counts.eventTime.oldest).toBe(Infinity);
  });

  test('rows of a window that had closed by the batch before are counted and not taken', async () => {
    const { counts } = await counting();
    const batch = table(await counts.process(stream([9, 'owl'], [10, 'cat'], [3, 'owl']), context(10, 10)));
    expect(batch.late).toEqual({ count: 2, rows: [] });
    expect(batch.changes.map((change) => change.new)).toEqual([[[10, 20], 'cat', 1]]);
  });

  test('a row that is late for one of its windows goes into the others, and counts once for each it missed', async () => {
    const { counts } = await counting({}, 5);
    const batch = table(await counts.process(stream([7, 'owl'], [2, 'owl']), context(10, 10)));
    expect(batch.late.count).toBe(3);
    expect(batch.changes.map((change) => change.new)).toEqual([[[5, 15], 'owl', 1]]);
  });

  test('late rows go on where the view routes them', async () => {
    const { counts } = await counting({ lateRow: (row) => row.slice(0, 1) });
    const batch = table(await counts.process(stream([1, 'owl'], [12, 'owl'], [2, 'cat']), context(10, 10)));
    expect(batch.late).toEqual({ count: 2, rows: [[1], [2]] });
  });

  test('a part that comes late counts as the rows it stands for', async () => {
    const { counts } = await counting({ countColumn: 2 });
    const batch = table(await counts.process(stream([1, 'owl', 5], [12, 'owl', 7], [2, 'cat', 4]), context(10, 10)));
    expect(batch.late.count).toBe(9);
  });

  test('closing goes on over as many batches as it takes, and the output watermark waits for it', async () => {
    const { counts, state } = await counting({ closeLimit: 3 });
    const rows = Array.from({ length: 8 }, (_, i): Row => [i < 5 ? 1 : 11, `w${i}`]);
    await counts.process(stream(...rows), context(-Infinity, -Infinity));
    state.seal();
    expect(counts.eventTime.outputWatermark(9)).toBe(9);
    expect(counts.eventTime.outputWatermark(30)).toBe(9);

    const closed: Row[] = [];
    let watermark = -Infinity;
    for (let batch = 0; counts.eventTime.oldest <= 30; batch++) {
      expect(batch).toBeLessThan(8);
      const { final } = table(await counts.process(stream(), context(30, 30)));
      state.seal();
      expect(final.length).toBeGreaterThan(0);
      for (const [window] of final) expect((window as number[])[1]).toBeGreaterThan(watermark);
      watermark = counts.eventTime.outputWatermark(30);
      closed.push(...final);
    }
    expect(watermark).toBe(30);
    expect(sorted(closed)).toEqual(
      sorted(rows.map(([time, word]): Row => [Number(time) < 10 ? [0, 10] : [10, 20], word, 1])),
    );
  });

  test('a batch that did not commit leaves nothing behind, and its windows close again', async () => {
    const { counts, state } = await counting();
    await counts.process(stream([3, 'owl']), context(-Infinity, -Infinity));
    await state.accept(state.seal(), 1, 1);
    const once = table(await counts.process(stream([4, 'owl']), context(-Infinity, 20)));
    state.discard();
    expect(counts.eventTime.oldest).toBe(10);
    const again = table(await counts.process(stream(), context(-Infinity, 20)));
    expect(once.final).toEqual([[[0, 10], 'owl', 2]]);
    expect(again.final).toEqual([[[0, 10], 'owl', 1]]);
  });

  test('its snapshot is what is open', async () => {
    const { counts, state } = await counting();
    await counts.process(stream([3, 'owl'], [13, 'cat']), context(-Infinity, 10));
    state.seal();
    const open: Row[] = [];
    for await (const row of counts.snapshot()) open.push(row);
    expect(open).toEqual([[[10, 20], 'cat', 1]]);
  });
});

import { expect, test } from 'vitest';
import { ByteWriter } from '../../src/core/bytes.ts';
import { encodeKey } from '../../src/core/key-codec.ts';
import { encodeRow } from '../../src/core/row-codec.ts';
import type { KeyValueStore, StateBackend, StateChange, StoreSpec, TaskState } from '../../src/core/state.ts';
import type { TaskId } from '../../src/core/task.ts';
import { BIGINT, STRING, type Row } from '../../src/core/types.ts';

export const COUNTS: StoreSpec = {
  name: 'counts',
  columns: [STRING, BIGINT],
  keyColumns: [STRING],
  segmented: false,
  compression: 'none',
};
export const TOTALS: StoreSpec = {
  name: 'totals',
  columns: [BIGINT],
  keyColumns: [STRING],
  segmented: false,
  compression: 'none',
};
export const WINDOWS: StoreSpec = {
  name: 'windows',
  columns: [STRING, BIGINT],
  keyColumns: [BIGINT, STRING],
  segmented: true,
  compression: 'none',
};
export const TEXTS: StoreSpec = {
  name: 'texts',
  columns: [STRING],
  keyColumns: [STRING],
  segmented: false,
  compression: 'zstd',
};
export const SPECS = [COUNTS, TOTALS, WINDOWS, TEXTS];

export const key = (name: string | number): string => encodeKey([String(name)]);

export function encoded(row: Row): Uint8Array {
  const writer = new ByteWriter();
  encodeRow(row, writer);
  return writer.take();
}

export const put = (store: string, name: string | number, row: Row): StateChange => ({
  store,
  key: key(name),
  value: encoded(row),
});
export const tombstone = (store: string, name: string | number): StateChange => ({
  store,
  key: key(name),
  value: null,
});

/** Opens a task afresh: nothing in it, claimed by a generation. */
export async function openFresh(backend: StateBackend, task: TaskId, generation = 0): Promise<TaskState> {
  const state = await backend.open(task, SPECS);
  await state.reset('log');
  await state.claim(generation);
  return state;
}

/** One batch of puts (a row) and deletes (null), committed at `position`. Returns what went into the changelog. */
export async function commit(
  state: TaskState,
  position: number,
  entries: Readonly<Record<string, Row | null>>,
  store = 'counts',
): Promise<readonly StateChange[]> {
  const target = state.store(store);
  const keys = Object.keys(entries).map(key);
  await target.prefetch(keys);
  for (const [name, row] of Object.entries(entries)) {
    if (row === null) target.delete(key(name));
    else target.put(key(name), row);
  }
  const delta = state.seal();
  await state.accept(delta, position, position * 1000);
  return delta.changes;
}

export async function read(store: KeyValueStore, ...names: (string | number)[]): Promise<(Row | null)[]> {
  await store.prefetch(names.map(key));
  return names.map((name) => store.get(key(name)));
}

export async function contents(store: KeyValueStore): Promise<Map<string, Row>> {
  const found = new Map<string, Row>();
  for await (const [at, row] of store.scan()) {
    expect(found.has(at), `${JSON.stringify(at)} is scanned once`).toBe(false);
    found.set(at, row);
  }
  return found;
}

/** What every backend guarantees to its owner. `fresh` gives a backend and a task that nobody used before. */
export function describeConformance(fresh: () => Promise<{ backend: StateBackend; task: TaskId }>): void {
  test('a batch reads its own writes, and nothing that was never written', async () => {
    const { backend, task } = await fresh();
    const store = (await openFresh(backend, task)).store('counts');
    await store.prefetch(['a', 'b'].map(key));
    expect(store.get(key('a'))).toBeNull();
    store.put(key('a'), ['a', 1]);
    expect(store.get(key('a'))).toEqual(['a', 1]);
    store.put(key('a'), ['a', 2]);
    expect(store.get(key('a'))).toEqual(['a', 2]);
    store.delete(key('a'));
    expect(store.get(key('a'))).toBeNull();
    expect(store.get(key('b'))).toBeNull();
  });

  test('the next batch sees what was sealed before it is accepted', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task);
    const store = state.store('counts');
    await store.prefetch([key('a')]);
    store.put(key('a'), ['a', 1]);
    const first = state.seal();
    expect(await read(store, 'a')).toEqual([['a', 1]]);
    store.put(key('a'), ['a', 2]);
    const second = state.seal();
    await state.accept(first, 1, 1);
    expect(await read(store, 'a')).toEqual([['a', 2]]);
    await state.accept(second, 2, 2);
    await state.flush();
    expect(state.meta).toMatchObject({ position: 2, logId: 'log' });
    expect(await backend.read(task, COUNTS, key('a'))).toEqual({ row: ['a', 2], position: 2 });
  });

  test('a discard forgets everything not accepted, sealed or not, and keeps everything accepted', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task);
    const store = state.store('counts');
    await commit(state, 1, { kept: ['kept', 1], deleted: ['deleted', 1] });
    await store.prefetch(['kept', 'deleted', 'sealed', 'dirty'].map(key));
    store.put(key('kept'), ['kept', 2]);
    store.put(key('sealed'), ['sealed', 1]);
    store.delete(key('deleted'));
    state.seal();
    await store.prefetch(['kept', 'deleted', 'sealed', 'dirty'].map(key));
    store.put(key('kept'), ['kept', 3]);
    store.put(key('dirty'), ['dirty', 1]);
    expect(store.size).toBe(3);
    state.discard();
    expect(await read(store, 'kept', 'deleted', 'sealed', 'dirty')).toEqual([['kept', 1], ['deleted', 1], null, null]);
    expect(store.size).toBe(2);
    expect(state.seal().changes).toEqual([]);
  });

  test('a sealed delta carries each changed key once, with its last value, and nothing that did not happen', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task);
    await commit(state, 1, { old: ['old', 1] });
    const counts = state.store('counts');
    const totals = state.store('totals');
    await counts.prefetch(['old', 'new', 'brief'].map(key));
    await totals.prefetch([key('sum')]);
    counts.put(key('new'), ['new', 1]);
    counts.put(key('new'), ['new', 2]);
    counts.put(key('brief'), ['brief', 1]);
    counts.delete(key('brief'));
    counts.delete(key('old'));
    totals.put(key('sum'), [7]);
    const { changes } = state.seal();
    expect(changes.map(({ store, key, value }) => ({ store, key, value: value && Buffer.from(value) }))).toEqual([
      { store: 'counts', key: key('new'), value: encoded(['new', 2]) },
      { store: 'counts', key: key('old'), value: null },
      { store: 'totals', key: key('sum'), value: encoded([7]) },
    ]);
  });

  test('values of an earlier delta are not overwritten by later batches', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task);
    const first = await commit(state, 1, { a: ['aaaa', 1] });
    const before = Buffer.from(first[0].value!).toString('hex');
    await commit(state, 2, { a: ['bbbb', 2], b: ['cccc', 3] });
    expect(Buffer.from(first[0].value!).toString('hex')).toBe(before);
  });

  test('keys of different stores, and keys of any characters, do not meet', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task);
    const names = ['x', '', 'ä€😀', '\0\x01', ':', '{x}', ' ', 'x'.repeat(3_000)];
    await commit(state, 1, Object.fromEntries(names.map((name, i) => [name, [name, i]])));
    await commit(state, 2, { x: [99] }, 'totals');
    await state.flush();
    await state.release();
    const again = await backend.open(task, SPECS);
    expect(await read(again.store('counts'), ...names)).toEqual(names.map((name, i) => [name, i]));
    expect(await read(again.store('totals'), ...names)).toEqual([[99], ...names.slice(1).map(() => null)]);
  });

  test('a scan gives every entry as the batch sees it, once', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task);
    const rows: Record<string, Row> = {};
    for (let i = 0; i < 1_000; i++) rows[`k${i}`] = [`k${i}`, i];
    await commit(state, 1, rows);
    const store = state.store('counts');
    await store.prefetch(['k1', 'k2', 'new'].map(key));
    store.delete(key('k1'));
    store.put(key('k2'), ['k2', -2]);
    store.put(key('new'), ['new', 0]);
    const found = await contents(store);
    expect(found.size).toBe(1_000);
    expect(found.get(key('k1'))).toBeUndefined();
    expect(found.get(key('k2'))).toEqual(['k2', -2]);
    expect(found.get(key('new'))).toEqual(['new', 0]);
    expect(found.get(key('k999'))).toEqual(['k999', 999]);
    expect(store.size).toBe(1_000);
  });

  test('state that was flushed and released is there for the next owner, at its position', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task);
    await commit(state, 5, { a: ['a', 1], b: ['b', 1] });
    await commit(state, 9, { a: ['a', 2], b: null });
    await state.flush();
    await state.release();
    const next = await backend.open(task, SPECS);
    expect(next.meta).toMatchObject({ logId: 'log', position: 9, positionTimestampMs: 9_000 });
    expect(await read(next.store('counts'), 'a', 'b')).toEqual([['a', 2], null]);
    expect(next.store('counts').size).toBe(1);
  });

  test('a stretch of the changelog brings an older copy up to date', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task);
    await commit(state, 1, { a: ['a', 1], b: ['b', 1] });
    await state.flush();
    await state.release();
    const next = await backend.open(task, SPECS);
    await next.catchUp(
      [
        put('counts', 'a', ['a', 2]),
        tombstone('counts', 'b'),
        put('counts', 'c', ['c', 1]),
        put('counts', 'c', ['c', 2]),
      ],
      4,
      4_000,
    );
    await next.catchUp([put('totals', 't', [1]), put('gone', 'x', [1])], 6, 6_000);
    expect(next.meta).toMatchObject({ position: 6, positionTimestampMs: 6_000 });
    await next.claim(7);
    expect(await read(next.store('counts'), 'a', 'b', 'c')).toEqual([['a', 2], null, ['c', 2]]);
    expect(next.store('counts').size).toBe(2);
    expect(next.store('totals').size).toBe(1);
    await commit(next, 8, { b: ['b', 8] });
    expect(await read(next.store('counts'), 'b')).toEqual([['b', 8]]);
  });

  test('a reset leaves nothing of the former copy and begins another incarnation', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task, 3);
    await commit(state, 4, { a: ['a', 1] });
    await state.flush();
    const former = state.meta!.incarnation;
    await state.release();
    const next = await backend.open(task, SPECS);
    await next.reset('another-log');
    expect(next.meta).toMatchObject({ logId: 'another-log', position: -1 });
    expect(next.meta!.incarnation).not.toBe(former);
    // Offsets of another log count anew.
    await next.claim(1);
    expect(await read(next.store('counts'), 'a')).toEqual([null]);
    expect(next.store('counts').size).toBe(0);
  });

  test('a claim below the generation that owns the copy is refused as fenced', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task, 10);
    await state.release();
    const next = await backend.open(task, SPECS);
    await expect(next.claim(9)).rejects.toMatchObject({ code: 'PRODUCER_FENCED' });
    await next.claim(11);
  });

  test('nobody reads a copy that is being restored', async () => {
    const { backend, task } = await fresh();
    expect(await backend.read(task, COUNTS, key('a'))).toBeNull();
    const state = await backend.open(task, SPECS);
    await state.reset('log');
    expect(await backend.read(task, COUNTS, key('a'))).toBeNull();
    await state.catchUp([put('counts', 'a', ['a', 1])], 3, 3);
    expect(await backend.read(task, COUNTS, key('a'))).toBeNull();
    await state.claim(4);
    expect(await backend.read(task, COUNTS, key('a'))).toEqual({ row: ['a', 1], position: 3 });
    expect(await backend.read(task, COUNTS, key('b'))).toEqual({ row: null, position: 3 });
  });

  test('a reader from outside sees no change before it is accepted', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task);
    await commit(state, 1, { a: ['a', 1] });
    await state.flush();
    const store = state.store('counts');
    await store.prefetch([key('a')]);
    store.put(key('a'), ['a', 2]);
    const delta = state.seal();
    expect(await backend.read(task, COUNTS, key('a'))).toEqual({ row: ['a', 1], position: 1 });
    await state.accept(delta, 2, 2);
    await state.flush();
    expect(await backend.read(task, COUNTS, key('a'))).toEqual({ row: ['a', 2], position: 2 });
  });

  test('a delta accepted out of order is a defect, not a silent loss', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task);
    state.seal();
    const second = state.seal();
    expect(() => state.accept(second, 1, 1)).toThrowError(/order/);
  });

  test('a store that the task does not have is refused by name', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task);
    expect(() => state.store('unknown')).toThrowError(/no store unknown/);
  });

  test('values of any size come back, compressed or not, whatever the setting was when they were written', async () => {
    const { backend, task } = await fresh();
    const values = ['', 'short', 'long '.repeat(2_000)];
    const rows = Object.fromEntries(values.map((value, i) => [`k${i}`, [value]]));
    const state = await openFresh(backend, task);
    const changes = await commit(state, 1, rows, 'texts');
    expect(changes[2].value!.length).toBeLessThan(200);
    await state.flush();
    await state.release();
    const next = await backend.open(task, [COUNTS, TOTALS, WINDOWS, { ...TEXTS, compression: 'none' }]);
    // A backend in memory begins anew with other stores.
    if (next.meta === null) {
      await next.reset('log');
      await next.catchUp(changes, 1, 1);
    }
    await next.claim(2);
    expect(await read(next.store('texts'), 'k0', 'k1', 'k2')).toEqual(values.map((value) => [value]));
    expect(await backend.read(task, TEXTS, key('k2'))).toMatchObject({ row: [values[2]] });
    const [uncompressed] = await commit(next, 3, { k2: ['other '.repeat(2_000)] }, 'texts');
    expect(uncompressed.value!.length).toBeGreaterThan(10_000);
  });

  test('stores of every size keep all entries while they grow, shrink and grow again', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task);
    let position = 0;
    for (const [from, to, step] of [
      [0, 3_000, 1],
      [0, 3_000, 2],
      [1_000, 6_000, 1],
    ]) {
      const rows: Record<string, Row | null> = {};
      for (let i = from; i < to; i += step) rows[`k${i}`] = step === 2 ? null : [`k${i}`, i];
      await commit(state, ++position, rows);
      await state.flush();
    }
    const expected = (i: number): Row | null => (i < 1_000 && i % 2 === 0 ? null : [`k${i}`, i]);
    const names = Array.from({ length: 6_000 }, (_, i) => `k${i}`);
    expect(await read(state.store('counts'), ...names)).toEqual(names.map((_, i) => expected(i)));
    await state.release();
    const next = await backend.open(task, SPECS);
    expect(await read(next.store('counts'), ...names)).toEqual(names.map((_, i) => expected(i)));
    expect(next.store('counts').size).toBe(5_500);
    expect((await contents(next.store('counts'))).size).toBe(5_500);
  });

  test('nothing is left of a destroyed task', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task);
    await commit(state, 1, { a: ['a', 1] });
    await state.flush();
    await state.release();
    await backend.destroy([task]);
    expect((await backend.open(task, SPECS)).meta).toBeNull();
  });
}

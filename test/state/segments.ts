import { expect, test } from 'vitest';
import { segmentKey } from '../../src/core/segment-key.ts';
import type { StateBackend, StateChange, TaskState } from '../../src/core/state.ts';
import type { TaskId } from '../../src/core/task.ts';
import type { Row } from '../../src/core/types.ts';
import { commit, contents, COUNTS, encoded, key, openFresh, SPECS, WINDOWS } from './conformance.ts';

/** Key of an entry in a segment. */
export const within = (segment: number, name: string | number): string => segmentKey(segment, key(name));

/** `count` rows of a segment, by name. */
export const rowsOf = (count: number, value: number): Record<string, Row> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, [`k${i}`, value]]));

/** One batch of puts into segments, committed at `position`. Returns what went into the changelog. */
export async function commitInto(
  state: TaskState,
  position: number,
  segments: Readonly<Record<number, Readonly<Record<string, Row>>>>,
): Promise<readonly StateChange[]> {
  const store = state.store('windows');
  const entries = Object.entries(segments).flatMap(([segment, rows]) =>
    Object.entries(rows).map(([name, row]) => [within(Number(segment), name), row] as const),
  );
  await store.prefetch(entries.map(([at]) => at));
  for (const [at, row] of entries) store.put(at, row);
  const delta = state.seal();
  await state.accept(delta, position, position * 1000);
  return delta.changes;
}

/** One batch that takes from a segment, committed at `position`. Returns the keys and what went into the changelog. */
export async function commitTake(
  state: TaskState,
  position: number,
  segment: number,
  limit = Infinity,
): Promise<{ keys: string[]; changes: readonly StateChange[] }> {
  const keys = (await state.store('windows').take(segment, limit)).map(([at]) => at);
  const delta = state.seal();
  await state.accept(delta, position, position * 1000);
  return { keys, changes: delta.changes };
}

const sorted = (items: Iterable<readonly [string, Row]>): (readonly [string, Row])[] =>
  [...items].toSorted(([a], [b]) => (a < b ? -1 : 1));

/** What every backend guarantees of segmented stores. `fresh` gives a backend and a task that nobody used before. */
export function describeSegments(fresh: () => Promise<{ backend: StateBackend; task: TaskId }>): void {
  test('entries of all segments are read and written like those of any store', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task);
    await commitInto(state, 1, { 20: { a: ['a', 20], b: ['b', 20] }, [-10]: { a: ['a', -10] } });
    const store = state.store('windows');
    const keys = [within(20, 'a'), within(-10, 'a'), within(20, 'c'), within(30, 'a')];
    await store.prefetch(keys);
    expect(keys.map((at) => store.get(at))).toEqual([['a', 20], ['a', -10], null, null]);
    store.delete(keys[0]);
    store.delete(keys[3]);
    expect(store.size).toBe(2);
    expect(await contents(store)).toEqual(
      new Map<string, Row>([
        [within(20, 'b'), ['b', 20]],
        [within(-10, 'a'), ['a', -10]],
      ]),
    );
    await state.accept(state.seal(), 2, 2);
    await state.flush();
    expect(await backend.read(task, WINDOWS, keys[1])).toEqual({ row: ['a', -10], position: 2 });
    expect(await backend.read(task, WINDOWS, keys[0])).toEqual({ row: null, position: 2 });
    expect(await backend.read(task, WINDOWS, keys[3])).toEqual({ row: null, position: 2 });
  });

  test('the first segment is the smallest that has entries as the batch sees it', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task);
    const store = state.store('windows');
    expect(store.firstSegment).toBe(Infinity);
    await commitInto(state, 1, { 30: { a: ['a', 1] }, 10: { a: ['a', 1] }, 20: { a: ['a', 1] } });
    expect(store.firstSegment).toBe(10);
    await store.prefetch([within(10, 'a'), within(5, 'a')]);
    store.delete(within(10, 'a'));
    expect(store.firstSegment).toBe(20);
    await store.take(20, 10);
    expect(store.firstSegment).toBe(30);
    store.put(within(5, 'a'), ['a', 5]);
    expect(store.firstSegment).toBe(5);
    store.delete(within(5, 'a'));
    store.put(within(10, 'a'), ['a', 10]);
    expect(store.firstSegment).toBe(10);
    await store.take(10, 10);
    await store.take(30, 10);
    expect(store.firstSegment).toBe(Infinity);
    state.discard();
    expect(store.firstSegment).toBe(10);
  });

  test('what is taken comes as the batch saw it, entries of this batch and of sealed ones included, and is gone', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task);
    const store = state.store('windows');
    await commitInto(state, 1, { 10: { old: ['old', 1], changed: ['changed', 1], deleted: ['deleted', 1] } });
    await store.prefetch(['sealed', 'changed', 'deleted', 'new'].map((name) => within(10, name)));
    store.put(within(10, 'sealed'), ['sealed', 2]);
    const first = state.seal();
    await store.prefetch(['changed', 'deleted', 'new'].map((name) => within(10, name)));
    store.put(within(10, 'changed'), ['changed', 3]);
    store.delete(within(10, 'deleted'));
    store.put(within(10, 'new'), ['new', 3]);
    expect(sorted(await store.take(10, 100))).toEqual(
      sorted([
        [within(10, 'old'), ['old', 1]],
        [within(10, 'changed'), ['changed', 3]],
        [within(10, 'sealed'), ['sealed', 2]],
        [within(10, 'new'), ['new', 3]],
      ]),
    );
    expect(await store.take(10, 100)).toEqual([]);
    expect([store.size, store.firstSegment, store.get(within(10, 'changed'))]).toEqual([0, Infinity, null]);
    const second = state.seal();
    // The entry of this batch alone never was; all others are deleted, each once.
    expect(second.changes.every((change) => change.value === null)).toBe(true);
    expect(new Set(second.changes.map((change) => change.key))).toEqual(
      new Set(['changed', 'deleted', 'old', 'sealed'].map((name) => within(10, name))),
    );
    await state.accept(first, 2, 2);
    await state.accept(second, 3, 3);
    await state.flush();
    expect((await contents(store)).size).toBe(0);
  });

  test('a discard brings back what was taken', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task);
    const store = state.store('windows');
    await commitInto(state, 1, { 10: rowsOf(300, 1), 20: { a: ['a', 1] } });
    await store.take(10, 1_000);
    state.seal();
    await store.take(20, 1_000);
    state.discard();
    expect([store.size, store.firstSegment]).toEqual([301, 10]);
    expect((await contents(store)).size).toBe(301);
    expect((await store.take(10, 1_000)).length).toBe(300);
  });

  test('a segment is taken in steps: each entry once, about as many as asked for, all in the end', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task);
    await commitInto(state, 1, { 10: rowsOf(2_000, 1) });
    await state.flush();
    await state.release();
    const next = await backend.open(task, SPECS);
    await next.claim(2);
    const taken = new Set<string>();
    for (let position = 3; next.store('windows').firstSegment === 10; position++) {
      const { keys } = await commitTake(next, position, 10, 300);
      expect(keys.length).toBeGreaterThanOrEqual(Math.min(300, 2_000 - taken.size));
      expect(keys.length).toBeLessThan(600);
      for (const at of keys) taken.add(at);
      if (position % 2 === 0) await next.flush();
    }
    expect(taken).toEqual(new Set(Object.keys(rowsOf(2_000, 1)).map((name) => within(10, name))));
    await next.flush();
    expect(next.cachedBytes).toBe(0);
  });

  test('a segment that ended begins anew with the next entry', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task);
    for (let round = 0; round < 3; round++) {
      await commitInto(state, 3 * round, { 10: rowsOf(500, round) });
      if (round > 0) await state.flush();
      await commitTake(state, 3 * round + 1, 10);
      if (round > 1) await state.flush();
      await commitInto(state, 3 * round + 2, { 10: { k0: ['k0', -round] } });
      expect([...(await contents(state.store('windows'))).values()]).toEqual([['k0', -round]]);
    }
    await state.flush();
    expect(await backend.read(task, WINDOWS, within(10, 'k0'))).toEqual({ row: ['k0', -2], position: 8 });
    expect(await backend.read(task, WINDOWS, within(10, 'k1'))).toEqual({ row: null, position: 8 });
  });

  test('the changelog brings segments and their ends to the next owner', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task);
    const stretches = [
      await commitInto(state, 1, { 10: rowsOf(200, 1), 20: rowsOf(3, 1) }),
      (await commitTake(state, 2, 10)).changes,
      await commitInto(state, 3, { 20: { k1: ['k1', 3] }, 30: rowsOf(200, 3) }),
    ];
    await state.release();
    await backend.destroy([task]);
    const next = await backend.open(task, SPECS);
    await next.reset('log');
    for (const [i, changes] of stretches.entries()) await next.catchUp(changes, i + 1, i + 1);
    await next.claim(4);
    const store = next.store('windows');
    expect([store.size, store.firstSegment]).toEqual([203, 20]);
    const found = await contents(store);
    expect(found.size).toBe(203);
    expect(found.get(within(20, 'k1'))).toEqual(['k1', 3]);
    await next.catchUp([{ store: 'windows', key: within(5, 'x'), value: encoded(['x', 5]) }], 5, 5);
    expect(store.firstSegment).toBe(5);
    expect((await store.take(5, 10)).length).toBe(1);
  });

  test('a store without segments has no first one, and takes nothing', async () => {
    const { backend, task } = await fresh();
    const state = await openFresh(backend, task);
    await commit(state, 1, { a: ['a', 1] });
    const store = state.store(COUNTS.name);
    expect(store.firstSegment).toBe(Infinity);
    await expect(store.take(10, 10)).rejects.toThrowError(TypeError);
  });
}

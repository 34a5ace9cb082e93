import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryBackend } from '../../src/state/memory/backend.ts';
import { commit, COUNTS, describeConformance, key, openFresh, read, SPECS } from './conformance.ts';
import { PLAIN, runAgainstModel, SEGMENTED, steps } from './model.ts';
import { commitInto, commitTake, describeSegments, rowsOf } from './segments.ts';

const task = { subTopology: 'counts', partition: 0 };

describe('memory backend', () => {
  describeConformance(async () => ({ backend: new MemoryBackend(), task }));

  describeSegments(async () => ({ backend: new MemoryBackend(), task }));

  test('nothing has to be fetched, so that no promise is made', async () => {
    const state = await openFresh(new MemoryBackend(), task);
    expect(state.store('counts').prefetch(['a', 'b'].map(key))).toBeUndefined();
  });

  test('a process that did not hold the task before begins with nothing', async () => {
    const state = await openFresh(new MemoryBackend(), task);
    await commit(state, 1, { a: ['a', 1] });
    await state.release();
    expect((await new MemoryBackend().open(task, SPECS)).meta).toBeNull();
  });

  test('an owner that was replaced can neither commit nor change what the new one sees', async () => {
    const backend = new MemoryBackend();
    const zombie = await openFresh(backend, task);
    await commit(zombie, 1, { a: ['a', 1] });
    const store = zombie.store('counts');
    await store.prefetch([key('a')]);
    store.put(key('a'), ['a', 66]);
    const delta = zombie.seal();
    const owner = await backend.open(task, SPECS);
    await owner.claim(2);
    expect(await read(owner.store('counts'), 'a')).toEqual([['a', 1]]);
    await expect(zombie.accept(delta, 2, 2)).rejects.toMatchObject({ code: 'PRODUCER_FENCED' });
    await expect(store.prefetch([key('a')])).rejects.toMatchObject({ code: 'PRODUCER_FENCED' });
    expect(() => store.put(key('a'), ['a', 67])).toThrowError();
    zombie.discard();
    await zombie.release();
    expect(await read(owner.store('counts'), 'a')).toEqual([['a', 1]]);
    expect(await backend.read(task, COUNTS, key('a'))).toEqual({ row: ['a', 1], position: 1 });
  });

  test('only the owner of a task answers for it', async () => {
    const backend = new MemoryBackend();
    const state = await openFresh(backend, task);
    await commit(state, 1, { a: ['a', 1] });
    expect(await backend.read(task, COUNTS, key('a'))).not.toBeNull();
    await state.release();
    expect(await backend.read(task, COUNTS, key('a'))).toBeNull();
  });

  test('a segment that ended takes no memory', async () => {
    const state = await openFresh(new MemoryBackend(), task);
    await commitInto(state, 1, { 10: rowsOf(1_000, 1), 20: rowsOf(10, 1) });
    const before = state.cachedBytes;
    await commitTake(state, 2, 10);
    expect(state.cachedBytes).toBeLessThan(before / 50);
    await commitTake(state, 3, 20);
    expect(state.cachedBytes).toBe(0);
  });

  for (const subject of [PLAIN, SEGMENTED]) {
    test(`any sequence of batches, commits, discards, handovers and crashes gives what plain maps give, ${subject.title}`, async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (script) => {
          let backend = new MemoryBackend();
          const crash = async (): Promise<void> => {
            backend = new MemoryBackend();
          };
          await runAgainstModel({ current: () => backend, crash }, task, script, subject);
        }),
        { numRuns: 200 },
      );
    });
  }
});

import fc from 'fast-check';
import { expect } from 'vitest';
import type { StateBackend, StateChange, StateDelta, TaskState } from '../../src/core/state.ts';
import type { TaskId } from '../../src/core/task.ts';
import type { Row } from '../../src/core/types.ts';
import { contents, key, read, SPECS } from './conformance.ts';

/** What may happen to a task's state, in any order. Keys are numbers below 400, so that buckets split and keys meet again. */
export type Step =
  | { readonly kind: 'batch'; readonly puts: readonly number[]; readonly deletes: readonly number[] }
  | { readonly kind: 'accept' }
  | { readonly kind: 'discard' }
  | { readonly kind: 'flush' }
  | { readonly kind: 'scan' }
  | { readonly kind: 'handover' }
  /** A reply of the backend's server is lost, the `after`th from now on. */
  | { readonly kind: 'cut'; readonly after: number }
  | { readonly kind: 'crash' };

const keys = fc.array(fc.nat(399), { maxLength: 150, size: 'max' });

export const steps = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('batch' as const), puts: keys, deletes: keys }) },
    { weight: 8, arbitrary: fc.constant({ kind: 'accept' as const }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'discard' as const }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'flush' as const }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'scan' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'handover' as const }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('cut' as const), after: fc.integer({ min: 1, max: 3 }) }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'crash' as const }) },
  ),
  { maxLength: 25, size: 'max' },
);

interface Commit {
  readonly position: number;
  readonly changes: readonly StateChange[];
}

/** Backends of processes that follow each other; `crash` ends one without a flush. */
export interface Processes {
  current(): StateBackend;
  crash(): Promise<void>;
  /** Infinity = no reply is lost any more. */
  cutAfter?(replies: number): void;
}

/** Runs the steps on a real backend and on plain maps, with a list in the changelog's place, and compares what every batch sees. */
export async function runAgainstModel(processes: Processes, task: TaskId, script: readonly Step[]): Promise<void> {
  const log: Commit[] = [];
  let committed = new Map<number, Row>();
  let seen = new Map<number, Row>();
  let sealed: { delta: StateDelta; after: Map<number, Row> }[] = [];
  let generation = 0;
  let value = 0;
  let state = await restore(processes.current(), task, log, generation++);

  const takeOver = async (): Promise<TaskState> => {
    processes.cutAfter?.(Infinity);
    seen = new Map(committed);
    sealed = [];
    return restore(processes.current(), task, log, generation++);
  };

  for (const step of script) {
    const store = state.store('counts');
    switch (step.kind) {
      case 'batch': {
        const touched = [...step.puts, ...step.deletes];
        expect(await read(store, ...touched)).toEqual(touched.map((n) => seen.get(n) ?? null));
        for (const n of step.puts) {
          store.put(key(n), [String(n), ++value]);
          seen.set(n, [String(n), value]);
        }
        for (const n of step.deletes) {
          store.delete(key(n));
          seen.delete(n);
        }
        expect(store.size).toBe(seen.size);
        sealed.push({ delta: state.seal(), after: new Map(seen) });
        break;
      }
      case 'accept': {
        const oldest = sealed.shift();
        if (oldest === undefined) break;
        const position = log.length * 2 + 1;
        log.push({ position, changes: oldest.delta.changes });
        committed = oldest.after;
        await state.accept(oldest.delta, position, position);
        break;
      }
      case 'discard':
        state.discard();
        sealed = [];
        seen = new Map(committed);
        expect(store.size).toBe(seen.size);
        break;
      case 'flush':
        await state.flush();
        break;
      case 'scan':
        expect(await contents(store)).toEqual(new Map([...seen].map(([n, row]) => [key(n), row])));
        break;
      case 'cut':
        processes.cutAfter?.(step.after);
        break;
      case 'handover':
        await state.release();
        state = await takeOver();
        break;
      case 'crash':
        await processes.crash();
        state = await takeOver();
        break;
    }
  }
  await state.flush();
  await state.release();
  state = await takeOver();
  expect(await contents(state.store('counts'))).toEqual(new Map([...committed].map(([n, row]) => [key(n), row])));
  await state.release();
}

/** What an owner does before it begins: catch up from where the copy is, or rebuild it. */
async function restore(
  backend: StateBackend,
  task: TaskId,
  log: readonly Commit[],
  generation: number,
): Promise<TaskState> {
  const state = await backend.open(task, SPECS);
  if (state.meta === null) await state.reset('log');
  for (const { position, changes } of log) {
    if (position > state.meta!.position) await state.catchUp(changes, position, position);
  }
  await state.claim(generation);
  return state;
}

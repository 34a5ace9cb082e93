import fc from 'fast-check';
import { expect } from 'vitest';
import type { KeyValueStore, StateBackend, StateChange, StateDelta, TaskState } from '../../src/core/state.ts';
import type { TaskId } from '../../src/core/task.ts';
import type { Row } from '../../src/core/types.ts';
import { contents, key, SPECS } from './conformance.ts';
import { within } from './segments.ts';

/** What may happen to a task's state, in any order. Keys are numbers below 400, so that buckets split and keys meet again. */
export type Step =
  | {
      readonly kind: 'batch';
      readonly puts: readonly number[];
      readonly deletes: readonly number[];
      readonly takes: readonly { readonly segment: number; readonly limit: number }[];
    }
  | { readonly kind: 'accept' }
  | { readonly kind: 'discard' }
  | { readonly kind: 'flush' }
  | { readonly kind: 'scan' }
  | { readonly kind: 'handover' }
  /** A reply of the backend's server is lost, the `after`th from now on. */
  | { readonly kind: 'cut'; readonly after: number }
  | { readonly kind: 'crash' };

const keys = fc.array(fc.nat(399), { maxLength: 150, size: 'max' });
const takes = fc.array(fc.record({ segment: fc.nat(4), limit: fc.integer({ min: 1, max: 300 }) }), { maxLength: 3 });

export const steps = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('batch' as const), puts: keys, deletes: keys, takes }) },
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

/** The store that the steps are about. */
export interface Subject {
  readonly title: string;
  readonly store: string;
  readonly key: (n: number) => string;
  /** The segment of a key; null = there are none, and nothing is taken. */
  readonly segment: ((n: number) => number) | null;
}

export const PLAIN: Subject = { title: 'in a plain store', store: 'counts', key, segment: null };

/** One segment of several buckets, and small ones. */
const segmentOfModel = (n: number): number => (n < 280 ? 2 : n % 5);

export const SEGMENTED: Subject = {
  title: 'in a segmented store',
  store: 'windows',
  key: (n) => within(segmentOfModel(n), n),
  segment: segmentOfModel,
};

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
export async function runAgainstModel(
  processes: Processes,
  task: TaskId,
  script: readonly Step[],
  subject: Subject,
): Promise<void> {
  const expected = (entries: Map<number, Row>): Map<string, Row> =>
    new Map([...entries].map(([n, row]) => [subject.key(n), row]));
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
    const store = state.store(subject.store);
    switch (step.kind) {
      case 'batch': {
        const touched = [...step.puts, ...step.deletes];
        await store.prefetch(touched.map(subject.key));
        expect(touched.map((n) => store.get(subject.key(n)))).toEqual(touched.map((n) => seen.get(n) ?? null));
        for (const n of step.puts) {
          store.put(subject.key(n), [String(n), ++value]);
          seen.set(n, [String(n), value]);
        }
        for (const n of step.deletes) {
          store.delete(subject.key(n));
          seen.delete(n);
        }
        if (subject.segment !== null) {
          for (const { segment, limit } of step.takes) await take(store, subject, seen, segment, limit);
          expect(store.firstSegment).toBe(Math.min(...[...seen.keys()].map(subject.segment)));
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
        expect(await contents(store)).toEqual(expected(seen));
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
  expect(await contents(state.store(subject.store))).toEqual(expected(committed));
  await state.release();
}

/** Takes from store and model, and compares. Which entries a short take gives is the store's choice. */
async function take(
  store: KeyValueStore,
  { key: keyOf, segment: segmentOf }: Subject,
  seen: Map<number, Row>,
  segment: number,
  limit: number,
): Promise<void> {
  const there = new Map([...seen.keys()].filter((n) => segmentOf!(n) === segment).map((n) => [keyOf(n), n]));
  const taken = await store.take(segment, limit);
  expect(taken.length).toBeGreaterThanOrEqual(Math.min(limit, there.size));
  for (const [at, row] of taken) {
    const n = there.get(at);
    expect(n, `${JSON.stringify(at)} is in the segment, and taken once`).toBeDefined();
    expect(row).toEqual(seen.get(n!));
    there.delete(at);
    seen.delete(n!);
  }
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

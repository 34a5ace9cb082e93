import { encodeKey } from '../../../../src/core/key-codec.ts';
import { partitionOf } from '../../../../src/core/murmur2.ts';
import type { PlannedStore } from '../../../../src/plan/physical-plan.ts';
import type { LoadEvent } from '../load.ts';
import { addToWindow, windowName, withEvent, wordCounts, type UserTotal, type UserWindow } from '../reference.ts';
import type { Case, Check } from './case.ts';
import { sameFields, textOf } from './records.ts';
import type { Report } from './report.ts';
import {
  batchesOf,
  lastCommit,
  rowOf,
  stateAt,
  type ChangeEntry,
  type CommittedBatch,
  type TaskLog,
} from './task-logs.ts';

/** The changelogs hold what a fold of the input up to each commit record gives; at the end, that of all input. */
export const checkState: Check = (seen, report) => {
  for (const log of seen.logs) {
    const { stores } = log.subTopology;
    if (stores.some(({ name }) => name === 'userTotals' || name === 'userWindows')) checkEventState(seen, log, report);
    for (const store of stores) if (store.segmented) checkClosing(log, store, report);
  }
  if (seen.topology.parts.includes('words')) checkWordCounts(seen, report);
};

/** What the events of one source partition lead to, up to some offset. */
class Fold {
  readonly totals = new Map<string, UserTotal>();
  readonly windows = new Map<string, UserWindow>();
  readonly #secondMs: number;
  /** Ids of those that were late for their windows. */
  readonly #late: ReadonlySet<number>;

  constructor(secondMs: number, late: ReadonlySet<number>) {
    this.#secondMs = secondMs;
    this.#late = late;
  }

  add(event: LoadEvent): void {
    this.totals.set(event.user, withEvent(this.totals.get(event.user), event));
    if (!this.#late.has(event.id)) addToWindow(this.windows, event, this.#secondMs);
  }
}

/** Batch by batch: what each changed is what it read, and what it wrote is what all of the input up to its end gives. */
function checkEventState(seen: Case, log: TaskLog, report: Report): void {
  const events = seen.sources.events[log.partition] ?? [];
  const fold = new Fold(seen.topology.secondMs, seen.late.get('userWindows') ?? new Set());
  let next = 0;
  for (const [i, batch] of batchesOf(log).entries()) {
    const users = new Set<string>();
    for (; next < events.length && events[next].offset < batch.to; next++) {
      fold.add(events[next]);
      users.add(events[next].user);
    }
    // Of the beginning of a compacted log it cannot be told in which batch a change was made.
    if (!seen.allowances.compacted) expectEachChanged(log, batch, users, report);
    if (!seen.allowances.compacted || i > 0)
      for (const change of batch.changes) checkChange(log, fold, batch, change, report);
  }
  const store = log.subTopology.stores.find(({ name }) => name === 'userTotals');
  if (store === undefined) return;
  const found = stateAt(log, lastCommit(log)).get(store.name) ?? new Map<string, Buffer>();
  for (const [user, total] of fold.totals) {
    const value = found.get(encodeKey([user]));
    if (value === undefined)
      report('I2', placeIn(log, 'userTotals', user), `expected ${JSON.stringify(total)}, found nothing`);
    else expectTotal(log, store, encodeKey([user]), value, fold, report);
  }
}

function expectEachChanged(log: TaskLog, batch: CommittedBatch, users: ReadonlySet<string>, report: Report): void {
  if (!log.subTopology.stores.some(({ name }) => name === 'userTotals')) return;
  const read = new Set([...users].map((user) => encodeKey([user])));
  const changed = new Set(batch.changes.flatMap(({ store, key }) => (store === 'userTotals' ? [key] : [])));
  const say = (key: string, what: string): void =>
    report('I2', placeIn(log, 'userTotals', key), `the batch at ${batch.offset} ${what}`);
  for (const key of read) if (!changed.has(key)) say(key, 'read events of it, and did not change it');
  for (const key of changed) if (!read.has(key)) say(key, 'changed it, and read no event of it');
}

function checkChange(log: TaskLog, fold: Fold, { to }: CommittedBatch, change: ChangeEntry, report: Report): void {
  const store = log.subTopology.stores.find(({ name }) => name === change.store);
  const where = `${log.name} offset ${change.offset} store ${change.store} key ${textOf(change.key)}`;
  if (store === undefined) report('I2', where, 'a change of a store that there is not');
  else if (change.value === null) {
    if (!store.segmented) report('I2', where, 'deleted, although nothing deletes it');
  } else if (store.name === 'userTotals') expectTotal(log, store, change.key, change.value, fold, report);
  else if (store.name === 'userWindows') {
    const { w, user, n, total } = rowOf(store, change.key, change.value) ?? {};
    const startMs = Array.isArray(w) ? Number(w[0]) / 1_000 : 0;
    const expected = fold.windows.get(windowName({ user: String(user), startMs }));
    const found = { user, startMs, n, total };
    if (expected !== undefined && sameFields(expected, found)) return;
    report('I2', where, `expected ${JSON.stringify(expected)} up to input ${to}, found ${JSON.stringify(found)}`);
  }
}

function expectTotal(log: TaskLog, store: PlannedStore, key: string, value: Buffer, fold: Fold, report: Report): void {
  const { user, n, total, newest } = rowOf(store, key, value) ?? {};
  const expected = fold.totals.get(String(user));
  const found = { n, total, newest };
  if (expected !== undefined && sameFields(expected, found)) return;
  report('I2', placeIn(log, store.name, key), `expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
}

/** A window that was closed is never opened again. */
function checkClosing(log: TaskLog, { name }: PlannedStore, report: Report): void {
  const closed = new Map<string, number>();
  for (const entry of log.entries) {
    if (entry.kind !== 'change' || entry.store !== name) continue;
    const at = closed.get(entry.key);
    const where = `${log.name} offset ${entry.offset} store ${name} key ${textOf(entry.key)}`;
    if (at !== undefined) report('I2', where, `the window was closed at offset ${at}`);
    if (entry.value === null) closed.set(entry.key, entry.offset);
  }
}

function checkWordCounts(seen: Case, report: Report): void {
  const expected = wordCounts(seen.sources.lines.flat());
  const logs = seen.logs.filter(({ subTopology }) => subTopology.id === 'wordCounts');
  const states = logs.map((log) => stateAt(log, lastCommit(log)).get('wordCounts') ?? new Map<string, Buffer>());
  for (const [word, n] of expected) {
    const key = encodeKey([word]);
    const log = logs[partitionOf(logs.length, Buffer.from(key))];
    const store = log.subTopology.stores[0];
    const value = states[log.partition].get(key);
    const found = value === undefined ? null : rowOf(store, key, value);
    if (found?.['n'] === n) continue;
    report(
      'I2',
      placeIn(log, store.name, word),
      `expected ${n}, found ${found === null ? 'nothing' : String(found['n'])}`,
    );
  }
  for (const [i, state] of states.entries()) {
    for (const key of state.keys()) {
      const word = key.slice(1, -1);
      const isHere = expected.has(word) && partitionOf(logs.length, Buffer.from(key)) === i;
      if (!isHere) report('I2', placeIn(logs[i], 'wordCounts', word), 'an entry that no input has here');
    }
  }
}

const placeIn = ({ name }: TaskLog, store: string, key: string): string => `${name} store ${store} key ${textOf(key)}`;

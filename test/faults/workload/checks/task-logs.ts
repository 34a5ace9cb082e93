import { decodeKey } from '../../../../src/core/key-codec.ts';
import { decodeRow } from '../../../../src/core/row-codec.ts';
import { withoutSegment } from '../../../../src/core/segment-key.ts';
import type { Value } from '../../../../src/core/types.ts';
import type { PhysicalPlan, PlannedStore, SubTopology } from '../../../../src/plan/physical-plan.ts';
import type { OwnershipRecord } from '../../../../src/runtime/changelog.ts';
import { inflate } from '../../../../src/state/value-codec.ts';
import type { Evidence, EvidenceRecord } from '../evidence.ts';
import { objectOf, partitionsOf, placeOf, recordsOf, textOf } from './records.ts';
import type { Report } from './report.ts';

/** The changelog of one task. */
export interface TaskLog {
  readonly subTopology: SubTopology;
  readonly partition: number;
  /** Topic and partition. */
  readonly name: string;
  readonly entries: readonly LogEntry[];
}

export type LogEntry = OwnershipEntry | ChangeEntry;

export interface OwnershipEntry {
  readonly kind: 'ownership';
  readonly offset: number;
  readonly record: OwnershipRecord;
}

export interface ChangeEntry {
  readonly kind: 'change';
  readonly offset: number;
  readonly store: string;
  readonly key: string;
  /** Null = deleted. */
  readonly value: Buffer | null;
}

/** A batch that was committed. */
export interface CommittedBatch {
  /** Of its commit record. */
  readonly offset: number;
  /** The input that it took, [from, to); `from` is null where what comes before it is not there. */
  readonly from: number | null;
  readonly to: number;
  readonly changes: readonly ChangeEntry[];
}

export function readTaskLogs(evidence: Evidence, plan: PhysicalPlan, report: Report): TaskLog[] {
  return plan.subTopologies.flatMap((subTopology) => {
    const topic = subTopology.changelogTopic;
    const logs = Array.from({ length: partitionsOf(evidence, topic) }, (): LogEntry[] => []);
    for (const record of recordsOf(evidence, topic)) {
      const entry = readEntry(record);
      if (entry === null) report('I3', placeOf(topic, record), `a foreign record: key ${textOf(record.key)}`);
      else logs[record.partition].push(entry);
    }
    return logs.map((entries, partition) => ({ subTopology, partition, name: `${topic}-${partition}`, entries }));
  });
}

function readEntry({ offset, key, value }: EvidenceRecord): LogEntry | null {
  const name = key?.toString() ?? '';
  if (name.startsWith('\x01')) {
    const separator = name.indexOf('\0');
    return { kind: 'change', offset, store: name.slice(1, separator), key: name.slice(separator + 1), value };
  }
  const record = objectOf(value);
  if (record === null || name !== `\0${String(record['kind'])}`) return null;
  return record['kind'] === 'commit' || record['kind'] === 'claim'
    ? { kind: 'ownership', offset, record: record as unknown as OwnershipRecord }
    : null;
}

/** The commit and claim records, in order. */
export const ownershipOf = ({ entries }: TaskLog): OwnershipEntry[] =>
  entries.filter((entry) => entry.kind === 'ownership');

/** Offset of the last commit record; -1 when there is none. */
export const lastCommit = (log: TaskLog): number =>
  ownershipOf(log).findLast(({ record }) => record.kind === 'commit')?.offset ?? -1;

/** Where the record leaves the task's input. */
export const inputAfter = ({ subTopology }: TaskLog, { inputs }: OwnershipRecord): number =>
  inputs[subTopology.input.topic];

/** Up to where the task has come in its input; 0 before its first claim. */
export function committedInput(log: TaskLog): number {
  const last = ownershipOf(log).at(-1);
  return last === undefined ? 0 : inputAfter(log, last.record);
}

export function batchesOf(log: TaskLog): CommittedBatch[] {
  const batches: CommittedBatch[] = [];
  let changes: ChangeEntry[] = [];
  let from: number | null = null;
  for (const entry of log.entries) {
    if (entry.kind === 'change') {
      changes.push(entry);
      continue;
    }
    const to = inputAfter(log, entry.record);
    if (entry.record.kind === 'commit') batches.push({ offset: entry.offset, from, to, changes });
    changes = [];
    from = to;
  }
  return batches;
}

/** The state as of the commit record at `position`: entries by store and key. */
export function stateAt({ entries }: TaskLog, position: number): Map<string, Map<string, Buffer>> {
  const stores = new Map<string, Map<string, Buffer>>();
  for (const entry of entries) {
    if (entry.kind === 'ownership' || entry.offset > position) continue;
    const store = stores.get(entry.store) ?? new Map<string, Buffer>();
    stores.set(entry.store, store);
    if (entry.value === null) store.delete(entry.key);
    else store.set(entry.key, entry.value);
  }
  return stores;
}

/** An entry of a store as a query would show it, by column; null when its bytes make no sense. */
export function rowOf(store: PlannedStore, key: string, value: Uint8Array): Readonly<Record<string, Value>> | null {
  try {
    const keyValues = decodeKey(store.segmented ? withoutSegment(key) : key, store.keyColumns);
    const row = store.present(keyValues, decodeRow(inflate(value), store.columns), { batchTime: 0 });
    return Object.fromEntries(store.rowSchema.map(({ name }, i) => [name, row[i]]));
  } catch {
    return null;
  }
}

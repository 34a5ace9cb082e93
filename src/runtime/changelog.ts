import { MillraceError } from '../core/errors.ts';
import type { StateChange } from '../core/state.ts';
import type { RecordChunk } from '../core/transport.ts';
import { decodeEventTime, withoutInfinity, type EventTime } from './event-time.ts';

/**
 * The changelog of a sub-topology: one topic, one partition a task. It carries the changes of all stores, and two kinds of record that
 * decide ownership and progress. Each transaction of a task ends with one of them, so that the last record of the log says it all.
 *
 *     key    = NUL "commit" | NUL "claim" | SOH store NUL state-key        (UTF-8)
 *     value  = JSON of a CommitRecord or ClaimRecord | an encoded row (no value: deleted)
 */
export const COMMIT_KEY = '\0commit';
export const CLAIM_KEY = '\0claim';

/** The key of a state change in the changelog. */
export const stateKey = (store: string, key: string): string => `\x01${store}\0${key}`;

/** How far a task has come. */
export interface TaskProgress {
  /** Identity of the changelog, chosen at random by the first claim: a log that was deleted and made anew has another. */
  readonly logId: string;
  /** Offset of the last commit record; -1 before the first. */
  readonly position: number;
  /** Where the next batch begins, by input topic. */
  readonly inputs: Readonly<Record<string, number>>;
  /** Number of the last batch; -1 before the first. */
  readonly batchId: number;
  /** Time of the last batch in ms; batch time never goes back, whatever the clocks do. */
  readonly batchTimeMs: number;
  /** How far event time has come, for the batch that follows. */
  readonly time: EventTime;
  readonly planEpoch: number;
}

/** Last record of a batch's transaction. `position` is the position *before* it (the previous commit record), so that records form a chain. */
export interface CommitRecord extends TaskProgress {
  readonly kind: 'commit';
  /** The claim under which the batch was made. */
  readonly generation: number;
}

/** First transaction of an owner; its offset is the owner's generation. */
export interface ClaimRecord extends TaskProgress {
  readonly kind: 'claim';
}

export type OwnershipRecord = CommitRecord | ClaimRecord;

export const encodeOwnership = (record: OwnershipRecord): string => JSON.stringify(record, withoutInfinity);

/** The key's meaning, and for state changes the change. */
export type ChangelogEntry =
  | { readonly kind: 'ownership'; readonly offset: number; readonly record: OwnershipRecord }
  | { readonly kind: 'change'; readonly offset: number; readonly change: StateChange };

/** Reads record `i` of a changelog chunk. Values are copied, so that the chunk's bytes can be let go. */
export function readEntry(chunk: RecordChunk, i: number): ChangelogEntry {
  const { bytes, keyStart, keyEnd, valueStart, valueEnd, offsets } = chunk;
  const offset = offsets[i];
  const key = bytes.toString('utf8', Math.max(keyStart[i], 0), keyEnd[i]);
  const present = valueStart[i] >= 0;
  if (key.startsWith('\x01')) {
    const separator = key.indexOf('\0');
    const value = present ? new Uint8Array(bytes.subarray(valueStart[i], valueEnd[i])) : null;
    return { kind: 'change', offset, change: { store: key.slice(1, separator), key: key.slice(separator + 1), value } };
  }
  if ((key === COMMIT_KEY || key === CLAIM_KEY) && present) {
    const record = JSON.parse(bytes.toString('utf8', valueStart[i], valueEnd[i])) as OwnershipRecord;
    return { kind: 'ownership', offset, record: { ...record, time: decodeEventTime(record.time) } };
  }
  throw new MillraceError(
    'LOG_REPLACED',
    `${chunk.topic}-${chunk.partition} holds a foreign record at offset ${offset}`,
    {
      details: { topic: chunk.topic, partition: chunk.partition, offset },
    },
  );
}

/** What a successor goes on from: the record's progress, with the position that the record itself gives. */
export function progressAfter(record: OwnershipRecord, offset: number): TaskProgress {
  const { logId, inputs, batchId, batchTimeMs, time, planEpoch } = record;
  const position = record.kind === 'commit' ? offset : record.position;
  return { logId, position, inputs, batchId, batchTimeMs, time, planEpoch };
}

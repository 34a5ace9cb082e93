import type { MillraceError } from './errors.ts';
import type { TaskId } from './task.ts';
import type { DataType, Row } from './types.ts';

/**
 * Keyed state as operators and the runtime see it. Layers, top down: typed rows > the overlay of the running batch > the owner's cache >
 * the backend (Redis or memory). The changelog in Kafka is the truth; a backend is a copy whose position in that log is always checked.
 */

/** How values above a few hundred bytes are written to Redis and changelog. It may change at any time: each value says how it was written. */
export type StateCompression = 'none' | 'lz4' | 'snappy' | 'zstd';

/** One store of a sub-topology. Its name is the view's name: it is in changelog keys and Redis keys, so it never changes by itself. */
export interface StoreSpec {
  readonly name: string;
  /** Types of the columns of a stored row. */
  readonly columns: readonly DataType[];
  /** Types of the columns that make up the key; only needed to show keys to people and to read them from a query. */
  readonly keyColumns: readonly DataType[];
  /**
   * Entries lie in segments, one for each event time at which they become final: what the watermark passes is found without a scan and goes
   * as a whole. Keys are made by `segmentKey`.
   */
  readonly segmented: boolean;
  readonly compression: StateCompression;
}

/**
 * A store for the operator that owns it. Keys are canonical key strings (`encodeKey`). `get`, `put` and `delete` are synchronous and legal
 * only for keys named in a `prefetch` of the same batch.
 */
export interface KeyValueStore {
  readonly spec: StoreSpec;
  /** Makes the keys readable; returns undefined when nothing had to be fetched. Rejects with STATE_MISMATCH if the backend's position is another than the owner's. */
  prefetch(keys: readonly string[]): Promise<void> | undefined;
  /** The row as the batch sees it, or null. Not to be changed. */
  get(key: string): Row | null;
  put(key: string, row: Row): void;
  delete(key: string): void;
  /** Every entry as the batch sees it, in no particular order. The store is not changed while it is scanned. */
  scan(): AsyncIterable<readonly [key: string, row: Row]>;
  /** Entries in the store as the batch sees it; the number of the last commit where the backend keeps only that. */
  readonly size: number;
  /** The smallest segment that has entries, as the batch sees it; Infinity when there is none. Only for a segmented store. */
  readonly firstSegment: number;
  /**
   * Takes entries of the segment out of the store, as `delete` would, and returns them as the batch saw them: about `limit` of them (more by
   * what is stored together), all that are left when they are fewer, in no particular order. Rejects as `prefetch` does.
   */
  take(segment: number, limit: number): Promise<readonly (readonly [key: string, row: Row])[]>;
}

/** What a backend says of its copy of a task's state. */
export interface StateMeta {
  /** Identity of the changelog that the copy was made from. */
  readonly logId: string;
  /** Changelog position that the copy reflects: the offset of a commit record; -1 = before the first. */
  readonly position: number;
  /** When that position was written, broker time in ms: a copy older than the changelog's tombstones is not to be caught up. */
  readonly positionTimestampMs: number;
  /** Which making of the copy this is; a rebuild begins a new one. */
  readonly incarnation: string;
}

/** An entry as the changelog carries it. */
export interface StateChange {
  readonly store: string;
  readonly key: string;
  /** Null = deleted. */
  readonly value: Uint8Array | null;
}

/** An entry that a batch changed. Its bytes are made to be looked at, not kept: ask for `value` once. */
export interface SealedStateChange extends StateChange {
  readonly isDeletion: boolean;
}

/** Everything a batch changed; opaque to the runtime but for its entries, which go into the changelog. */
export interface StateDelta {
  readonly changes: readonly SealedStateChange[];
}

/**
 * The state of one task in the hands of its owner.
 *
 *     open ── current ────────────────┐
 *       ├── behind: fence → catchUp* ─┤→ claim → stores usable: [ batch … seal → accept | discard ]* → release
 *       └── foreign, absent, old:     │
 *           reset → catchUp* ─────────┘
 */
export interface TaskState {
  /** What the backend holds now; null = nothing. */
  readonly meta: StateMeta | null;
  /** Why the copy is not to be relied on any more, and nothing is written to it; null while all is well. */
  readonly failure: MillraceError | null;
  /** Called when there is a failure, of which whoever asks for nothing would not hear; at most one listener. */
  onFailure: (() => void) | null;
  /** The owner's generation (offset of its claim record), under which it writes from now on; lower generations are refused thereafter. */
  claim(generation: number): Promise<void>;
  /** Nobody of a lower generation writes to the copy any more, though it is not current yet: what it is caught up with stays as it is written. */
  fence(generation: number): Promise<void>;
  /** Wipes the copy, if it is still the one that `meta` showed, and begins a new incarnation for this log at position -1. */
  reset(logId: string): Promise<void>;
  /** Applies a stretch of the changelog; `position` is the offset of the last commit record in it. Rejects with STATE_MISMATCH when the copy is not where it was. */
  catchUp(changes: readonly StateChange[], position: number, timestampMs: number): Promise<void>;
  store(name: string): KeyValueStore;
  /** Ends the batch: what it changed. The next batch sees it, as if accepted. */
  seal(): StateDelta;
  /** The delta's transaction is committed at `position`: it enters the cache, and the backend is written behind. Waits only when too much is unwritten. */
  accept(delta: StateDelta, position: number, timestampMs: number): Promise<void> | undefined;
  /** The delta's transaction did not commit: everything not accepted is forgotten. */
  discard(): void;
  /** Resolves when everything accepted is written. */
  flush(): Promise<void>;
  /** Gives the task up: writes what was accepted, for as long as a handover may take, and nothing any more after that. Never rejects. */
  release(): Promise<void>;
  /** ms that batches have waited for state to be loaded, since the state was opened. */
  readonly loadMs: number;
  /** Bytes held in memory for this task, about. */
  readonly cachedBytes: number;
}

/** A committed entry as seen from outside. */
export interface StateReading {
  readonly row: Row | null;
  /** The changelog position that the reading reflects. */
  readonly position: number;
}

export interface StateBackend {
  readonly kind: 'redis' | 'memory';
  /** Checks that the backend may be relied on (reachable, never evicts). Rejects with STATE_UNAVAILABLE or STATE_MISCONFIGURED. */
  check(): Promise<void>;
  /** Opens the task's state for its owner. */
  open(task: TaskId, stores: readonly StoreSpec[]): Promise<TaskState>;
  /** A committed entry; null when this process cannot say (memory backend and another owner, or the copy is being restored). */
  read(task: TaskId, store: StoreSpec, key: string): Promise<StateReading | null>;
  /** How many keys `destroy` would delete; 0 where state is kept in the memory of its owner. */
  keys(tasks: readonly TaskId[]): Promise<number>;
  /** Deletes every trace of the sub-topologies' tasks. */
  destroy(tasks: readonly TaskId[]): Promise<void>;
  close(): Promise<void>;
}

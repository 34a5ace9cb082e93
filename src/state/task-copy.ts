import type { MillraceError } from '../core/errors.ts';
import type { StateChange, StateMeta } from '../core/state.ts';
import type { Row } from '../core/types.ts';
import type { Slot } from './bucket.ts';
import type { LayeredStore } from './layered-store.ts';

/** One key that a batch changed, once sealed. Its slot stays pinned until whoever writes it calls `slot.bucket.unpin(slot)`. */
export class SealedChange implements StateChange {
  readonly store: string;
  readonly key: string;
  readonly value: Uint8Array | null;
  readonly slot: Slot;
  readonly row: Row | null;

  constructor(store: string, slot: Slot, row: Row | null, value: Uint8Array | null) {
    this.store = store;
    this.key = slot.key;
    this.value = value;
    this.slot = slot;
    this.row = row;
  }
}

/** An entry of a bucket as a backend hands it over: key string and encoded row. */
export interface LoadedEntry {
  readonly key: string;
  readonly value: Uint8Array;
}

/** Where a store gets buckets from that it does not hold. */
export interface BucketSource {
  /** Why the copy is not to be relied on any more; null while it is. */
  readonly failure: MillraceError | null;
  /** Resolves when the change of a store's bucket count that is under way is over. */
  readonly resizing: Promise<void> | null;
  /**
   * The entries of whole buckets, in the order asked for; null when the store no longer has `count` buckets. Rejects with STATE_MISMATCH
   * when the copy is not where its owner left it, with STATE_UNAVAILABLE when it cannot be reached.
   */
  load(store: string, count: number, buckets: readonly number[]): Promise<LoadedEntry[][] | null>;
}

/** The backend's copy of one task's state, in the hands of its owner: what lies below the layers of `LayeredState`. */
export interface TaskCopy extends BucketSource {
  readonly meta: StateMeta | null;
  readonly stores: readonly LayeredStore[];
  /** Bytes of accepted changes that are not written yet. */
  readonly unwrittenBytes: number;
  claim(generation: number): Promise<void>;
  reset(logId: string): Promise<void>;
  catchUp(changes: readonly StateChange[], position: number, timestampMs: number): Promise<void>;
  /** Takes accepted changes over, pins and all. A promise when the caller should wait before it accepts more. */
  write(changes: readonly SealedChange[], position: number, timestampMs: number): Promise<void> | undefined;
  flush(): Promise<void>;
  release(): Promise<void>;
}

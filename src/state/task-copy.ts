import type { MillraceError } from '../core/errors.ts';
import type { SealedStateChange, StateChange, StateMeta } from '../core/state.ts';
import type { Row } from '../core/types.ts';
import type { BucketAddress } from './bucket-address.ts';
import type { Slot } from './bucket.ts';
import type { LayeredStore } from './layered-store.ts';

/**
 * One key that a batch changed, once sealed. Its slot stays pinned until whoever writes it calls `slot.bucket.unpin(slot)`. Its encoded row
 * is a stretch of a chunk that all changes of the batch share; a view of it would cost more memory than the row.
 */
export class SealedChange implements SealedStateChange {
  readonly store: string;
  readonly slot: Slot;
  readonly row: Row | null;
  readonly chunk: Buffer;
  readonly start: number;
  readonly end: number;
  /** What the row takes without compression. */
  readonly rowBytes: number;
  /** A later change of the same key is waiting to be written: this one need not be. */
  superseded = false;

  constructor(store: string, slot: Slot, row: Row | null, chunk: Buffer, start: number, end: number, rowBytes: number) {
    this.store = store;
    this.slot = slot;
    this.row = row;
    this.chunk = chunk;
    this.start = start;
    this.end = end;
    this.rowBytes = rowBytes;
  }

  get key(): string {
    return this.slot.key;
  }

  get isDeletion(): boolean {
    return this.row === null;
  }

  get valueBytes(): number {
    return this.end - this.start;
  }

  get value(): Uint8Array | null {
    return this.row === null ? null : this.chunk.subarray(this.start, this.end);
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
  /** Resolves when the change of a table's bucket count that is under way is over. */
  readonly resizing: Promise<void> | null;
  /**
   * The entries of whole buckets, in the order asked for; null when one of the tables no longer has as many buckets. Rejects with
   * STATE_MISMATCH when the copy is not where its owner left it, with STATE_UNAVAILABLE when it cannot be reached.
   */
  load(addresses: readonly BucketAddress[]): Promise<LoadedEntry[][] | null>;
}

/** The backend's copy of one task's state, in the hands of its owner: what lies below the layers of `LayeredState`. */
export interface TaskCopy extends BucketSource {
  readonly meta: StateMeta | null;
  readonly stores: readonly LayeredStore[];
  /** Called when there is a failure. */
  onFailure: (() => void) | null;
  /** Bytes of accepted changes that are not written yet. */
  readonly unwrittenBytes: number;
  claim(generation: number): Promise<void>;
  fence(generation: number): Promise<void>;
  reset(logId: string): Promise<void>;
  catchUp(changes: readonly StateChange[], position: number, timestampMs: number): Promise<void>;
  /** Takes accepted changes over, pins and all. A promise when the caller should wait before it accepts more. */
  write(changes: readonly SealedChange[], position: number, timestampMs: number): Promise<void> | undefined;
  flush(): Promise<void>;
  release(): Promise<void>;
}

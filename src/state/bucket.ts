import type { Row } from '../core/types.ts';
import type { BucketTable } from './bucket-table.ts';
import type { SealedChange } from './task-copy.ts';

/**
 * One key of a loaded bucket, through all layers at once: what the running batch sees, and what is committed.
 *
 *     put → row (dirty) ── seal ──→ sealed ── accept ──→ committed, unwritten ── written ──→ clean
 *              └──────── discard ─────┘
 */
export class Slot {
  readonly key: string;
  readonly hash: number;
  bucket: Bucket;
  /** As the running batch sees it; null = no entry; undefined = the committed row, which nobody has decoded yet. */
  row: Row | null | undefined;
  /** As of the last accepted delta; undefined = still only in `encoded`. */
  committed: Row | null | undefined;
  encoded: Uint8Array | null = null;
  /** Changed by the running batch. */
  dirty = false;
  /** The copy has an entry of this key. Only kept where there is a copy below. */
  stored = false;
  /** Changes of this key that are not yet both decided and written. */
  pins = 0;
  /** What the entry costs the cache, about. */
  bytes = 0;
  /** The change of this key that waits to be written; null when none does. */
  waiting: SealedChange | null = null;

  constructor(key: string, hash: number, bucket: Bucket) {
    this.key = key;
    this.hash = hash;
    this.bucket = bucket;
    this.row = null;
    this.committed = null;
  }

  /** The copy was made to have an entry of this key, or to have none. */
  markStored(stored: boolean): void {
    if (this.stored === stored) return;
    this.stored = stored;
    this.bucket.stored += stored ? 1 : -1;
  }
}

/** All entries of one bucket: the unit in which state is loaded and dropped, so that a key it lacks is known to be absent. */
export class Bucket {
  readonly table: BucketTable;
  readonly index: number;
  readonly slots = new Map<string, Slot>();
  bytes = 0;
  /** How many of its slots are stored: the entries of the bucket in the copy. */
  stored = 0;
  /** Sum of its slots' pins; a pinned bucket is not dropped. */
  pins = 0;
  usedIn = -1;
  /** Neighbours in the cache's list, from least to most recently used. */
  older: Bucket | null = null;
  newer: Bucket | null = null;

  constructor(table: BucketTable, index: number) {
    this.table = table;
    this.index = index;
  }

  pin(slot: Slot): void {
    slot.pins++;
    this.pins++;
  }

  /** Takes back one pin. */
  unpin(slot: Slot): void {
    slot.pins--;
    this.pins--;
    this.forget(slot);
  }

  /** Forgets a key that has no entry in any layer, unless it is pinned. */
  forget(slot: Slot): void {
    if (slot.pins !== 0 || slot.row !== null || slot.committed !== null) return;
    this.slots.delete(slot.key);
    if (this.slots.size === 0) this.table.emptied(this);
  }
}

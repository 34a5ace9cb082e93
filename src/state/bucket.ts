import type { Row } from '../core/types.ts';
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
}

/** The store that a bucket belongs to, as far as the cache has to know it. */
export interface BucketOwner {
  /** Number of the running batch: what it prefetched must stay. */
  readonly batch: number;
  /** What its loaded buckets cost, about; kept by the cache. */
  cachedBytes: number;
  drop(bucket: Bucket): void;
}

/** All entries of one bucket: the unit in which state is loaded and dropped, so that a key it lacks is known to be absent. */
export class Bucket {
  owner: BucketOwner;
  readonly index: number;
  readonly slots = new Map<string, Slot>();
  bytes = 0;
  /** Sum of its slots' pins; a pinned bucket is not dropped. */
  pins = 0;
  usedIn = -1;
  /** Neighbours in the cache's list, from least to most recently used. */
  older: Bucket | null = null;
  newer: Bucket | null = null;

  constructor(owner: BucketOwner, index: number) {
    this.owner = owner;
    this.index = index;
  }

  pin(slot: Slot): void {
    slot.pins++;
    this.pins++;
  }

  /** Takes back one pin. A key that has no entry in any layer is forgotten with its last pin. */
  unpin(slot: Slot): void {
    this.pins--;
    if (--slot.pins === 0 && slot.row === null && slot.committed === null) this.slots.delete(slot.key);
  }
}

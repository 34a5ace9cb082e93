import { MillraceError } from '../core/errors.ts';
import { decodeRow } from '../core/row-codec.ts';
import { segmentOf } from '../core/segment-key.ts';
import type { KeyValueStore, StoreSpec } from '../core/state.ts';
import type { Row } from '../core/types.ts';
import { addressesOf, BucketSet, type BucketAddress } from './bucket-address.ts';
import { BucketTable, type TableOwner, type TableSize } from './bucket-table.ts';
import type { Bucket, Slot } from './bucket.ts';
import { entryBytes, type BucketCache } from './cache.ts';
import { bucketOf, hashOf } from './hashing.ts';
import { Segments } from './segments.ts';
import { scanTables } from './store-scan.ts';
import type { BucketSource, SealedChange } from './task-copy.ts';
import { inflate } from './value-codec.ts';

/**
 * A store through all its layers. A loaded key has one slot, which holds what the batch sees next to what is committed, so that a read is
 * one look-up whatever layer answers it. The slots lie in the buckets of one table, or of one for each segment.
 */
export class LayeredStore implements KeyValueStore, TableOwner {
  readonly spec: StoreSpec;
  readonly #source: BucketSource;
  readonly #cache: BucketCache;
  /** Null while there is none: the store is segmented, or was given up. */
  #whole: BucketTable | null = null;
  #segments = new Segments();
  #ended = true;
  #scans = 0;
  /** What the loaded buckets cost, about; kept by the cache. */
  cachedBytes = 0;
  /** ms that batches have waited for buckets. */
  loadMs = 0;
  /** Number of the running batch. */
  batch = 0;
  /** Slots that the running batch changed, in the order of their first change. */
  dirty: Slot[] = [];

  // The key looked up last: operators get a key and then put it.
  #lastKey: string | null = null;
  #lastHash = 0;
  #lastTable: BucketTable | undefined;
  #lastSlot: Slot | undefined;

  constructor(spec: StoreSpec, source: BucketSource, cache: BucketCache) {
    this.spec = spec;
    this.#source = source;
    this.#cache = cache;
  }

  get size(): number {
    return this.tables.reduce((sum, table) => sum + table.size, 0);
  }

  get firstSegment(): number {
    return this.#segments.first;
  }

  get tables(): readonly BucketTable[] {
    return this.#whole === null ? this.#segments.all : [this.#whole];
  }

  /** True while entries must stay in their buckets. */
  get scanning(): boolean {
    return this.#scans > 0;
  }

  /** Forgets everything: the copy has these tables. `known` = it is known to have no entries. */
  begin(sizes: readonly TableSize[], known: boolean): void {
    this.end();
    this.#ended = false;
    this.dirty = [];
    for (const size of sizes) this.#begun(size, known);
  }

  /** A store with the committed entries of this one, which keeps nothing: whoever still uses it is told that it did not prefetch. */
  handOver(source: BucketSource): LayeredStore {
    const heir = new LayeredStore(this.spec, source, this.#cache);
    heir.batch = this.batch + 1;
    heir.cachedBytes = this.cachedBytes;
    heir.#whole = this.#whole;
    heir.#segments = this.#segments;
    heir.#ended = this.#ended;
    for (const table of heir.tables) table.owner = heir;
    this.cachedBytes = 0;
    this.#giveUp();
    return heir;
  }

  /** Gives back the memory of the cache. */
  end(): void {
    for (const table of this.tables) {
      table.unload();
      table.gone = true;
    }
    this.#giveUp();
  }

  prefetch(keys: readonly string[]): Promise<void> | undefined {
    const failure = this.#source.failure;
    if (failure !== null) return Promise.reject(failure);
    this.#cache.trim();
    const missing = this.#missing(keys);
    return missing === null ? undefined : this.#load(keys, missing);
  }

  get(key: string): Row | null {
    if (key !== this.#lastKey) this.#find(key);
    const slot = this.#lastSlot;
    return slot === undefined ? null : this.#rowOf(slot);
  }

  put(key: string, row: Row): void {
    if (key !== this.#lastKey) this.#find(key);
    const slot = this.#lastSlot ?? this.#insert(key);
    if (slot.row === null) this.#enter(slot.bucket.table);
    slot.row = row;
    if (!slot.dirty) this.#markDirty(slot);
  }

  delete(key: string): void {
    if (key !== this.#lastKey) this.#find(key);
    const slot = this.#lastSlot;
    if (slot !== undefined && slot.row !== null) this.#remove(slot);
  }

  async take(segment: number, limit: number): Promise<(readonly [key: string, row: Row])[]> {
    if (!this.spec.segmented) throw new TypeError(`store ${this.spec.name} has no segments`);
    const failure = this.#source.failure;
    if (failure !== null) throw failure;
    this.#cache.trim();
    const taken: [string, Row][] = [];
    let table = this.#segments.get(segment);
    for (let index = 0; table !== undefined && table.size > 0 && index < table.count && taken.length < limit;) {
      const bucket: Bucket | null | undefined = table.buckets[index];
      if (bucket === undefined) {
        // Buckets before this one are empty now, also where a growth during the load moved their entries to new ones.
        await this.#adopt(addressesOf(table, table.absent(index, limit - taken.length)));
        const current = this.#segments.get(segment);
        if (current !== table) index = 0;
        table = current;
      } else {
        if (bucket !== null) this.#takeAll(bucket, taken);
        index++;
      }
    }
    if (taken.length < limit && table !== undefined && table.size > 0) {
      // Whoever asks until nothing is left would ask for ever.
      throw new MillraceError('INTERNAL', `segment ${table.name} lacks ${table.size} of its entries`);
    }
    return taken;
  }

  async *scan(): AsyncIterable<readonly [key: string, row: Row]> {
    this.#scans++;
    try {
      await this.#source.resizing;
      const decode = (value: Uint8Array): Row => decodeRow(inflate(value), this.spec.columns);
      yield* scanTables(this.tables.slice(), { source: this.#source, rowOf: (slot) => this.#rowOf(slot), decode });
    } finally {
      this.#scans--;
    }
  }

  /** The committed row; undefined when the key's bucket is not loaded. */
  committed(key: string): Row | null | undefined {
    const table = this.#whole ?? this.#segments.of(key);
    if (table === undefined) return this.#ended ? undefined : null;
    const bucket = table.buckets[bucketOf(hashOf(key), table.count)];
    if (!bucket) return bucket;
    const slot = bucket.slots.get(key);
    if (slot === undefined) return null;
    if (slot.committed === undefined) slot.committed = decodeRow(inflate(slot.encoded!), this.spec.columns);
    return slot.committed;
  }

  /** The running batch is over: what it prefetched may be dropped. */
  endBatch(): void {
    this.batch++;
    this.forgetLast();
  }

  /** The change is committed. Its slot stays pinned until the change is written. */
  accept(change: SealedChange): void {
    const slot = change.slot;
    if ((slot.committed === null) !== (change.row === null))
      slot.bucket.table.committedSize += change.row === null ? -1 : 1;
    slot.committed = change.row;
    slot.encoded = null;
    this.#resize(slot, change.isDeletion ? 0 : entryBytes(slot.key, change.rowBytes));
  }

  /** The change will not be committed: the batch sees the committed row again. */
  revert(slot: Slot): void {
    slot.row = slot.committed;
    slot.dirty = false;
    slot.bucket.unpin(slot);
  }

  /** Every change not accepted was reverted. */
  endDiscard(): void {
    this.dirty = [];
    this.#seeCommitted();
    this.endBatch();
  }

  /** Puts a committed entry (or its absence) into a loaded store, past the overlay. Returns its table. */
  restore(key: string, row: Row | null, rowBytes: number): BucketTable | undefined {
    this.#find(key);
    const table = this.#lastTable;
    const slot = row === null ? this.#lastSlot : (this.#lastSlot ?? this.#insert(key));
    if (slot === undefined) return table;
    if ((slot.committed === null) !== (row === null)) {
      slot.bucket.table.committedSize += row === null ? -1 : 1;
      if (row === null) slot.bucket.table.size--;
      else this.#enter(slot.bucket.table);
    }
    slot.row = slot.committed = row;
    slot.encoded = null;
    this.#resize(slot, row === null ? 0 : entryBytes(key, rowBytes));
    slot.bucket.forget(slot);
    return slot.bucket.table;
  }

  /** The table of a segment (null = of the whole store); begun, and not known to be empty, where there is none. */
  table(segment: number | null): BucketTable {
    const there = segment === null ? this.#whole : this.#segments.get(segment);
    return there ?? this.#begun({ segment, buckets: 1, entries: 0 }, false);
  }

  /** The table in which a change of the copy lies. */
  tableFor(key: string): BucketTable {
    return this.table(this.spec.segmented ? segmentOf(key) : null);
  }

  /** The copy has no entry of the segment any more, and does not list it. */
  released(table: BucketTable): void {
    const merged = table.released();
    if (merged !== null) this.#segments.set(merged);
    this.forgetLast();
  }

  vacant(table: BucketTable): void {
    table.gone = true;
    this.#segments.delete(table);
    this.forgetLast();
  }

  /** The copy may change under the store: what is loaded of it is void. */
  unload(): void {
    for (const table of this.tables) table.unload();
  }

  /** The copy has the numbers of its last write. */
  settle(): void {
    for (const table of this.tables) table.committedSize = table.written;
    this.#seeCommitted();
  }

  forgetLast(): void {
    this.#lastKey = null;
    this.#lastTable = undefined;
    this.#lastSlot = undefined;
  }

  /** Marks the buckets of the keys as used by this batch. Returns those that are not loaded, null when all are. */
  #missing(keys: readonly string[]): BucketAddress[] | null {
    const batch = this.batch;
    let missing: BucketSet | null = null;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      const table = this.#whole ?? this.#segments.of(key);
      if (table === undefined) continue;
      const index = bucketOf(hashOf(key), table.buckets.length);
      const bucket = table.buckets[index];
      if (bucket === undefined) (missing ??= new BucketSet()).add(table, index);
      else if (bucket !== null && bucket.usedIn !== batch) {
        bucket.usedIn = batch;
        this.#cache.touch(bucket);
      }
    }
    return missing === null ? null : missing.addresses;
  }

  async #load(keys: readonly string[], first: BucketAddress[]): Promise<void> {
    for (let missing: BucketAddress[] | null = first; missing !== null; missing = this.#missing(keys)) {
      await this.#adopt(missing);
      this.#cache.trim();
    }
  }

  /** Takes in the buckets, except those of tables that change their shape meanwhile: entries may lie elsewhere then. */
  async #adopt(addresses: readonly BucketAddress[]): Promise<void> {
    const started = performance.now();
    const loaded = await this.#source.load(addresses);
    this.loadMs += performance.now() - started;
    if (this.#source.failure !== null) throw this.#source.failure;
    for (let i = 0; loaded !== null && i < addresses.length; i++) {
      const { table, count, index } = addresses[i];
      if (!table.gone && table.count === count && table.buckets[index] === undefined) table.adopt(index, loaded[i]);
    }
    this.forgetLast();
  }

  #takeAll(bucket: Bucket, into: [string, Row][]): void {
    for (const slot of bucket.slots.values()) {
      const row = this.#rowOf(slot);
      if (row === null) continue;
      into.push([slot.key, row]);
      this.#remove(slot);
    }
  }

  #find(key: string): void {
    const hash = hashOf(key);
    const table = this.#whole ?? this.#segments.of(key);
    let slot: Slot | undefined;
    // A segment without a table has no entries in any layer.
    if (table !== undefined) {
      const bucket = table.buckets[bucketOf(hash, table.buckets.length)];
      if (bucket === undefined) throw this.#notPrefetched(key);
      if (bucket !== null) slot = bucket.slots.get(key);
    } else if (this.#ended) throw this.#notPrefetched(key);
    this.#lastKey = key;
    this.#lastHash = hash;
    this.#lastTable = table;
    this.#lastSlot = slot;
  }

  /** A slot for the key looked up last, which has none. */
  #insert(key: string): Slot {
    const hash = this.#lastHash;
    const table = this.#lastTable ?? this.#begun({ segment: segmentOf(key), buckets: 1, entries: 0 }, true);
    const slot = table.insert(key, hash);
    this.#lastKey = key;
    this.#lastTable = table;
    this.#lastSlot = slot;
    return slot;
  }

  #begun(size: TableSize, known: boolean): BucketTable {
    const table = new BucketTable(this, this.spec.name, this.#cache, size, known);
    if (table.segment === null) this.#whole = table;
    else this.#segments.set(table);
    return table;
  }

  #remove(slot: Slot): void {
    slot.row = null;
    slot.bucket.table.size--;
    if (!slot.dirty) this.#markDirty(slot);
  }

  #enter(table: BucketTable): void {
    if (++table.size === 1 && table.segment !== null) this.#segments.occupied(table);
  }

  #seeCommitted(): void {
    for (const table of this.tables) table.size = table.committedSize;
    this.#segments.rewind();
  }

  #resize(slot: Slot, bytes: number): void {
    this.#cache.resize(slot.bucket, bytes - slot.bytes);
    slot.bytes = bytes;
  }

  #giveUp(): void {
    this.#whole = null;
    this.#segments = new Segments();
    this.#ended = true;
    this.forgetLast();
  }

  #notPrefetched(key: string): MillraceError {
    const shown = JSON.stringify(key);
    return new MillraceError('INTERNAL', `store ${this.spec.name}: key ${shown} was used without a prefetch`);
  }

  /** The row as the batch sees it. */
  #rowOf(slot: Slot): Row | null {
    return slot.row === undefined ? this.#decode(slot) : slot.row;
  }

  #decode(slot: Slot): Row {
    const encoded = slot.encoded!;
    const raw = inflate(encoded);
    if (raw !== encoded) this.#resize(slot, entryBytes(slot.key, raw.length));
    const row = decodeRow(raw, this.spec.columns);
    slot.row = slot.committed = row;
    slot.encoded = null;
    return row;
  }

  #markDirty(slot: Slot): void {
    slot.dirty = true;
    slot.bucket.pin(slot);
    this.dirty.push(slot);
  }
}

import type { StateChange } from '../../core/state.ts';
import { bucketOf, bucketsFor, splitSource } from '../hashing.ts';
import type { LayeredStore } from '../layered-store.ts';
import { refusal, type RedisClient, type ScriptReply } from './client.ts';
import { countField, fieldOf, type TaskLayout } from './layout.ts';
import { Packer } from './packing.ts';
import { REPLY, SCRIPTS } from './scripts.ts';

/** Changes, and about as many bytes, that one script applies: a few milliseconds of Redis, and far below what Lua's unpack can take. */
const CHANGES_PER_CHUNK = 1_000;
const BYTES_PER_CHUNK = 1 << 20;
/** Buckets added by one script: some milliseconds of Redis. */
const SPLITS_AT_ONCE = 64;

/**
 * One step of the copy from a position to a later one. It is cut into chunks, of which only the last moves the position. A chunk that
 * failed is sent again unchanged: the first one may still be on its way.
 */
export interface PlannedWrite {
  /** Sorted by store and bucket, so that a chunk touches few buckets. */
  readonly changes: readonly StateChange[];
  readonly hashes: readonly number[];
  /** Buckets that each store should have first, for what it is going to hold: an empty bucket is split for nothing, a full one is not. */
  readonly buckets: ReadonlyMap<string, number>;
  readonly position: number;
  readonly timestampMs: number;
  /** A stretch of the changelog: until the copy is claimed it is not to be read. */
  readonly restoring: boolean;
  /** Changes before it are written. */
  done: number;
  /** The copy is at the new position. */
  arrived: boolean;
}

/** A change of a store's bucket count. Once sent it has to be seen through: Redis may have made it though no reply came. */
interface Growth {
  readonly store: LayeredStore;
  readonly from: number;
  readonly to: number;
  readonly over: PromiseWithResolvers<void>;
}

/** The fields of a bucket in a chunk: indexes of changes. */
interface BucketChanges {
  readonly store: LayeredStore;
  readonly bucket: number;
  readonly puts: number[];
  readonly deletes: number[];
}

/** Writes one task's buckets, under the guard of incarnation, generation and position, and grows its stores. */
export class BucketWriter {
  incarnation = '';
  generation = -1;
  position = -1;
  timestampMs = 0;
  readonly #client: RedisClient;
  readonly #layout: TaskLayout;
  readonly #task: string;
  readonly #stores: ReadonlyMap<string, LayeredStore>;
  readonly #entries = new Map<string, number>();
  readonly #packer = new Packer();
  #underWay: PlannedWrite | null = null;
  #growth: Growth | null = null;

  constructor(client: RedisClient, layout: TaskLayout, task: string, stores: readonly LayeredStore[]) {
    this.#client = client;
    this.#layout = layout;
    this.#task = task;
    this.#stores = new Map(stores.map((store) => [store.spec.name, store]));
  }

  begin(incarnation: string, generation: number, position: number, timestampMs: number): void {
    this.incarnation = incarnation;
    this.generation = generation;
    this.position = position;
    this.timestampMs = timestampMs;
    this.#entries.clear();
  }

  /** Where the copy is, and where the write that is under way may have taken it. */
  get possiblePositions(): readonly number[] {
    return this.#underWay === null ? [this.position] : [this.position, this.#underWay.position];
  }

  /** Resolves when the growth that is under way is over, or given up. */
  get resizing(): Promise<void> | null {
    return this.#growth?.over.promise ?? null;
  }

  /** Entries of the store in Redis as of the last write that touched it. */
  entries(store: string): number | undefined {
    return this.#entries.get(store);
  }

  /** @param latest the last change of every key that changed */
  plan<Change extends StateChange>(
    latest: readonly Change[],
    hash: (change: Change) => number,
    position: number,
    timestampMs: number,
    restoring: boolean,
  ): PlannedWrite {
    const changes: StateChange[] = [];
    const hashes: number[] = [];
    const buckets = new Map<string, number>();
    for (const name of this.#stores.keys()) {
      const ofStore = this.#stores.size === 1 ? latest : latest.filter((change) => change.store === name);
      if (ofStore.length === 0) continue;
      const count = this.#bucketsWanted(name, ofStore.length);
      buckets.set(name, count);
      const ofStoreHashes = ofStore.map(hash);
      for (const i of orderByBucket(ofStoreHashes, count)) {
        changes.push(ofStore[i]);
        hashes.push(ofStoreHashes[i]);
      }
    }
    return { changes, hashes, buckets, position, timestampMs, restoring, done: 0, arrived: false };
  }

  /**
   * Writes what is left of the plan. Rejects with STATE_UNAVAILABLE when a chunk failed (advance again), with STATE_MISMATCH or
   * PRODUCER_FENCED when the copy is not this owner's any more.
   */
  async advance(write: PlannedWrite): Promise<void> {
    this.#underWay = write;
    await this.#grow();
    if (write.done === 0) {
      for (const [name, count] of write.buckets) await this.#growTo(this.#stores.get(name)!, count);
    }
    while (!write.arrived) {
      const end = this.#endOfChunk(write);
      const groups = this.#group(write, end);
      await this.#apply(write, groups, end === write.changes.length);
      write.done = end;
      if (end === write.changes.length) {
        write.arrived = true;
        this.position = write.position;
        this.timestampMs = write.timestampMs;
      }
      for (const store of new Set(groups.map((group) => group.store))) {
        await this.#growTo(store, bucketsFor(this.#entries.get(store.spec.name)!, store.bucketCount));
      }
    }
    this.#underWay = null;
  }

  /** Nothing is written any more: nobody need wait for it. */
  abandon(): void {
    this.#growth?.over.resolve();
  }

  #endOfChunk(write: PlannedWrite): number {
    const limit = Math.min(write.changes.length, write.done + CHANGES_PER_CHUNK);
    let end = write.done;
    for (let bytes = 0; end < limit && bytes < BYTES_PER_CHUNK; end++) {
      const { key, value } = write.changes[end];
      bytes += key.length + (value?.length ?? 0);
    }
    return end;
  }

  #group(write: PlannedWrite, end: number): BucketChanges[] {
    const groups: BucketChanges[] = [];
    let byBucket = new Map<number, BucketChanges>();
    let store: LayeredStore | null = null;
    for (let i = write.done; i < end; i++) {
      const change = write.changes[i];
      if (store === null || store.spec.name !== change.store) {
        store = this.#stores.get(change.store)!;
        byBucket = new Map();
      }
      const bucket = bucketOf(write.hashes[i], store.bucketCount);
      let group = byBucket.get(bucket);
      if (group === undefined) {
        group = { store, bucket, puts: [], deletes: [] };
        byBucket.set(bucket, group);
        groups.push(group);
      }
      (change.value === null ? group.deletes : group.puts).push(i);
    }
    return groups;
  }

  async #apply(write: PlannedWrite, groups: readonly BucketChanges[], last: boolean): Promise<void> {
    const stores = [...new Set(groups.map((group) => group.store))];
    const keys = groups.map(({ store, bucket }) => this.#layout.bucket(this.incarnation, store.spec.name, bucket));
    const reply = await this.#client.run(
      SCRIPTS.apply,
      [this.#layout.meta, ...keys],
      [
        this.incarnation,
        String(this.generation),
        String(this.position),
        String(last ? write.position : this.position),
        String(write.timestampMs),
        write.restoring ? '1' : '0',
        this.#pack(write, groups, stores),
      ],
    );
    if (reply.code !== REPLY.done && reply.code !== REPLY.already) throw this.#refused(reply);
    stores.forEach((store, i) => this.#entries.set(store.spec.name, Number(reply.items[i + 1])));
  }

  #pack(write: PlannedWrite, groups: readonly BucketChanges[], stores: readonly LayeredStore[]): Buffer {
    const packer = this.#packer;
    packer.number(stores.length);
    for (const store of stores) {
      packer.text(store.spec.name);
      packer.number(store.bucketCount);
    }
    for (const { store, bucket, puts, deletes } of groups) {
      packer.number(stores.indexOf(store) + 1);
      packer.text(countField(store.spec.name, bucket));
      packer.number(puts.length * 2);
      packer.number(deletes.length);
      for (const i of puts) {
        packer.text(fieldOf(write.hashes[i], write.changes[i].key));
        packer.binary(write.changes[i].value!);
      }
      for (const i of deletes) packer.text(fieldOf(write.hashes[i], write.changes[i].key));
    }
    return packer.take();
  }

  /** Buckets for the entries there are and for half of those that come, which may be new ones or not. */
  #bucketsWanted(store: string, changes: number): number {
    const { committedSize, bucketCount } = this.#stores.get(store)!;
    return bucketsFor((this.#entries.get(store) ?? committedSize) + changes / 2, bucketCount);
  }

  /** Gives the store at least `count` buckets; not while a scan counts on entries staying where they are. */
  async #growTo(store: LayeredStore, count: number): Promise<void> {
    while (store.bucketCount < count && !store.scanning) {
      const from = store.bucketCount;
      this.#growth = { store, from, to: Math.min(count, from + SPLITS_AT_ONCE), over: Promise.withResolvers() };
      await this.#grow();
    }
  }

  async #grow(): Promise<void> {
    if (this.#growth === null) return;
    const { store, from, to, over } = this.#growth;
    const name = store.spec.name;
    const keys: string[] = [];
    for (let created = from; created < to; created++) {
      keys.push(this.#layout.bucket(this.incarnation, name, splitSource(created)));
      keys.push(this.#layout.bucket(this.incarnation, name, created));
    }
    const reply = await this.#client.run(
      SCRIPTS.split,
      [this.#layout.meta, ...keys],
      [this.incarnation, String(this.generation), String(this.position), name, String(from), String(to)],
    );
    const made = reply.code === REPLY.done || reply.code === REPLY.already;
    if (made) store.grow(to);
    this.#growth = null;
    over.resolve();
    if (!made) throw this.#refused(reply);
  }

  #refused(reply: ScriptReply): Error {
    return refusal(reply, `task ${this.#task}`);
  }
}

/** The indexes of the hashes, by bucket: a counting sort. */
function orderByBucket(hashes: readonly number[], count: number): Uint32Array {
  const starts = new Uint32Array(count + 1);
  for (const hash of hashes) starts[bucketOf(hash, count) + 1]++;
  for (let bucket = 0; bucket < count; bucket++) starts[bucket + 1] += starts[bucket];
  const order = new Uint32Array(hashes.length);
  for (let i = 0; i < hashes.length; i++) order[starts[bucketOf(hashes[i], count)]++] = i;
  return order;
}

import type { StateChange } from '../../core/state.ts';
import type { BucketTable, TableOwner } from '../bucket-table.ts';
import type { Slot } from '../bucket.ts';
import { bucketOf, bucketsFor, hashOf, splitSource } from '../hashing.ts';
import type { LayeredStore } from '../layered-store.ts';
import type { SealedChange } from '../task-copy.ts';
import { refusal, type RedisClient, type ScriptReply } from './client.ts';
import { countField, fieldOf, type TaskLayout } from './layout.ts';
import { Packer } from './packing.ts';
import { REPLY, SCRIPTS } from './scripts.ts';

/** About as many bytes are written by one script: like 1,000 changes, a few milliseconds of Redis, and far below what Lua's unpack can take. */
const BYTES_PER_CHUNK = 1 << 20;
/** Buckets added by one script: some milliseconds of Redis. */
const SPLITS_AT_ONCE = 64;

/** One key of a write. */
export interface WrittenChange {
  readonly key: string;
  readonly isDeletion: boolean;
  readonly valueBytes: number;
  readonly value: Uint8Array | null;
}

/** The changes of one table, from where the part before it ends. Tables come and go during a write: they are looked up anew. */
interface PlannedPart {
  readonly store: TableOwner;
  readonly segment: number | null;
  readonly end: number;
  /** Buckets that it should have first, for what it is going to hold: an empty bucket is split for nothing, a full one is not. */
  readonly buckets: number;
}

/**
 * One step of the copy from a position to a later one. It is cut into chunks, of which only the last moves the position. A chunk that
 * failed is sent again unchanged: the first one may still be on its way.
 */
export interface PlannedWrite {
  /** Sorted by table and bucket, so that a chunk touches few buckets. */
  readonly changes: readonly WrittenChange[];
  readonly hashes: readonly number[];
  /** Null for a stretch of the changelog: nothing is loaded. Until the copy is claimed it is not to be read. */
  readonly slots: readonly Slot[] | null;
  readonly parts: readonly PlannedPart[];
  readonly position: number;
  readonly timestampMs: number;
  /** Changes before it are written. */
  done: number;
  /** The copy is at the new position. */
  arrived: boolean;
}

/** A change of a table's bucket count. Once sent it has to be seen through: Redis may have made it though no reply came. */
interface Growth {
  readonly table: BucketTable;
  readonly from: number;
  readonly to: number;
  readonly over: PromiseWithResolvers<void>;
}

/** The fields of a bucket in a chunk: indexes of changes. */
interface BucketChanges {
  readonly table: BucketTable;
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
  readonly #changesPerChunk: number;
  readonly #packer = new Packer();
  #underWay: PlannedWrite | null = null;
  #growth: Growth | null = null;
  /** Pending while a chunk is under way that may end segments: they are back at one bucket then. */
  #ending: PromiseWithResolvers<void> | null = null;

  constructor(
    client: RedisClient,
    layout: TaskLayout,
    task: string,
    stores: readonly LayeredStore[],
    changesPerChunk: number,
  ) {
    this.#client = client;
    this.#layout = layout;
    this.#task = task;
    this.#stores = new Map(stores.map((store) => [store.spec.name, store]));
    this.#changesPerChunk = changesPerChunk;
  }

  begin(incarnation: string, generation: number, position: number, timestampMs: number): void {
    this.incarnation = incarnation;
    this.generation = generation;
    this.position = position;
    this.timestampMs = timestampMs;
  }

  /** Where the copy is, and where the write that is under way may have taken it. */
  get possiblePositions(): readonly number[] {
    return this.#underWay === null ? [this.position] : [this.position, this.#underWay.position];
  }

  /** Resolves when the change of bucket counts that is under way is over, or given up. */
  get resizing(): Promise<void> | null {
    return this.#growth?.over.promise ?? this.#ending?.promise ?? null;
  }

  /** @param changes the last change of every key that changed */
  planChanges(changes: readonly SealedChange[], position: number, timestampMs: number): PlannedWrite {
    const byTable = new Map<BucketTable, SealedChange[]>();
    for (const change of changes) addTo(byTable, change.slot.bucket.table, change);
    const sorted = this.#sorted(byTable, (change) => change.slot.hash);
    const slots = sorted.changes.map((change) => change.slot);
    return { ...sorted, slots, position, timestampMs, done: 0, arrived: false };
  }

  /** @param latest the last change of every key in a stretch of the changelog */
  planStretch(latest: readonly StateChange[], position: number, timestampMs: number): PlannedWrite {
    const byTable = new Map<BucketTable, WrittenChange[]>();
    for (const { store, key, value } of latest) {
      const change = { key, value, isDeletion: value === null, valueBytes: value?.length ?? 0 };
      addTo(byTable, this.#stores.get(store)!.tableFor(key), change);
    }
    const sorted = this.#sorted(byTable, (change) => hashOf(change.key));
    return { ...sorted, slots: null, position, timestampMs, done: 0, arrived: false };
  }

  /**
   * Writes what is left of the plan. Rejects with STATE_UNAVAILABLE when a chunk failed (advance again), with STATE_MISMATCH or
   * PRODUCER_FENCED when the copy is not this owner's any more.
   */
  async advance(write: PlannedWrite): Promise<void> {
    this.#underWay = write;
    await this.#grow();
    if (write.done === 0) {
      for (const { store, segment, buckets } of write.parts) await this.#growTo(store.table(segment), buckets);
    }
    while (!write.arrived) {
      const end = this.#endOfChunk(write);
      const groups = this.#group(write, end);
      await this.#apply(write, groups, end);
      write.done = end;
      if (end === write.changes.length) {
        write.arrived = true;
        this.position = write.position;
        this.timestampMs = write.timestampMs;
      }
      for (const table of new Set(groups.map((group) => group.table))) {
        if (!table.gone) await this.#growTo(table, bucketsFor(table.written, table.count));
      }
    }
    this.#underWay = null;
  }

  /** Nothing is written any more: nobody need wait for it. */
  abandon(): void {
    this.#growth?.over.resolve();
    this.#ending?.resolve();
  }

  #sorted<Change extends WrittenChange>(
    byTable: ReadonlyMap<BucketTable, readonly Change[]>,
    hash: (change: Change) => number,
  ): { changes: Change[]; hashes: number[]; parts: PlannedPart[] } {
    const changes: Change[] = [];
    const hashes: number[] = [];
    const parts: PlannedPart[] = [];
    for (const [table, ofTable] of byTable) {
      const puts = ofTable.reduce((count, change) => (change.isDeletion ? count : count + 1), 0);
      // For the entries there are and for half of those that come, which may be new ones or not.
      const buckets = bucketsFor(table.written + puts / 2, table.count);
      const ofTableHashes = ofTable.map(hash);
      for (const i of orderByBucket(ofTableHashes, buckets)) {
        changes.push(ofTable[i]);
        hashes.push(ofTableHashes[i]);
      }
      parts.push({ store: table.owner, segment: table.segment, end: changes.length, buckets });
    }
    return { changes, hashes, parts };
  }

  #endOfChunk(write: PlannedWrite): number {
    const limit = Math.min(write.changes.length, write.done + this.#changesPerChunk);
    let end = write.done;
    for (let bytes = 0; end < limit && bytes < BYTES_PER_CHUNK; end++) {
      bytes += write.changes[end].key.length + write.changes[end].valueBytes;
    }
    return end;
  }

  #group(write: PlannedWrite, end: number): BucketChanges[] {
    const groups: BucketChanges[] = [];
    let i = write.done;
    for (const { store, segment, end: endOfPart } of write.parts) {
      if (i >= endOfPart || i >= end) continue;
      const table = store.table(segment);
      const byBucket = new Map<number, BucketChanges>();
      for (; i < endOfPart && i < end; i++) {
        const bucket = bucketOf(write.hashes[i], table.count);
        let group = byBucket.get(bucket);
        if (group === undefined) {
          group = { table, bucket, puts: [], deletes: [] };
          byBucket.set(bucket, group);
          groups.push(group);
        }
        (write.changes[i].isDeletion ? group.deletes : group.puts).push(i);
      }
    }
    return groups;
  }

  async #apply(write: PlannedWrite, groups: readonly BucketChanges[], end: number): Promise<void> {
    const last = end === write.changes.length;
    const tables = [...new Set(groups.map((group) => group.table))];
    if (groups.some(({ table, deletes }) => table.segment !== null && deletes.length > 0)) {
      this.#ending ??= Promise.withResolvers();
    }
    const keys = groups.map(({ table, bucket }) => this.#layout.bucket(this.incarnation, table.name, bucket));
    const reply = await this.#client.run(
      SCRIPTS.apply,
      [this.#layout.meta, ...keys],
      [
        this.incarnation,
        String(this.generation),
        String(this.position),
        String(last ? write.position : this.position),
        String(write.timestampMs),
        write.slots === null ? '1' : '0',
        this.#pack(write, groups, tables),
        write.done === 0 ? '' : progressOf(write, write.done),
        last ? '' : progressOf(write, end),
      ],
    );
    const applied = reply.code === REPLY.done || reply.code === REPLY.already;
    if (applied) this.#applied(write, end, tables, reply.items.slice(1).map(Number));
    this.#ending?.resolve();
    this.#ending = null;
    if (!applied) throw this.#refused(reply);
  }

  /** Redis has the changes up to `end`; the tables have as many entries now. */
  #applied(write: PlannedWrite, end: number, tables: readonly BucketTable[], entries: readonly number[]): void {
    const { slots, changes } = write;
    if (slots !== null) for (let i = write.done; i < end; i++) slots[i].markStored(!changes[i].isDeletion);
    tables.forEach((table, i) => {
      table.written = entries[i];
      if (table.segment !== null && table.written === 0) table.owner.released(table);
    });
  }

  #pack(write: PlannedWrite, groups: readonly BucketChanges[], tables: readonly BucketTable[]): Buffer {
    const packer = this.#packer;
    const numbers = new Map(tables.map((table, i) => [table, i + 1]));
    packer.number(tables.length);
    for (const table of tables) {
      packer.text(table.name);
      packer.number(table.count);
      packer.number(table.segment === null ? 0 : 1);
    }
    for (const group of groups) {
      const { table, bucket, puts, deletes } = group;
      const whole = write.slots !== null && isWhole(group);
      packer.number(numbers.get(table)!);
      packer.text(countField(table.name, bucket));
      packer.number(puts.length * 2);
      packer.number(whole ? 0 : deletes.length);
      packer.number(whole ? deletes.length : 0);
      for (const i of puts) {
        packer.text(fieldOf(write.hashes[i], write.changes[i].key));
        packer.binary(write.changes[i].value!);
      }
      if (!whole) for (const i of deletes) packer.text(fieldOf(write.hashes[i], write.changes[i].key));
    }
    return packer.take();
  }

  /** Gives the table at least `count` buckets; not while a scan counts on entries staying where they are. */
  async #growTo(table: BucketTable, count: number): Promise<void> {
    while (table.count < count && !table.owner.scanning) {
      const from = table.count;
      this.#growth = { table, from, to: Math.min(count, from + SPLITS_AT_ONCE), over: Promise.withResolvers() };
      await this.#grow();
    }
  }

  async #grow(): Promise<void> {
    if (this.#growth === null) return;
    const { table, from, to, over } = this.#growth;
    const { name } = table;
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
    if (made) table.grow(to);
    this.#growth = null;
    over.resolve();
    if (!made) throw this.#refused(reply);
  }

  #refused(reply: ScriptReply): Error {
    return refusal(reply, `task ${this.#task}`);
  }
}

/** Whether the changes leave nothing of the bucket, so that it can go without its fields being named. */
function isWhole({ table, bucket, puts, deletes }: BucketChanges): boolean {
  return puts.length === 0 && deletes.length > 0 && table.buckets[bucket]?.stored === deletes.length;
}

function addTo<Key, Item>(lists: Map<Key, Item[]>, key: Key, item: Item): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
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

/** How far a write of several chunks has come, as the copy says it. */
const progressOf = ({ position }: PlannedWrite, done: number): string => `${position}:${done}`;

import type { Clock } from '../../core/clock.ts';
import { MillraceError } from '../../core/errors.ts';
import type { StateChange, StateMeta, StoreSpec } from '../../core/state.ts';
import { taskName, type TaskId } from '../../core/task.ts';
import type { BucketCache } from '../cache.ts';
import { EMPTY_STORE, type BucketTable, type TableSize } from '../bucket-table.ts';
import { LayeredStore } from '../layered-store.ts';
import type { BucketAddress } from '../bucket-address.ts';
import type { LoadedEntry, SealedChange, TaskCopy } from '../task-copy.ts';
import { BucketWriter } from './bucket-writer.ts';
import { refusal, type RedisClient } from './client.ts';
import { countField, type TaskLayout } from './layout.ts';
import { unpackBucket } from './packing.ts';
import { REPLY, SCRIPTS, type Script } from './scripts.ts';
import type { SeenMeta } from './meta.ts';
import type { Sweep } from './sweep.ts';
import { WriteBehind, type WriteBehindLimits } from './write-behind.ts';

/** Buckets read by one script, and scripts under way at a time. */
const BUCKETS_PER_LOAD = 64;
const LOADS_AT_ONCE = 8;
/** A read is tried for about ten seconds. */
const READ_ATTEMPTS = 8;

export interface CopyLimits extends WriteBehindLimits {
  /** Changes that one script applies. */
  readonly changesPerChunk: number;
}

export interface CopyOptions {
  readonly client: RedisClient;
  readonly clock: Clock;
  readonly layout: TaskLayout;
  readonly sweep: Sweep;
  readonly task: TaskId;
  readonly specs: readonly StoreSpec[];
  /** The meta hash as it was found; null = there is none. */
  readonly seen: SeenMeta | null;
  readonly cache: BucketCache;
  readonly limits: CopyLimits;
  readonly newIncarnation: () => string;
  readonly onReleased: () => void;
}

/** A task's copy in Redis, in the hands of one owner. */
export class RedisCopy implements TaskCopy {
  readonly stores: readonly LayeredStore[];
  readonly #client: RedisClient;
  readonly #layout: TaskLayout;
  readonly #sweep: Sweep;
  readonly #name: string;
  readonly #writer: BucketWriter;
  readonly #behind: WriteBehind;
  readonly #newIncarnation: () => string;
  readonly #onReleased: () => void;
  /** The meta that this owner read, until it wrote one itself. */
  #seen: SeenMeta | null;
  /** Identity of the copy; where it is says the writer. */
  #logId: string | null;
  /** The generation that this owner claimed; -1 before. */
  #claimed = -1;
  #suspicion: MillraceError | null = null;
  onFailure: (() => void) | null = null;

  constructor(options: CopyOptions) {
    const { client, clock, layout, sweep, task, specs, seen, cache, limits, newIncarnation, onReleased } = options;
    this.#client = client;
    this.#layout = layout;
    this.#sweep = sweep;
    this.#name = taskName(task);
    this.#newIncarnation = newIncarnation;
    this.#onReleased = onReleased;
    this.#seen = seen;
    // Of a damaged copy nothing is to be kept; it is as good as none.
    const usable = seen !== null && !seen.damaged;
    this.#logId = usable ? seen.logId : null;
    this.stores = specs.map((spec) => new LayeredStore(spec, this, cache));
    this.stores.forEach((store, i) => store.begin(usable ? seen.stores[i] : nothingOf(store), false));
    this.#writer = new BucketWriter(client, layout, this.#name, this.stores, limits.changesPerChunk);
    if (usable) {
      const { incarnation, generation, position, positionTimestamp } = seen;
      this.#writer.begin(incarnation, Number(generation), Number(position), Number(positionTimestamp));
    }
    this.#behind = new WriteBehind(this.#writer, client, clock, limits, () => this.onFailure?.());
    if (seen !== null) sweep.begin(seen.incarnation, seen.garbage);
  }

  get meta(): StateMeta | null {
    if (this.#logId === null) return null;
    const { incarnation, position, timestampMs } = this.#writer;
    return { logId: this.#logId, incarnation, position, positionTimestampMs: timestampMs };
  }

  get failure(): MillraceError | null {
    return this.#behind.failure ?? this.#suspicion;
  }

  get resizing(): Promise<void> | null {
    return this.#writer.resizing;
  }

  get unwrittenBytes(): number {
    return this.#behind.unwrittenBytes;
  }

  /** Redis may have lost something: whatever this owner knows of it is not to be relied on. */
  suspect(reason: string): void {
    this.#lost(new MillraceError('STATE_MISMATCH', `task ${this.#name}: ${reason}`));
  }

  /** Looks whether the copy is where this owner left it, once it is the owner's. Rejects with STATE_UNAVAILABLE. */
  async look(): Promise<void> {
    if (this.#claimed < 0 || this.failure !== null) return;
    const expected = this.#writer.possiblePositions;
    const fields = [this.#layout.meta, 'incarnation', 'position'];
    const [incarnation, position] = (await this.#client.call('hmget', fields)) as (Buffer | null)[];
    if (incarnation?.toString() !== this.#writer.incarnation) this.suspect('the copy in Redis is gone');
    else this.#expect(expected, position);
  }

  async claim(generation: number): Promise<void> {
    if (this.#logId !== null) await this.#own(SCRIPTS.claim, generation);
    this.#writer.generation = generation;
    this.#claimed = generation;
  }

  async fence(generation: number): Promise<void> {
    await this.#own(SCRIPTS.fence, generation);
    this.#writer.generation = generation;
  }

  async reset(logId: string): Promise<void> {
    const seen = this.#seen;
    const incarnation = this.#newIncarnation();
    // Generations are offsets of one log: another log counts anew.
    const kept = seen !== null && seen.logId === logId ? Number(seen.generation) : -1;
    const generation = Math.max(kept, this.#claimed);
    const expected = seen === null ? ['', '', ''] : [seen.incarnation, seen.generation, seen.position];
    const args = [...expected, incarnation, logId, String(generation)];
    // Not repeated: were its reply lost, the copy would not be the one that was seen any more, and a new owner starts over.
    const reply = await this.#client.run(SCRIPTS.reset, [this.#layout.meta], args);
    if (reply.code !== REPLY.done) throw refusal(reply, `task ${this.#name}`);
    this.#logId = logId;
    this.#seen = null;
    for (const store of this.stores) store.begin(nothingOf(store), true);
    this.#writer.begin(incarnation, generation, -1, 0);
    this.#sweep.begin(incarnation, String(reply.items[1]));
  }

  async catchUp(changes: readonly StateChange[], position: number, timestampMs: number): Promise<void> {
    if (this.failure !== null) throw this.failure;
    const byStore = new Map<string, Map<string, StateChange>>(this.stores.map((store) => [store.spec.name, new Map()]));
    // Changes of a store that the plan no longer has are left out.
    for (const change of changes) byStore.get(change.store)?.set(change.key, change);
    const latest = [...byStore.values()].flatMap((byKey) => [...byKey.values()]);
    for (const store of this.stores) store.unload();
    const write = this.#writer.planStretch(latest, position, timestampMs);
    await this.#retried(() => this.#writer.advance(write));
    for (const store of this.stores) store.settle();
  }

  async load(addresses: readonly BucketAddress[]): Promise<LoadedEntry[][] | null> {
    const loaded: LoadedEntry[][] = [];
    for (let from = 0; from < addresses.length; from += BUCKETS_PER_LOAD * LOADS_AT_ONCE) {
      const parts: Promise<LoadedEntry[][] | null>[] = [];
      const to = Math.min(from + BUCKETS_PER_LOAD * LOADS_AT_ONCE, addresses.length);
      for (let at = from; at < to; at += BUCKETS_PER_LOAD) {
        const part = addresses.slice(at, Math.min(at + BUCKETS_PER_LOAD, to));
        parts.push(this.#retried(() => this.#loadPart(part)));
      }
      for (const part of await Promise.all(parts)) {
        if (part === null) return null;
        for (const entries of part) loaded.push(entries);
      }
    }
    return loaded;
  }

  write(changes: readonly SealedChange[], position: number, timestampMs: number): Promise<void> | undefined {
    return this.#behind.add(changes, position, timestampMs);
  }

  async flush(): Promise<void> {
    await this.#behind.flush();
    if (this.#suspicion !== null) throw this.#suspicion;
  }

  async release(): Promise<void> {
    await this.#behind.stop();
    for (const store of this.stores) store.end();
    this.suspect('the task was released');
    this.#onReleased();
  }

  /** Writes nothing any more, not even what was accepted: the changelog has it. */
  abandon(): void {
    this.#behind.abandon();
    this.suspect('the backend was closed');
  }

  async #own(script: Script, generation: number): Promise<void> {
    const args = [this.#writer.incarnation, String(generation)];
    const reply = await this.#retried(() => this.#client.run(script, [this.#layout.meta], args));
    if (reply.code !== REPLY.done) throw refusal(reply, `task ${this.#name}`);
  }

  async #loadPart(addresses: readonly BucketAddress[]): Promise<LoadedEntry[][] | null> {
    const incarnation = this.#writer.incarnation;
    const counts = new Map<BucketTable, number>(addresses.map(({ table, count }) => [table, count]));
    const keys = addresses.map(({ table, index }) => this.#layout.bucket(incarnation, table.name, index));
    const args = [incarnation, String(counts.size)];
    for (const [table, count] of counts) args.push(table.name, String(count));
    for (const { table, index } of addresses) args.push(countField(table.name, index));
    // Redis runs what it is sent in order: it is where the last write took it, or where the one under way will.
    const expected = this.#writer.possiblePositions;
    const reply = await this.#client.run(SCRIPTS.load, [this.#layout.meta, ...keys], args);
    if (reply.code === REPLY.resized) {
      await this.#writer.resizing;
      if (addresses.some(({ table, count }) => table.gone || table.count !== count)) return null;
    }
    if (reply.code !== REPLY.done) throw this.#lost(refusal(reply, `task ${this.#name}`));
    const failure = this.#expect(expected, reply.items[1]);
    if (failure !== null) throw failure;
    return reply.items.slice(2).map((packed) => unpackBucket(packed as Buffer));
  }

  /** The failure there is when the copy is at none of these positions. */
  #expect(expected: readonly number[], position: unknown): MillraceError | null {
    if (expected.includes(Number(position))) return null;
    const message = `task ${this.#name}: Redis is at position ${String(position)}`;
    return this.#lost(new MillraceError('STATE_MISMATCH', message, { details: { expected } }));
  }

  #lost(error: MillraceError): MillraceError {
    this.#suspicion ??= error;
    this.onFailure?.();
    return error;
  }

  #retried<T>(attempt: () => Promise<T>): Promise<T> {
    return this.#client.retrying(attempt, READ_ATTEMPTS);
  }
}

const nothingOf = (store: LayeredStore): readonly TableSize[] => (store.spec.segmented ? [] : EMPTY_STORE);

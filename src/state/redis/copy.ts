import { randomBytes } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { MillraceError } from '../../core/errors.ts';
import type { StateChange, StateMeta, StoreSpec } from '../../core/state.ts';
import { taskName, type TaskId } from '../../core/task.ts';
import type { BucketCache } from '../cache.ts';
import { hashOf } from '../hashing.ts';
import { LayeredStore } from '../layered-store.ts';
import type { LoadedEntry, SealedChange, TaskCopy } from '../task-copy.ts';
import { BucketWriter } from './bucket-writer.ts';
import { refusal, type RedisClient } from './client.ts';
import { bucketsField, countField, entriesField, type TaskLayout } from './layout.ts';
import { unpackBucket } from './packing.ts';
import { REPLY, SCRIPTS } from './scripts.ts';
import { sweep } from './sweep.ts';
import { WriteBehind, type WriteBehindLimits } from './write-behind.ts';

/** Buckets read by one script, and scripts under way at a time. */
const BUCKETS_PER_LOAD = 64;
const LOADS_AT_ONCE = 8;
/** A read is tried for about ten seconds. */
const READ_ATTEMPTS = 8;

/** The meta hash as it was read: texts are compared, never recomputed. */
export interface SeenMeta {
  readonly logId: string;
  readonly incarnation: string;
  readonly generation: string;
  readonly position: string;
  readonly positionTimestamp: string;
  readonly damaged: boolean;
  readonly garbage: string;
  readonly stores: readonly { readonly buckets: number; readonly entries: number }[];
}

/** Reads the meta hash of a task; null when there is none. */
export async function readMeta(
  client: RedisClient,
  layout: TaskLayout,
  specs: readonly StoreSpec[],
): Promise<SeenMeta | null> {
  const fields = ['logId', 'incarnation', 'generation', 'position', 'positionTimestamp', 'damaged', 'garbage'];
  for (const spec of specs) fields.push(bucketsField(spec.name), entriesField(spec.name));
  const reply = (await client.call('hmget', [layout.meta, ...fields])) as (Buffer | null)[];
  const texts = reply.map((item) => item?.toString() ?? '');
  if (texts[1] === '') return null;
  const [logId, incarnation, generation, position, positionTimestamp, damaged, garbage] = texts;
  const stores = specs.map((_, i) => ({
    buckets: Number(texts[7 + 2 * i] || 1),
    entries: Number(texts[8 + 2 * i] || 0),
  }));
  return { logId, incarnation, generation, position, positionTimestamp, damaged: damaged !== '', garbage, stores };
}

/** A task's copy in Redis, in the hands of one owner. */
export class RedisCopy implements TaskCopy {
  readonly stores: readonly LayeredStore[];
  readonly #client: RedisClient;
  readonly #layout: TaskLayout;
  readonly #name: string;
  readonly #writer: BucketWriter;
  readonly #behind: WriteBehind;
  readonly #onReleased: () => void;
  /** The meta that this owner read, until it wrote one itself. */
  #seen: SeenMeta | null;
  /** Identity of the copy; where it is says the writer. */
  #logId: string | null;
  /** The generation that this owner claimed; -1 before. */
  #claimed = -1;
  #suspicion: MillraceError | null = null;

  constructor(
    client: RedisClient,
    clock: Clock,
    layout: TaskLayout,
    task: TaskId,
    specs: readonly StoreSpec[],
    seen: SeenMeta | null,
    cache: BucketCache,
    limits: WriteBehindLimits,
    onReleased: () => void,
  ) {
    this.#client = client;
    this.#layout = layout;
    this.#name = taskName(task);
    this.#onReleased = onReleased;
    this.#seen = seen;
    // Of a damaged copy nothing is to be kept; it is as good as none.
    const usable = seen !== null && !seen.damaged;
    this.#logId = usable ? seen.logId : null;
    this.stores = specs.map((spec) => new LayeredStore(spec, this, cache));
    this.stores.forEach((store, i) => {
      if (usable) store.begin(seen.stores[i].buckets, seen.stores[i].entries, false);
      else store.begin(1, 0, false);
    });
    this.#writer = new BucketWriter(client, layout, this.#name, this.stores);
    if (usable) {
      const { incarnation, generation, position, positionTimestamp } = seen;
      this.#writer.begin(incarnation, Number(generation), Number(position), Number(positionTimestamp));
    }
    this.#behind = new WriteBehind(this.#writer, client, clock, limits);
    if (seen !== null) sweep(client, layout, seen.garbage);
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
    this.#suspicion ??= new MillraceError('STATE_MISMATCH', `task ${this.#name}: ${reason}`);
  }

  async claim(generation: number): Promise<void> {
    if (this.#logId !== null) {
      const args = [this.#writer.incarnation, String(generation)];
      const reply = await this.#retried(() => this.#client.run(SCRIPTS.claim, [this.#layout.meta], args));
      if (reply.code !== REPLY.done) throw refusal(reply, `task ${this.#name}`);
    }
    this.#writer.generation = generation;
    this.#claimed = generation;
  }

  async reset(logId: string): Promise<void> {
    const seen = this.#seen;
    const incarnation = randomBytes(6).toString('hex');
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
    for (const store of this.stores) store.begin(1, 0, false);
    this.#writer.begin(incarnation, generation, -1, 0);
    sweep(this.#client, this.#layout, String(reply.items[1]));
  }

  async catchUp(changes: readonly StateChange[], position: number, timestampMs: number): Promise<void> {
    if (this.failure !== null) throw this.failure;
    const byStore = new Map<string, Map<string, StateChange>>(this.stores.map((store) => [store.spec.name, new Map()]));
    // Changes of a store that the plan no longer has are left out.
    for (const change of changes) byStore.get(change.store)?.set(change.key, change);
    const latest = [...byStore.values()].flatMap((byKey) => [...byKey.values()]);
    const write = this.#writer.plan(latest, (change) => hashOf(change.key), position, timestampMs, true);
    for (const store of this.stores) store.begin(store.bucketCount, store.committedSize, false);
    await this.#retried(() => this.#writer.advance(write));
    for (const store of this.stores) store.resizeTo(this.#writer.entries(store.spec.name) ?? store.committedSize);
  }

  async load(store: string, count: number, buckets: readonly number[]): Promise<LoadedEntry[][] | null> {
    const loaded: LoadedEntry[][] = [];
    for (let from = 0; from < buckets.length; from += BUCKETS_PER_LOAD * LOADS_AT_ONCE) {
      const parts: Promise<LoadedEntry[][] | null>[] = [];
      const to = Math.min(from + BUCKETS_PER_LOAD * LOADS_AT_ONCE, buckets.length);
      for (let at = from; at < to; at += BUCKETS_PER_LOAD) {
        const part = buckets.slice(at, Math.min(at + BUCKETS_PER_LOAD, to));
        parts.push(this.#retried(() => this.#loadPart(store, count, part)));
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

  async #loadPart(store: string, count: number, buckets: readonly number[]): Promise<LoadedEntry[][] | null> {
    const incarnation = this.#writer.incarnation;
    const keys = buckets.map((bucket) => this.#layout.bucket(incarnation, store, bucket));
    const args = buckets.map((bucket) => countField(store, bucket));
    // Redis runs what it is sent in order: it is where the last write took it, or where the one under way will.
    const expected = this.#writer.possiblePositions;
    const reply = await this.#client.run(
      SCRIPTS.load,
      [this.#layout.meta, ...keys],
      [incarnation, store, String(count), ...args],
    );
    if (reply.code === REPLY.resized && this.#writer.resizing !== null) await this.#writer.resizing;
    if (reply.code === REPLY.resized && count !== this.#storeNamed(store).bucketCount) return null;
    if (reply.code !== REPLY.done) throw this.#lost(refusal(reply, `task ${this.#name}, store ${store}`));
    if (!expected.includes(Number(reply.items[1]))) {
      throw this.#lost(
        new MillraceError('STATE_MISMATCH', `task ${this.#name}: Redis is at position ${String(reply.items[1])}`, {
          details: { expected },
        }),
      );
    }
    return reply.items.slice(2).map((packed) => unpackBucket(packed as Buffer));
  }

  #storeNamed(name: string): LayeredStore {
    return this.stores.find((store) => store.spec.name === name)!;
  }

  #lost(error: MillraceError): MillraceError {
    this.#suspicion ??= error;
    return error;
  }

  #retried<T>(attempt: () => Promise<T>): Promise<T> {
    return this.#client.retrying(attempt, READ_ATTEMPTS);
  }
}

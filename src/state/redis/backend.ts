import { randomBytes } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { MillraceError } from '../../core/errors.ts';
import { decodeRow } from '../../core/row-codec.ts';
import { segmentOf } from '../../core/segment-key.ts';
import type { StateBackend, StateReading, StoreSpec, TaskState } from '../../core/state.ts';
import { taskName, type TaskId } from '../../core/task.ts';
import { tableName } from '../bucket-table.ts';
import { BucketCache } from '../cache.ts';
import { bucketOf, hashOf } from '../hashing.ts';
import { LayeredState } from '../task-state.ts';
import { inflate } from '../value-codec.ts';
import { RedisClient } from './client.ts';
import type { RedisConnection } from './connection.ts';
import { RedisCopy } from './copy.ts';
import { countField, fieldOf, TaskLayout } from './layout.ts';
import { readMeta } from './meta.ts';
import { REPLY, SCRIPTS } from './scripts.ts';
import { ServerWatch } from './server-watch.ts';
import { applicationKeys, Strays, tagOf } from './strays.ts';
import { Sweep } from './sweep.ts';

export interface RedisBackendOptions {
  /** Name of the application: the first part of every key. */
  readonly application: string;
  /** Budget of the cache of this process; default 256 MB. */
  readonly cacheBytes?: number;
  /** How long committed changes may wait to be written together; default 100 ms. */
  readonly writeDelayMs?: number;
  /** Unwritten bytes of a task beyond which commits wait for Redis, and which a successor may have to catch up with; default 8 MB. */
  readonly maxUnwrittenBytes?: number;
  /** Changes that one script applies, and Redis does nothing else meanwhile; default 1,000. */
  readonly changesPerChunk?: number;
  /** How long a handover waits for Redis; default 5 s. */
  readonly handoverMs?: number;
  /** How often the server is asked whether it was restarted or evicted keys; default 5 s. */
  readonly watchIntervalMs?: number;
  /** Names a making of a copy as nothing else was ever named; default at random. */
  readonly newIncarnation?: () => string;
}

/** Where the buckets of a task were the last time somebody asked. */
interface KnownShape {
  readonly incarnation: string;
  readonly buckets: number;
}

/** Readings that meet a growing store or a new incarnation are tried again; this often at most. */
const READ_TRIES = 5;

const randomIncarnation = (): string => randomBytes(6).toString('hex');

/** State in Redis: written behind by its owner, read by any process. */
export class RedisBackend implements StateBackend {
  readonly kind = 'redis';
  readonly #options: RedisBackendOptions;
  readonly #clock: Clock;
  readonly #client: RedisClient;
  readonly #cache: BucketCache;
  readonly #watch: ServerWatch;
  readonly #strays: Strays;
  readonly #shapes = new Map<string, KnownShape>();
  readonly #open = new Set<RedisCopy>();

  /** @param connection this backend's own; it is closed with it */
  constructor(connection: RedisConnection, options: RedisBackendOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#client = new RedisClient(connection, clock);
    this.#strays = new Strays(this.#client, clock, options.application);
    this.#cache = new BucketCache(options.cacheBytes ?? 256 << 20);
    this.#watch = new ServerWatch(
      this.#client,
      clock,
      options.watchIntervalMs ?? 5_000,
      (reason) => {
        for (const copy of this.#open) copy.suspect(reason);
      },
      async () => {
        await Promise.all([...this.#open].map((copy) => copy.look()));
      },
    );
  }

  async check(): Promise<void> {
    await this.#client.connect();
    await this.#watch.check();
  }

  async open(task: TaskId, stores: readonly StoreSpec[]): Promise<TaskState> {
    const layout = this.#layout(task);
    const seen = await this.#client.retrying(() => readMeta(this.#client, layout, stores), READ_TRIES);
    const limits = {
      delayMs: this.#options.writeDelayMs ?? 100,
      unwrittenBytes: this.#options.maxUnwrittenBytes ?? 8 << 20,
      handoverMs: this.#options.handoverMs ?? 5_000,
      changesPerChunk: this.#options.changesPerChunk ?? 1_000,
    };
    const copy: RedisCopy = new RedisCopy({
      client: this.#client,
      clock: this.#clock,
      layout,
      sweep: new Sweep(this.#client, this.#strays, layout),
      task,
      specs: stores,
      seen,
      cache: this.#cache,
      limits,
      newIncarnation: this.#options.newIncarnation ?? randomIncarnation,
      onReleased: () => this.#open.delete(copy),
    });
    this.#open.add(copy);
    this.#watch.start();
    return new LayeredState(copy);
  }

  async read(task: TaskId, store: StoreSpec, key: string): Promise<StateReading | null> {
    const layout = this.#layout(task);
    const name = `${taskName(task)} ${store.name}`;
    const table = tableName(store.name, store.segmented ? segmentOf(key) : null);
    const hash = hashOf(key);
    let shape = this.#shapes.get(name) ?? { incarnation: '', buckets: 1 };
    for (let tries = 0; tries < READ_TRIES; tries++) {
      const bucket = bucketOf(hash, shape.buckets);
      const reply = await this.#client.run(
        SCRIPTS.read,
        [layout.meta, layout.bucket(shape.incarnation, table, bucket)],
        [shape.incarnation, table, String(shape.buckets), countField(table, bucket), fieldOf(hash, key)],
      );
      if (reply.code === REPLY.resized) {
        shape = { incarnation: String(reply.items[1]), buckets: Number(reply.items[2]) };
        // Segments come and go, most of them with a single bucket.
        this.#shapes.set(name, store.segmented ? { ...shape, buckets: 1 } : shape);
        continue;
      }
      if (reply.code !== REPLY.done) return null;
      const value = reply.items[2] as Buffer | null;
      return {
        row: value === null ? null : decodeRow(inflate(value), store.columns),
        position: Number(reply.items[1]),
      };
    }
    throw new MillraceError(
      'STATE_UNAVAILABLE',
      `store ${store.name} of task ${taskName(task)} keeps changing its buckets`,
    );
  }

  async keys(tasks: readonly TaskId[]): Promise<number> {
    // SCAN may name a key more than once.
    const names = new Set<string>();
    for await (const keys of this.#scan(tasks)) for (const key of keys) names.add(key);
    return names.size;
  }

  async destroy(tasks: readonly TaskId[]): Promise<void> {
    for await (const keys of this.#scan(tasks)) await this.#client.call('unlink', keys);
  }

  /** The keys of the tasks, in one pass over those of the application. */
  async *#scan(tasks: readonly TaskId[]): AsyncGenerator<string[]> {
    const tags = new Set(tasks.map((task) => this.#layout(task).tag));
    for await (const found of applicationKeys(this.#client, this.#options.application)) {
      const keys = found.filter((key) => tags.has(tagOf(key)));
      if (keys.length > 0) yield keys;
    }
  }

  /** Ends the connection. Tasks that were not released write nothing any more. */
  async close(): Promise<void> {
    this.#watch.stop();
    this.#strays.close();
    for (const copy of this.#open) copy.abandon();
    this.#client.close();
  }

  #layout(task: TaskId): TaskLayout {
    return new TaskLayout(this.#options.application, task);
  }
}

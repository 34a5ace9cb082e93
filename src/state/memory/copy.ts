import { randomUUID } from 'node:crypto';
import { MillraceError } from '../../core/errors.ts';
import { decodeRow } from '../../core/row-codec.ts';
import type { StateChange, StateMeta, StoreSpec } from '../../core/state.ts';
import { EMPTY_STORE, type BucketTable } from '../bucket-table.ts';
import type { BucketCache } from '../cache.ts';
import { bucketsFor } from '../hashing.ts';
import { LayeredStore } from '../layered-store.ts';
import type { BucketAddress } from '../bucket-address.ts';
import type { BucketSource, LoadedEntry, SealedChange, TaskCopy } from '../task-copy.ts';
import { inflate } from '../value-codec.ts';

/**
 * A task's state, all of it resident: the cache is the copy. It outlives its owner within the process, so that a task that comes back is
 * caught up instead of rebuilt; only one owner at a time may use it.
 */
export class MemoryCopy {
  stores: readonly LayeredStore[];
  meta: StateMeta | null = null;
  generation = -1;
  /** True between a reset or a stretch of the changelog and the claim: it shows a state that never was. */
  restoring = true;
  owner: MemoryOwner | null = null;

  constructor(specs: readonly StoreSpec[], cache: BucketCache) {
    this.stores = specs.map((spec) => new LayeredStore(spec, UNOWNED, cache));
    for (const store of this.stores) beginEmpty(store);
  }

  store(name: string): LayeredStore | undefined {
    return this.stores.find((store) => store.spec.name === name);
  }
}

/** Between two owners nobody uses the stores. */
const UNOWNED: BucketSource = { failure: null, resizing: null, load: missing };

/** Every bucket of a resident store is loaded: nothing is ever asked for. */
function missing([{ table }]: readonly BucketAddress[]): Promise<LoadedEntry[][] | null> {
  return Promise.reject(new MillraceError('INTERNAL', `table ${table.name} is resident but misses a bucket`));
}

const beginEmpty = (store: LayeredStore): void => store.begin(store.spec.segmented ? [] : EMPTY_STORE, true);

/** One owner's hold on a copy. A later owner takes it away: what the former still tries is refused. */
export class MemoryOwner implements TaskCopy {
  readonly #copy: MemoryCopy;
  readonly stores: readonly LayeredStore[];
  readonly resizing = null;
  readonly unwrittenBytes = 0;
  onFailure: (() => void) | null = null;

  constructor(copy: MemoryCopy) {
    this.#copy = copy;
    copy.owner = this;
    this.stores = copy.stores = copy.stores.map((store) => store.handOver(this));
  }

  get meta(): StateMeta | null {
    return this.#copy.meta;
  }

  get failure(): MillraceError | null {
    if (this.#copy.owner === this) return null;
    return new MillraceError('PRODUCER_FENCED', 'the state of the task has another owner now');
  }

  load(addresses: readonly BucketAddress[]): Promise<LoadedEntry[][] | null> {
    return missing(addresses);
  }

  async claim(generation: number): Promise<void> {
    await this.fence(generation);
    this.#copy.restoring = false;
  }

  async fence(generation: number): Promise<void> {
    this.#check();
    if (generation < this.#copy.generation) {
      throw new MillraceError('PRODUCER_FENCED', `generation ${this.#copy.generation} owns the state of the task`);
    }
    this.#copy.generation = generation;
  }

  async reset(logId: string): Promise<void> {
    this.#check();
    const copy = this.#copy;
    // Generations are offsets of one log: another log counts anew.
    if (copy.meta !== null && copy.meta.logId !== logId) copy.generation = -1;
    copy.restoring = true;
    copy.meta = { logId, incarnation: randomUUID(), position: -1, positionTimestampMs: 0 };
    for (const store of copy.stores) beginEmpty(store);
  }

  async catchUp(changes: readonly StateChange[], position: number, timestampMs: number): Promise<void> {
    this.#check();
    this.#copy.restoring = true;
    for (const { store: name, key, value } of changes) {
      // A store that the plan no longer has.
      const store = this.#copy.store(name);
      if (store === undefined) continue;
      const raw = value === null ? null : inflate(value);
      const table = store.restore(key, raw === null ? null : decodeRow(raw, store.spec.columns), raw?.length ?? 0);
      if (table !== undefined) growResident(table);
    }
    this.#moveTo(position, timestampMs);
  }

  write(changes: readonly SealedChange[], position: number, timestampMs: number): undefined {
    for (const { slot } of changes) {
      const { table } = slot.bucket;
      slot.bucket.unpin(slot);
      growResident(table);
    }
    this.#moveTo(position, timestampMs);
    this.#copy.restoring = false;
  }

  async flush(): Promise<void> {
    this.#check();
  }

  async release(): Promise<void> {
    if (this.#copy.owner === this) this.#copy.owner = null;
  }

  #moveTo(position: number, timestampMs: number): void {
    if (this.#copy.meta === null) throw new MillraceError('STATE_MISMATCH', 'there is no copy of the state');
    this.#copy.meta = { ...this.#copy.meta, position, positionTimestampMs: timestampMs };
  }

  #check(): void {
    if (this.failure !== null) throw this.failure;
  }
}

function growResident(table: BucketTable): void {
  const count = bucketsFor(table.committedSize, table.count);
  if (count > table.count && !table.owner.scanning) table.grow(count);
}

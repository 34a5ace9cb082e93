import { ByteWriter } from '../core/bytes.ts';
import { MillraceError } from '../core/errors.ts';
import { encodeRow } from '../core/row-codec.ts';
import type { KeyValueStore, StateChange, StateDelta, StateMeta, TaskState } from '../core/state.ts';
import type { LayeredStore } from './layered-store.ts';
import { SealedChange, type TaskCopy } from './task-copy.ts';
import { deflate } from './value-codec.ts';

/** A writer that one huge batch blew up beyond this is not kept. */
const WRITER_KEPT = 16 << 20;

interface SealedDelta extends StateDelta {
  readonly changes: readonly SealedChange[];
}

/** The layers that all backends share: stores with their overlays above a backend's copy. */
export class LayeredState implements TaskState {
  readonly #copy: TaskCopy;
  readonly #stores = new Map<string, LayeredStore>();
  /** Sealed and undecided, oldest first: they are accepted in this order or discarded together. */
  #sealed: SealedDelta[] = [];
  #writer = new ByteWriter(1 << 16);
  #ends: number[] = [];
  #rowBytes: number[] = [];
  #released = false;

  constructor(copy: TaskCopy) {
    this.#copy = copy;
    for (const store of copy.stores) this.#stores.set(store.spec.name, store);
  }

  get meta(): StateMeta | null {
    return this.#copy.meta;
  }

  get failure(): MillraceError | null {
    return this.#copy.failure;
  }

  get onFailure(): (() => void) | null {
    return this.#copy.onFailure;
  }

  set onFailure(listener: (() => void) | null) {
    this.#copy.onFailure = listener;
  }

  get cachedBytes(): number {
    let bytes = this.#copy.unwrittenBytes;
    for (const store of this.#stores.values()) bytes += store.cachedBytes;
    return bytes;
  }

  get loadMs(): number {
    let ms = 0;
    for (const store of this.#stores.values()) ms += store.loadMs;
    return ms;
  }

  claim(generation: number): Promise<void> {
    return this.#copy.claim(generation);
  }

  fence(generation: number): Promise<void> {
    return this.#copy.fence(generation);
  }

  reset(logId: string): Promise<void> {
    return this.#copy.reset(logId);
  }

  catchUp(changes: readonly StateChange[], position: number, timestampMs: number): Promise<void> {
    return this.#copy.catchUp(changes, position, timestampMs);
  }

  store(name: string): KeyValueStore {
    const store = this.#stores.get(name);
    if (store === undefined) throw new MillraceError('INTERNAL', `the task has no store ${name}`);
    return store;
  }

  seal(): StateDelta {
    const chunk = this.#encodeDirty();
    const changes: SealedChange[] = [];
    let start = 0;
    let at = 0;
    for (const store of this.#stores.values()) {
      const name = store.spec.name;
      for (const slot of store.dirty) {
        const end = this.#ends[at];
        const rowBytes = this.#rowBytes[at++];
        slot.dirty = false;
        // Put and deleted within the batch, and unknown before it: nothing happened.
        if (slot.row === null && slot.committed === null && slot.pins === 1) {
          slot.bucket.unpin(slot);
          continue;
        }
        changes.push(new SealedChange(name, slot, slot.row ?? null, chunk, start, end, rowBytes));
        start = end;
      }
      store.dirty = [];
      store.endBatch();
    }
    const delta: SealedDelta = { changes };
    this.#sealed.push(delta);
    return delta;
  }

  accept(delta: StateDelta, position: number, timestampMs: number): Promise<void> | undefined {
    if (this.#copy.failure !== null) return Promise.reject(this.#copy.failure);
    const oldest = this.#sealed.shift();
    if (oldest === undefined || oldest !== delta) {
      throw new MillraceError('INTERNAL', 'deltas are accepted in the order in which they were sealed');
    }
    for (const change of oldest.changes) this.#stores.get(change.store)!.accept(change);
    return this.#copy.write(oldest.changes, position, timestampMs);
  }

  discard(): void {
    for (const delta of this.#sealed) {
      for (const change of delta.changes) this.#stores.get(change.store)!.revert(change.slot);
    }
    this.#sealed = [];
    for (const store of this.#stores.values()) {
      for (const slot of store.dirty) store.revert(slot);
      store.endDiscard();
    }
  }

  flush(): Promise<void> {
    return this.#copy.flush();
  }

  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    this.discard();
    await this.#copy.release();
  }

  /**
   * Encodes every changed row once, one after another, into a chunk that is never written again; `#ends` says where each ends, `#rowBytes`
   * how long it was before it was compressed.
   */
  #encodeDirty(): Buffer {
    const writer = this.#writer;
    const ends = this.#ends;
    const rowBytes = this.#rowBytes;
    writer.length = 0;
    ends.length = 0;
    rowBytes.length = 0;
    for (const store of this.#stores.values()) {
      const { compression } = store.spec;
      for (const slot of store.dirty) {
        const start = writer.length;
        if (slot.row) encodeRow(slot.row, writer);
        rowBytes.push(writer.length - start);
        deflate(compression, writer, start);
        ends.push(writer.length);
      }
    }
    const chunk = writer.take();
    if (writer.buffer.length > WRITER_KEPT) this.#writer = new ByteWriter(1 << 16);
    return chunk;
  }
}

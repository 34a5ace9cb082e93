import type { StateBackend, StateReading, StoreSpec, TaskState } from '../../core/state.ts';
import { taskName, type TaskId } from '../../core/task.ts';
import { BucketCache } from '../cache.ts';
import { LayeredState } from '../task-state.ts';
import { MemoryCopy, MemoryOwner } from './copy.ts';

interface Held {
  readonly copy: MemoryCopy;
  state: LayeredState;
}

/**
 * State in the memory of this process, rebuilt from the changelog by every process anew. `read` answers for the tasks that this process
 * owns and has restored.
 */
export class MemoryBackend implements StateBackend {
  readonly kind = 'memory';
  readonly #cache = new BucketCache(Infinity);
  readonly #held = new Map<string, Held>();

  async check(): Promise<void> {}

  async open(task: TaskId, stores: readonly StoreSpec[]): Promise<TaskState> {
    const name = taskName(task);
    const held = this.#held.get(name);
    if (held !== undefined && sameStores(held.copy, stores)) {
      // The former owner may have been given up in the middle of a batch.
      held.state.discard();
      held.state = new LayeredState(new MemoryOwner(held.copy));
      return held.state;
    }
    this.#drop(name);
    const copy = new MemoryCopy(stores, this.#cache);
    const state = new LayeredState(new MemoryOwner(copy));
    this.#held.set(name, { copy, state });
    return state;
  }

  async read(task: TaskId, store: StoreSpec, key: string): Promise<StateReading | null> {
    const copy = this.#held.get(taskName(task))?.copy;
    if (copy === undefined || copy.owner === null || copy.restoring || copy.meta === null) return null;
    const row = copy.store(store.name)?.committed(key);
    return row === undefined ? null : { row, position: copy.meta.position };
  }

  keys(): Promise<number> {
    return Promise.resolve(0);
  }

  async destroy(tasks: readonly TaskId[]): Promise<void> {
    for (const task of tasks) this.#drop(taskName(task));
  }

  async close(): Promise<void> {
    for (const name of [...this.#held.keys()]) this.#drop(name);
  }

  #drop(name: string): void {
    const held = this.#held.get(name);
    if (held === undefined) return;
    held.copy.owner = null;
    for (const store of held.copy.stores) store.end();
    this.#held.delete(name);
  }
}

const sameStores = (copy: MemoryCopy, specs: readonly StoreSpec[]): boolean =>
  JSON.stringify(copy.stores.map((store) => store.spec)) === JSON.stringify(specs);

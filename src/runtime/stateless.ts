import type { TaskState } from '../core/state.ts';

/** The state of a task that keeps none: its changelog holds commit records only, and no backend has to be asked. */
export const STATELESS: TaskState = {
  meta: null,
  failure: null,
  onFailure: null,
  claim: () => Promise.resolve(),
  fence: () => Promise.resolve(),
  reset: () => Promise.resolve(),
  catchUp: () => Promise.resolve(),
  store(name) {
    throw new TypeError(`a stateless task has no store ${name}`);
  },
  seal: () => ({ changes: [] }),
  accept: () => undefined,
  discard: () => undefined,
  flush: () => Promise.resolve(),
  release: () => Promise.resolve(),
  loadMs: 0,
  cachedBytes: 0,
};

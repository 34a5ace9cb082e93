import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import { systemClock } from '../core/system-clock.ts';
import { Signal } from '../core/signal.ts';

/** An editor writes a file in several steps; they count as one change. */
const DEBOUNCE_MS = 100;

/**
 * Yields at once, and again whenever one of the files has changed; ends when the signal aborts. Folders are watched, not files: editors save
 * by putting another file in the place of the old one.
 * @param files which ones, asked anew each time
 */
export async function* watchFiles(files: () => readonly string[], signal: AbortSignal): AsyncGenerator<void> {
  const changed = new Signal();
  const onAbort = (): void => changed.notify();
  signal.addEventListener('abort', onAbort);
  try {
    while (!signal.aborted) {
      const watchers = watchFolders(files(), () => changed.notify());
      yield;
      try {
        await changed.wait();
        await systemClock.sleep(DEBOUNCE_MS, signal);
      } finally {
        for (const watcher of watchers) watcher.close();
      }
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function watchFolders(files: readonly string[], onChange: () => void): FSWatcher[] {
  return [...new Set(files.map((file) => dirname(file)))].map((folder) => {
    const names = new Set(files.filter((file) => dirname(file) === folder).map((file) => basename(file)));
    return watch(folder, (_, name) => {
      // A file of tests that is new is not among them yet.
      if (name === null || names.has(name) || /\.ya?ml$/.test(name)) onChange();
    });
  });
}

import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';
import { filesOf, mutate, type Mutation } from './mutation.ts';
import { mutationNamed } from './mutations.ts';

/**
 * Plants one bug as the product is loaded; the tree stays as it is. Before the program, in all its threads and in what it starts:
 *
 *     FAULT_MUTATION=name node --import ./test/faults/mutations/plant.ts program.ts
 *     FAULT_MUTATION=name NODE_OPTIONS='--import …/plant.ts' bin/millrace.js run …
 *
 * A text that is not found, and a file that no thread has loaded when the process exits, are failures: exit code 70.
 *
 * The simulator's world (its brokers, and the client that feeds them and reads what comes out) is not to be broken, only the processes in it
 * are: what it imports of `src/kafka` it gets in a copy of its own, as it is in the tree.
 */
const ROOT = new URL('../../../', import.meta.url).href;
const KAFKA = `${ROOT}src/kafka/`;
const WORLD = `${ROOT}test/faults/simulator/world.ts`;
/** Ends the URL of a module's other copy. */
const UNTOUCHED = '?untouched';
const NOT_PLANTED = 70;
/** By file of the mutation: whether a thread loaded it. The main thread makes it, the others find it. */
const LOADED = 'millrace-mutation-loaded';

const name = process.env.FAULT_MUTATION;
if (name !== undefined && name !== '') plant(mutationNamed(name));

function plant(mutation: Mutation): void {
  const files = filesOf(mutation);
  const known = getEnvironmentData(LOADED);
  const loaded = new Uint8Array(known instanceof SharedArrayBuffer ? known : new SharedArrayBuffer(files.length));
  if (isMainThread) {
    setEnvironmentData(LOADED, loaded.buffer);
    process.on('exit', () => {
      const missing = files.filter((_, i) => loaded[i] === 0);
      if (missing.length === 0) return;
      process.stderr.write(`mutation ${mutation.name} was not planted: nobody loaded ${missing.join(', ')}\n`);
      process.exitCode = NOT_PLANTED;
    });
  }
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      if (!isOfTheWorld(context.parentURL ?? '') || !resolved.url.startsWith(KAFKA)) return resolved;
      return { ...resolved, url: `${resolved.url.split('?', 1)[0]}${UNTOUCHED}` };
    },
    load(url, context, nextLoad) {
      const at = url.startsWith(ROOT) && !url.endsWith(UNTOUCHED) ? files.indexOf(fileOf(url)) : -1;
      const result = nextLoad(url, context);
      if (at < 0) return result;
      const { source } = result;
      if (source === null || source === undefined) throw new Error(`${url} has no source to mutate`);
      loaded[at] = 1;
      const text = typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString();
      return { ...result, source: mutate(mutation, files[at], text) };
    },
  });
}

const isOfTheWorld = (importer: string): boolean => importer === WORLD || importer.endsWith(UNTOUCHED);

/** From the root of the repository. */
const fileOf = (url: string): string => fileURLToPath(url).slice(fileURLToPath(ROOT).length);

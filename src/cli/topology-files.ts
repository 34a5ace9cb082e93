import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { UsageError } from './exit-code.ts';

/** A topology file as it was read. */
export interface TopologyFile {
  /** As it is shown: relative where the user gave it relative. */
  readonly file: string;
  readonly text: string;
}

export const DEFAULT_FOLDER = 'topologies';

/**
 * Reads topology files, each once, in the order given. A folder stands for every YAML file directly in it, in the order of names, without
 * those named `*.test.yaml`.
 * @param paths none = the folder `topologies`
 * @throws UsageError if a path does not exist, or a folder holds none
 */
export function readTopologyFiles(paths: readonly string[]): TopologyFile[] {
  const files = (paths.length > 0 ? paths : [DEFAULT_FOLDER]).flatMap((path) => expand(normalize(path)));
  return [...new Set(files)].map((file) => ({ file, text: readText(file) }));
}

function expand(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new UsageError(`there is no file or folder ${path}`);
  if (!stats.isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => /\.ya?ml$/.test(name) && !/\.test\.ya?ml$/.test(name));
  if (names.length === 0) throw new UsageError(`the folder ${path} holds no topology, that is, no file *.yaml`);
  return names.toSorted().map((name) => join(path, name));
}

/** The text of a file without a byte order mark. Throws UsageError when it cannot be read. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new UsageError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

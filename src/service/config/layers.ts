import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostics, Located, Span } from '../../core/diagnostic.ts';
import { interpolate } from '../../topology/interpolation.ts';
import { parseYaml } from '../../topology/parse-yaml.ts';
import { hasSecretName, maskSettings, readSettings } from '../../topology/settings.ts';
import type { TopologySpec } from '../../topology/spec.ts';
import { TextPositions } from '../../topology/text-position.ts';
import { SETTINGS } from './settings.ts';

/** A value that one layer gives to one path, before anything is known about the path. */
export interface LayerValue {
  readonly path: string;
  readonly value: unknown;
  /** Where it was written, for people, e.g. `config/default.yaml:3`. */
  readonly origin: string;
  readonly span: Span;
  /** The keys that lead to it in a file, outermost first; empty elsewhere. */
  readonly keys: readonly Located<string>[];
  /** It must not be printed, whatever its path. */
  readonly secret: boolean;
}

export type Layer = readonly LayerValue[];

/** A place that is no file: diagnostics name it and show no text. */
const placeOf = (origin: string): Span => ({ file: origin, start: 0, end: 0, verbatim: false });

/** The `settings:` of a topology. */
export function topologyLayer(spec: TopologySpec): Layer {
  return [...spec.settings].map(([path, setting]) => {
    return { path, origin: `settings of topology ${spec.name.value}`, ...setting };
  });
}

/**
 * A configuration file; its text is put into `sources` for the printing of diagnostics.
 * @returns null when it does not exist
 */
export function fileLayer(
  directory: string,
  fileName: string,
  env: (name: string) => string | undefined,
  diagnostics: Diagnostics,
  sources: Map<string, string>,
): Layer | null {
  const file = join(directory, fileName);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    diagnostics.error('MILLRACE_FILE_UNREADABLE', placeOf(file), `the file cannot be read (${code})`);
    return [];
  }
  const tree = parseYaml(text, file, diagnostics);
  sources.set(file, maskSettings(text, tree, isShown));
  if (tree === null) return [];
  if (tree.kind !== 'map') {
    diagnostics.error('MILLRACE_WRONG_TYPE', tree.span, 'a configuration file is a map of settings');
    return [];
  }
  const positions = new TextPositions(text);
  return [...readSettings(interpolate(tree, env, diagnostics))].map(([path, setting]) => {
    return { path, origin: `${file}:${positions.at(setting.span.start).line}`, ...setting };
  });
}

/** A misspelt key may well be that of a secret. */
const isShown = (path: string): boolean => SETTINGS.get(path)?.secret === false && !hasSecretName(path);

const PREFIX = 'MILLRACE_';
/** Variables that begin like a setting and are none: the choice of the profile, and what tests run against. */
const isReserved = (name: string): boolean => name === 'MILLRACE_PROFILE' || name.startsWith('MILLRACE_TEST_');

/** The variable that sets the path: `MILLRACE_KAFKA__BROKERS` for `kafka.brokers`. */
export const variableOf = (path: string): string => PREFIX + path.toUpperCase().replaceAll('.', '__');

/** The environment. Names are compared without regard to case, `__` nests; an empty variable counts as not set. */
export function environmentLayer(env: Readonly<Record<string, string | undefined>>): Layer {
  const paths = new Map([...SETTINGS.keys()].map((path) => [variableOf(path), path]));
  return Object.keys(env)
    .toSorted()
    .flatMap((variable) => {
      const name = variable.toUpperCase();
      const value = env[variable];
      if (!name.startsWith(PREFIX) || isReserved(name) || value === undefined || value === '') return [];
      const origin = `environment variable ${variable}`;
      return [{ path: paths.get(name) ?? name, value, origin, span: placeOf(origin), keys: [], secret: false }];
    });
}

/** Something the command line says: `--set path=value`, or an option that stands for a setting. */
export interface Override {
  readonly path: string;
  readonly value: unknown;
  /** The option, e.g. `--set` or `--port`. */
  readonly option: string;
}

export function overrideLayer(overrides: readonly Override[]): Layer {
  return overrides.map(({ path, value, option }) => {
    const origin = option === '--set' ? `--set ${path}` : option;
    return { path, value, origin, span: placeOf(origin), keys: [], secret: false };
  });
}

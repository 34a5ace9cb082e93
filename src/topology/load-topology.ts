import { Diagnostics } from '../core/diagnostic.ts';
import { checkGraph } from './check-graph.ts';
import { checkShape } from './check-shape.ts';
import { interpolate } from './interpolation.ts';
import type { Environment } from './interpolation.ts';
import { parseYaml } from './parse-yaml.ts';
import { SpecReader } from './read-spec.ts';
import { hasSecretName, maskSettings } from './settings.ts';
import { topologyShape } from './shape.ts';
import type { TopologySpec } from './spec.ts';
import { child } from './yaml-node.ts';
import type { YamlPath } from './yaml-node.ts';

/**
 * Reads a topology from the text of its file. Every error of the file is reported, not only the first.
 * @param file the name that diagnostics show
 * @param env what `${NAME}` stands for
 * @returns null when there was any error
 */
export function loadTopology(
  text: string,
  file: string,
  diagnostics: Diagnostics,
  env: Environment,
): TopologySpec | null {
  const errorsBefore = countErrors(diagnostics);
  const spec = loadSoundParts(text, file, diagnostics, env);
  return countErrors(diagnostics) > errorsBefore ? null : spec;
}

/**
 * The same for `lint`: returns what is sound of a topology that has errors, so that the plan can check its expressions in the same run.
 * A view or sink that is broken, or that reads something broken, is left out.
 * @returns null when nothing of it can be planned
 */
export function loadSoundParts(
  text: string,
  file: string,
  diagnostics: Diagnostics,
  env: Environment,
): TopologySpec | null {
  const tree = parseYaml(text, file, diagnostics);
  if (tree === null) return null;
  const shape = checkShape(topologyShape, interpolate(tree, env, diagnostics), diagnostics, subjectOf);
  const reader = new SpecReader(file, text, shape, diagnostics);
  const draft = reader.read();
  const sound = checkGraph(draft, diagnostics);
  if (sound.name === null || sound.views.length + sound.sinks.length === 0) return null;
  const { name, sources, views, sinks, trigger, settings, feeds, tests } = sound;
  return { file, name, sources, views, sinks, trigger, settings, feeds, tests };
}

/** The topology's text as diagnostics may print it: its settings may hold secrets, and those are starred out. */
export function printableTopology(text: string, file: string): string {
  const tree = parseYaml(text, file, new Diagnostics());
  return maskSettings(text, tree && child(tree, 'settings'), (path) => !hasSecretName(path));
}

const SUBJECTS: Readonly<Record<string, string>> = { sources: 'source', views: 'view', sinks: 'sink' };

function subjectOf([section, name]: YamlPath): string {
  const word = SUBJECTS[section];
  return word === undefined || name === undefined ? '' : `${word} \`${name}\``;
}

const countErrors = (diagnostics: Diagnostics): number => diagnostics.all.filter((d) => d.severity === 'error').length;

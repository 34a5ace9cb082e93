import type { Diagnostics, Located } from '../core/diagnostic.ts';
import { checkShape } from './check-shape.ts';
import { interpolate } from './interpolation.ts';
import type { Environment } from './interpolation.ts';
import { parseYaml } from './parse-yaml.ts';
import { readTests, testScope } from './read-tests.ts';
import { testFileShape } from './shape.ts';
import type { TopologySpec } from './spec.ts';
import type { TestSpec } from './test-spec.ts';
import { child, located } from './yaml-node.ts';

/** A file `*.test.yaml`. */
export interface TestFile {
  readonly topology: TopologySpec;
  readonly tests: readonly TestSpec[];
}

/**
 * Reads a file of tests. Every error of it is reported; tests with errors are left out.
 * @param find the topology of the name that the file gives; null, with a complaint of its own, where there is none
 * @returns null when it is not known which topology the tests are of
 */
export function loadTestFile(
  text: string,
  file: string,
  diagnostics: Diagnostics,
  env: Environment,
  find: (topology: Located<string>) => TopologySpec | null,
): TestFile | null {
  const tree = parseYaml(text, file, diagnostics);
  if (tree === null) return null;
  const shape = checkShape(testFileShape, interpolate(tree, env, diagnostics), diagnostics, () => '');
  const name = child(shape.root, 'topology');
  if (!shape.isSound(['topology']) || name?.kind !== 'scalar') return null;
  const topology = find(located(name));
  if (topology === null) return null;
  const { sources, views, sinks } = topology;
  const declared = [
    ...sources.map((source) => ({ kind: 'source', name: source.name })),
    ...views.map((view) => ({ kind: 'view', name: view.name })),
    ...sinks.map((sink) => ({ kind: 'sink', name: sink.name })),
  ];
  return { topology, tests: readTests(shape, testScope(declared, sources, sinks), diagnostics) };
}

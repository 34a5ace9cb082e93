import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { Diagnostics } from '../core/diagnostic.ts';
import type { Located } from '../core/diagnostic.ts';
import type { PhysicalPlan } from '../plan/physical-plan.ts';
import { loadTestFile } from '../topology/load-test-file.ts';
import { loadSoundParts, printableTopology } from '../topology/load-topology.ts';
import type { TopologySpec } from '../topology/spec.ts';
import type { TestSpec } from '../topology/test-spec.ts';
import { UsageError } from './exit-code.ts';
import { planSound } from './project.ts';
import { DEFAULT_FOLDER, readText } from './topology-files.ts';

/** The tests of one file, and the topology that they are of. */
export interface TestSuite {
  readonly file: string;
  readonly spec: TopologySpec;
  readonly plan: PhysicalPlan;
  readonly tests: readonly TestSpec[];
}

/** Everything that a command line asks to be tested, and all that is wrong with the files. */
export interface TestProject {
  readonly diagnostics: Diagnostics;
  /** Texts of the files, for printing: secrets are starred out. */
  readonly sources: ReadonlyMap<string, string>;
  readonly suites: readonly TestSuite[];
}

const TEST_FILE = /\.test\.ya?ml$/;
const YAML_FILE = /\.ya?ml$/;

/**
 * Loads the tests of topologies and of `*.test.yaml` files. A topology stands for the tests in it and for those of the file of its name with
 * `.test` before the ending beside it; a folder stands for every file directly in it.
 * @param paths none = the folder `topologies`
 * @throws UsageError if a path does not exist, or a folder holds nothing
 */
export function loadTestProject(paths: readonly string[]): TestProject {
  const loader = new TestLoader();
  const files = (paths.length > 0 ? paths : [DEFAULT_FOLDER]).flatMap((path) => expand(normalize(path)));
  const suites = [...new Set(files)].flatMap((file) => loader.suite(file) ?? []);
  const { diagnostics, sources } = loader;
  return { diagnostics, sources, suites: suites.filter(({ tests }) => tests.length > 0) };
}

function expand(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new UsageError(`there is no file or folder ${path}`);
  if (stats.isDirectory()) {
    const names = readdirSync(path).filter((name) => YAML_FILE.test(name));
    if (names.length === 0) throw new UsageError(`the folder ${path} holds no topology, that is, no file *.yaml`);
    return names.toSorted().map((name) => join(path, name));
  }
  if (TEST_FILE.test(path)) return [path];
  const beside = path.replace(YAML_FILE, (ending) => `.test${ending}`);
  return beside !== path && existsSync(beside) ? [path, beside] : [path];
}

interface LoadedTopology {
  readonly spec: TopologySpec;
  readonly plan: PhysicalPlan;
}

class TestLoader {
  readonly diagnostics = new Diagnostics();
  readonly sources = new Map<string, string>();
  readonly #topologies = new Map<string, LoadedTopology | null>();

  suite(file: string): TestSuite | null {
    if (TEST_FILE.test(file)) return this.#testFile(file);
    const topology = this.#topology(file);
    return topology === null ? null : { file, ...topology, tests: topology.spec.tests };
  }

  #testFile(file: string): TestSuite | null {
    const text = readText(file);
    this.sources.set(file, text);
    let topology: LoadedTopology | null = null;
    const find = (name: Located<string>): TopologySpec | null => {
      topology = this.#named(name, file);
      return topology?.spec ?? null;
    };
    const loaded = loadTestFile(text, file, this.diagnostics, environment, find);
    return loaded === null || topology === null ? null : { file, ...(topology as LoadedTopology), tests: loaded.tests };
  }

  /** The topology that a file of tests names. */
  #named({ value, span }: Located<string>, from: string): LoadedTopology | null {
    const file = join(dirname(from), value);
    if (statSync(file, { throwIfNoEntry: false })?.isFile() === true) return this.#topology(file);
    const remedy = 'give the path as seen from this file';
    this.diagnostics.error('MILLRACE_UNKNOWN_NAME', span, `there is no file ${file}`, remedy);
    return null;
  }

  /** Null, and complaints, when it has errors; each file is loaded once. */
  #topology(file: string): LoadedTopology | null {
    const known = this.#topologies.get(file);
    if (known !== undefined) return known;
    const text = readText(file);
    this.sources.set(file, printableTopology(text, file));
    const found = new Diagnostics();
    const spec = loadSoundParts(text, file, found, environment);
    const plan = spec === null ? null : planSound(spec, found);
    for (const diagnostic of found.all) this.diagnostics.add(diagnostic);
    const topology = spec === null || plan === null ? null : { spec, plan };
    this.#topologies.set(file, topology);
    return topology;
  }
}

const environment = (name: string): string | undefined => process.env[name];

import { Diagnostics } from '../core/diagnostic.ts';
import type { PhysicalPlan } from '../plan/physical-plan.ts';
import { planTopology } from '../plan/plan.ts';
import { loadConfig } from '../service/config/load-config.ts';
import type { LoadedConfig } from '../service/config/load-config.ts';
import type { Override } from '../service/config/layers.ts';
import { loadSoundParts, printableTopology } from '../topology/load-topology.ts';
import type { TopologySpec } from '../topology/spec.ts';
import type { GlobalOptions } from './global-options.ts';
import type { TopologyFile } from './topology-files.ts';

/** Topologies and configuration as one command sees them, and everything that is wrong with them. */
export interface Project {
  readonly diagnostics: Diagnostics;
  /** Texts for printing diagnostics; secrets are starred out. */
  readonly sources: ReadonlyMap<string, string>;
  readonly topologies: readonly PlannedTopology[];
  /** Null when it has errors. */
  readonly config: LoadedConfig | null;
}

export interface PlannedTopology {
  readonly spec: TopologySpec;
  readonly plan: PhysicalPlan;
}

/**
 * Loads and plans topologies, and loads the configuration under them. Reports every error of all files at once: what is sound of a file
 * with errors is planned too, so that its expressions are checked in the same run.
 * @param overrides settings that options of the command stand for; `--set` goes over them
 */
export function loadProject(
  files: readonly TopologyFile[],
  options: GlobalOptions,
  overrides: readonly Override[] = [],
): Project {
  const diagnostics = new Diagnostics();
  const sources = new Map<string, string>();
  const specs: TopologySpec[] = [];
  const topologies: PlannedTopology[] = [];
  for (const { file, text } of files) {
    sources.set(file, printableTopology(text, file));
    const found = new Diagnostics();
    const spec = loadSoundParts(text, file, found, (name) => process.env[name]);
    if (spec !== null) {
      specs.push(spec);
      const plan = planSound(spec, found);
      if (plan !== null) topologies.push({ spec, plan });
    }
    for (const diagnostic of found.all) diagnostics.add(diagnostic);
  }
  checkNames(specs, diagnostics);
  const inputs = {
    topologies: specs,
    directory: options.configDir,
    profile: options.profile,
    env: process.env,
    overrides: [...overrides, ...options.overrides],
  };
  const config = loadConfig(inputs, diagnostics, sources);
  return { diagnostics, sources, topologies, config };
}

/**
 * The plan of what is sound of a topology; null when it has errors, which are then among `found`. Warnings about a topology that lacks its
 * broken parts would be about what is missing.
 */
export function planSound(spec: TopologySpec, found: Diagnostics): PhysicalPlan | null {
  const complaints = new Diagnostics();
  const plan = planTopology(spec, complaints);
  const incomplete = found.hasErrors;
  for (const complaint of complaints.all) {
    if (!incomplete || complaint.severity === 'error') found.add(complaint);
  }
  return incomplete ? null : plan;
}

/** A topology's name is its consumer group and the prefix of its topics: two of a name would be one to Kafka. */
function checkNames(specs: readonly TopologySpec[], diagnostics: Diagnostics): void {
  const files = new Map<string, string>();
  for (const { name, file } of specs) {
    const first = files.get(name.value);
    if (first === undefined) {
      files.set(name.value, file);
      continue;
    }
    const message = `${first} declares a topology \`${name.value}\` already`;
    diagnostics.error('MILLRACE_DUPLICATE_NAME', name.span, message, 'rename one of them, or run them apart');
  }
}

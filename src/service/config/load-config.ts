import { closest } from '../../core/diagnostic.ts';
import type { Diagnostics } from '../../core/diagnostic.ts';
import type { TopologySpec } from '../../topology/spec.ts';
import { toConfig } from './config.ts';
import type { Config } from './config.ts';
import { environmentLayer, fileLayer, overrideLayer, topologyLayer, variableOf } from './layers.ts';
import type { Layer, LayerValue, Override } from './layers.ts';
import { withoutPassword } from './print-config.ts';
import type { ConfigValue } from './print-config.ts';
import { SETTINGS, settingsShape } from './settings.ts';
import type { Setting } from './settings.ts';

export interface ConfigInputs {
  /** Their `settings:` go below everything but the built-in defaults. */
  readonly topologies: readonly TopologySpec[];
  /** Holds `default.yaml` and one file a profile; need not exist. */
  readonly directory: string;
  /** `--profile`; null leaves it to MILLRACE_PROFILE. */
  readonly profile: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly overrides: readonly Override[];
}

export interface LoadedConfig {
  readonly config: Config;
  /** Every setting once, in the catalogue's order. */
  readonly values: readonly ConfigValue[];
}

/**
 * Puts the layers on top of each other: built-in defaults, topologies' settings, `default.yaml`, the profile's file, environment,
 * command line. Every wrong key and value of every layer is reported.
 * @param sources gets the texts of the files read, for printing diagnostics
 * @returns null when there was any error
 */
export function loadConfig(
  inputs: ConfigInputs,
  diagnostics: Diagnostics,
  sources: Map<string, string>,
): LoadedConfig | null {
  const errors = diagnostics.all.length;
  const chosen = new Map<string, LayerValue>();
  for (const layer of readLayers(inputs, diagnostics, sources)) {
    for (const given of layer) {
      const accepted = check(given, diagnostics);
      if (accepted !== null) chosen.set(given.path, accepted);
    }
  }
  checkCombinations(chosen, diagnostics);
  if (diagnostics.all.slice(errors).some((d) => d.severity === 'error')) return null;
  return { config: toConfig(settingsShape.parse(nest(chosen))), values: valuesInForce(chosen) };
}

function readLayers(inputs: ConfigInputs, diagnostics: Diagnostics, sources: Map<string, string>): Layer[] {
  const lookUp = (name: string): string | undefined => inputs.env[name];
  const layers: Layer[] = [mergeTopologies(inputs.topologies, diagnostics)];
  layers.push(fileLayer(inputs.directory, 'default.yaml', lookUp, diagnostics, sources) ?? []);
  const profile = inputs.profile ?? (inputs.env['MILLRACE_PROFILE'] || null);
  if (profile !== null && profile !== 'default') {
    const layer = /^[\w.-]+$/.test(profile)
      ? fileLayer(inputs.directory, `${profile}.yaml`, lookUp, diagnostics, sources)
      : null;
    if (layer === null) {
      const origin = inputs.profile === null ? 'environment variable MILLRACE_PROFILE' : '--profile';
      const span = { file: origin, start: 0, end: 0, verbatim: false };
      const message = `there is no profile \`${profile}\`: no file ${profile}.yaml in ${inputs.directory}`;
      diagnostics.error('MILLRACE_UNKNOWN_PROFILE', span, message, 'create the file, or choose another profile');
    }
    layers.push(layer ?? []);
  }
  layers.push(environmentLayer(inputs.env), overrideLayer(inputs.overrides));
  return layers;
}

/** One process has one configuration, so topologies that run together must not disagree. */
function mergeTopologies(topologies: readonly TopologySpec[], diagnostics: Diagnostics): Layer {
  const merged = new Map<string, LayerValue>();
  for (const given of topologies.flatMap(topologyLayer)) {
    const other = merged.get(given.path);
    if (other !== undefined && JSON.stringify(other.value) !== JSON.stringify(given.value)) {
      diagnostics.error(
        'MILLRACE_SETTINGS_DISAGREE',
        given.span,
        `\`${given.path}\` has another value in the ${other.origin}`,
        'run the topologies apart, or set it in a configuration file',
      );
    }
    merged.set(given.path, other ?? given);
  }
  return [...merged.values()];
}

/** The value with the type its setting asks for; null when it is refused, or says nothing. */
function check(given: LayerValue, diagnostics: Diagnostics): LayerValue | null {
  const setting = SETTINGS.get(given.path);
  if (setting === undefined) {
    const isEmptyGroup = given.value === null && [...SETTINGS.keys()].some((path) => path.startsWith(`${given.path}.`));
    if (!isEmptyGroup) refusePath(given, diagnostics);
    return null;
  }
  const { schema, expects } = setting;
  for (const value of readings(given.value)) {
    if (schema.safeParse(value).success) return { ...given, value };
  }
  const hidden = isSecret(given, setting) || typeof given.value === 'object';
  const message = hidden
    ? `the value of \`${given.path}\` does not fit`
    : `\`${given.path}\` cannot be \`${String(withoutPassword(given.value))}\``;
  diagnostics.error('MILLRACE_INVALID_SETTING', given.span, message, `write ${expects}`);
  return null;
}

/** Points at the outermost key that leads nowhere. */
function refusePath(given: LayerValue, diagnostics: Diagnostics): void {
  const isVariable = given.path.startsWith('MILLRACE_');
  const known = isVariable ? [...SETTINGS.keys()].map(variableOf) : [...SETTINGS.keys()];
  const separator = isVariable ? '__' : '.';
  const key = given.keys.find((_, i) => {
    const group = given.keys.slice(0, i + 1).map((k) => k.value);
    return !known.some((path) => path.startsWith(`${group.join('.')}.`));
  });
  const near = closest(given.path, known);
  const group = given.path.slice(0, given.path.lastIndexOf(separator) + 1);
  const nearby = known.filter((path) => group !== '' && path.startsWith(group));
  const list = nearby.length > 0 ? `known here: ${nearby.join(', ')}` : '`millrace config print` lists all';
  const span = key?.span ?? given.span;
  diagnostics.error(
    'MILLRACE_UNKNOWN_SETTING',
    span,
    `there is no setting \`${given.path}\``,
    near === null ? list : `did you mean \`${near}\`?`,
  );
}

/** What a value may mean: environment and command line give texts only, whatever the type. */
function readings(value: unknown): unknown[] {
  if (typeof value !== 'string') return [value];
  const text = value.trim();
  const all: unknown[] = [value];
  if (text !== '' && Number.isFinite(Number(text))) all.push(Number(text));
  if (text === 'true' || text === 'false') all.push(text === 'true');
  all.push(text.split(',').map((item) => item.trim()));
  return all;
}

function checkCombinations(chosen: ReadonlyMap<string, LayerValue>, diagnostics: Diagnostics): void {
  const mechanism = chosen.get('kafka.sasl.mechanism');
  if (mechanism !== undefined && mechanism.value !== 'none') {
    for (const path of ['kafka.sasl.username', 'kafka.sasl.password']) {
      if ((chosen.get(path)?.value ?? null) !== null) continue;
      const message = `\`kafka.sasl.mechanism\` is \`${String(mechanism.value)}\`, and \`${path}\` is not set`;
      diagnostics.error('MILLRACE_MISSING_SETTING', mechanism.span, message, `set ${path} or ${variableOf(path)}`);
    }
  }
}

function nest(chosen: ReadonlyMap<string, LayerValue>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const setting of SETTINGS.values()) {
    const given = chosen.get(setting.path);
    let group = root;
    for (const step of setting.path.split('.').slice(0, -1)) group = (group[step] ??= {}) as Record<string, unknown>;
    group[setting.path.slice(setting.path.lastIndexOf('.') + 1)] = given === undefined ? setting.default : given.value;
  }
  return root;
}

function valuesInForce(chosen: ReadonlyMap<string, LayerValue>): ConfigValue[] {
  return [...SETTINGS.values()].map((setting) => {
    const { path, doc } = setting;
    const given = chosen.get(path);
    if (given === undefined)
      return { path, value: setting.default, origin: 'built-in default', secret: setting.secret, doc };
    return { path, value: given.value, origin: given.origin, secret: isSecret(given, setting), doc };
  });
}

const isSecret = (given: LayerValue, setting: Setting): boolean => setting.secret || given.secret;

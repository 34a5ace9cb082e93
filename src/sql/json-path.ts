import type { Json } from './json-tree.ts';
import { JsonArray, JsonObject, jsonText, parseJson } from './json-tree.ts';

/** A step of a path: a key, an index, or every element of an array. */
type Step = string | number | typeof EVERY;
const EVERY = Symbol('every element');

/**
 * What a path such as `$.a.b[0]`, `$['a']` or `$.a[*].b` leads to in a JSON text: strings without quotes, the rest as JSON; several matches
 * as an array. Null when the text is no JSON or nothing is there.
 */
export function jsonAt(text: string, path: string): string | null {
  const steps = stepsOf(path);
  if (steps === null) return null;
  const root = parsed(text);
  if (root === undefined) return null;
  const found = matchesOf(root.value, steps, 0, 'raw');
  return found.length === 0 ? null : found.join('');
}

/** The JSON in a text, undefined when there is none. */
export function parsed(text: string): { readonly value: Json } | undefined {
  try {
    return parseJson(text, { controlCharacters: true });
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const STEP = /\.([^.[*][^.[]*)|\[(\d+)\]|\['([^']+)'\]|(\[\*\])/y;
const kept = new Map<string, readonly Step[] | null>();

function stepsOf(path: string): readonly Step[] | null {
  let steps = kept.get(path);
  if (steps === undefined) {
    steps = readSteps(path);
    if (kept.size >= 1_000) kept.clear();
    kept.set(path, steps);
  }
  return steps;
}

function readSteps(path: string): Step[] | null {
  if (!path.startsWith('$')) return null;
  const steps: Step[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < path.length) {
    const match = STEP.exec(path);
    if (match === null) return null;
    const [, name, index, quoted, every] = match;
    steps.push(every !== undefined ? EVERY : index !== undefined ? Number(index) : (name ?? quoted));
  }
  return steps;
}

/** How a match is written: a lone string raw, else as JSON; `flat` adds the elements of an array to the matches. */
type Style = 'raw' | 'quoted' | 'flat';

function matchesOf(json: Json, steps: readonly Step[], at: number, style: Style): string[] {
  if (at === steps.length) {
    if (style === 'flat' && json instanceof JsonArray)
      return json.items.flatMap((item) => matchesOf(item, steps, at, style));
    return [style === 'raw' && typeof json === 'string' ? json : jsonText(json)];
  }
  const step = steps[at];
  if (typeof step === 'string') return json instanceof JsonObject ? ofKey(json, step, steps, at, style) : [];
  if (!(json instanceof JsonArray)) return [];
  if (typeof step === 'number') {
    if (step >= json.items.length) return [];
    return matchesOf(json.items[step], steps, at + 1, steps[at + 1] === EVERY ? 'quoted' : style);
  }
  if (steps[at + 1] === EVERY) return listed(json.items.flatMap((item) => matchesOf(item, steps, at + 2, 'flat')));
  const within = json.items.flatMap((item) => matchesOf(item, steps, at + 1, style === 'flat' ? 'flat' : 'quoted'));
  // A lone match stands without brackets, unless a list was asked for before.
  return within.length === 1 && style !== 'quoted' ? within : listed(within);
}

const listed = (matches: readonly string[]): string[] => (matches.length === 0 ? [] : [`[${matches.join(',')}]`]);

/** Of several values under one key the first that leads on counts. */
function ofKey(object: JsonObject, key: string, steps: readonly Step[], at: number, style: Style): string[] {
  for (const [name, value] of object.entries) {
    if (name !== key || value === null) continue;
    const found = matchesOf(value, steps, at + 1, style);
    if (found.length > 0) return found;
  }
  return [];
}

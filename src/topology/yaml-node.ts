import type { Located, Span } from '../core/diagnostic.ts';

/** A YAML value with its place. Aliases are resolved, tags and comments gone. */
export type YamlNode = YamlScalar | YamlList | YamlMap;

export interface YamlScalar {
  readonly kind: 'scalar';
  /** The value as YAML's core schema reads it. */
  readonly value: string | number | boolean | null;
  /** The value as the user wrote it, without quotes. */
  readonly text: string;
  readonly span: Span;
  /** The text came in part from the environment or a file, so YAML did not see its type. */
  readonly interpolated: boolean;
  /** The text came from a file named by `${file:…}`; it is never printed. */
  readonly secret: boolean;
}

export interface YamlList {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
  /** Written as `[a, b]`. */
  readonly flow: boolean;
  readonly span: Span;
}

export interface YamlMap {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, YamlEntry>;
  readonly span: Span;
}

export interface YamlEntry {
  readonly key: Located<string>;
  readonly value: YamlNode;
}

export type YamlPath = readonly (string | number)[];

/** What validation reads: the node as plain JavaScript values. */
export function plain(node: YamlNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(plain);
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plain(entry.value)]));
  }
}

/** The value under the key; null where there is no such key, or no map. */
export function child(node: YamlNode | null, key: string): YamlNode | null {
  return node?.kind === 'map' ? (node.entries.get(key)?.value ?? null) : null;
}

/** The entries of a map in the file's order; none for anything else. */
export function entriesOf(node: YamlNode | null): readonly YamlEntry[] {
  return node?.kind === 'map' ? [...node.entries.values()] : [];
}

export function nodeAt(root: YamlNode, path: YamlPath): YamlNode | null {
  let node: YamlNode | null = root;
  for (const step of path) {
    if (node?.kind === 'list') node = node.items[Number(step)] ?? null;
    else node = child(node, String(step));
  }
  return node;
}

/** Where the key that the path ends in stands; for a list item the item; for the root, or what is not there, the nearest key above. */
export function keySpanAt(root: YamlNode, path: YamlPath): Span {
  for (let length = path.length; length > 0; length--) {
    const parent = nodeAt(root, path.slice(0, length - 1));
    const step = path[length - 1];
    if (parent?.kind === 'map' && parent.entries.has(String(step))) return parent.entries.get(String(step))!.key.span;
    if (parent?.kind === 'list' && parent.items[Number(step)]) return parent.items[Number(step)].span;
  }
  return { ...root.span, end: root.span.start, verbatim: false };
}

/** The scalar's text with its place. */
export const located = (scalar: YamlScalar): Located<string> => ({ value: scalar.text, span: scalar.span });

/** The name of the node's kind in a sentence. */
export function kindName(node: YamlNode): string {
  if (node.kind !== 'scalar') return node.kind === 'list' ? 'a list' : 'a map';
  if (node.value === null) return 'nothing';
  if (typeof node.value === 'string') return 'a text';
  return typeof node.value === 'number' ? 'a number' : 'true or false';
}

export const isScalar = (node: YamlNode | null): node is YamlScalar => node?.kind === 'scalar';

/** The text of a scalar as it stands in the file; null when there is none. */
export const textOf = (node: YamlNode | null): Located<string> | null => (isScalar(node) ? located(node) : null);

/** What a scalar is to YAML; null when there is none. */
export const valueOf = (node: YamlNode | null): unknown => (isScalar(node) ? node.value : null);

import { z } from 'zod';
import { closest } from '../core/diagnostic.ts';
import type { Diagnostics, Span } from '../core/diagnostic.ts';
import { describeIssue } from './shape-issue.ts';
import { later } from './shape.ts';
import { plain } from './yaml-node.ts';
import type { YamlEntry, YamlMap, YamlNode, YamlPath } from './yaml-node.ts';

export interface CheckedShape {
  /** The file without its unknown keys; interpolated scalars have the type that their place asks for. */
  readonly root: YamlNode;
  /** False where the node at the path, or anything below it, has not the shape it should have. */
  isSound(path: YamlPath): boolean;
  /** False where the node at the path is missing, misspelt or of the wrong kind, so that nothing is known of what should be in it. */
  isReadable(path: YamlPath): boolean;
}

/** What the place at the path is about, e.g. "view `counts`"; empty when the place says enough. */
export type SubjectOf = (path: YamlPath) => string;

/**
 * Holds a YAML tree against a zod schema. Every key and value that does not fit becomes a diagnostic at its place: unknown keys with the
 * nearest known one, keys and values of a later version as such, everything else as zod finds it.
 */
export function checkShape(
  schema: z.ZodType,
  tree: YamlNode,
  diagnostics: Diagnostics,
  subjectOf: SubjectOf,
): CheckedShape {
  const unsound: YamlPath[] = [];
  const fitted = new Fitter(diagnostics, subjectOf, unsound).fit(schema, tree, []);
  const result = schema.safeParse(plain(fitted));
  for (const issue of result.error?.issues ?? []) {
    const path = issue.path as (string | number)[];
    if (unsound.some((known) => isBelow(path, known))) continue;
    unsound.push(path);
    const complaint = describeIssue(issue, fitted);
    if (!alreadyReported(complaint.span, diagnostics)) {
      const { code, span, message, remedy } = complaint;
      diagnostics.error(code, span, message, remedy, subjectOf(path));
    }
  }
  return {
    root: fitted,
    isSound: (path) => !unsound.some((place) => isBelow(place, path) || isBelow(path, place)),
    isReadable: (path) => !unsound.some((place) => isBelow(path, place)),
  };
}

/** True when `path` is `ancestor` or lies below it. */
const isBelow = (path: YamlPath, ancestor: YamlPath): boolean =>
  ancestor.every((step, i) => String(path[i]) === String(step));

/** A value that could not be interpolated is wrong already; that it then does not fit either is no news. */
const alreadyReported = (span: Span, diagnostics: Diagnostics): boolean =>
  diagnostics.all.some(
    (d) => d.severity === 'error' && d.span.start >= span.start && d.span.end <= span.end && d.span.file === span.file,
  );

/** Walks schema and tree side by side; what has no counterpart in the schema is left to zod. */
class Fitter {
  readonly #diagnostics: Diagnostics;
  readonly #subjectOf: SubjectOf;
  readonly #unsound: YamlPath[];

  constructor(diagnostics: Diagnostics, subjectOf: SubjectOf, unsound: YamlPath[]) {
    this.#diagnostics = diagnostics;
    this.#subjectOf = subjectOf;
    this.#unsound = unsound;
  }

  fit(schema: z.core.$ZodType, node: YamlNode, path: YamlPath): YamlNode {
    if (schema instanceof z.ZodOptional) return this.fit(schema.def.innerType, node, path);
    if (schema instanceof z.ZodUnion) return this.fit(branchFor(schema, node), node, path);
    if (schema instanceof z.ZodObject && node.kind === 'map') return this.#object(schema, node, path);
    if (schema instanceof z.ZodRecord && node.kind === 'map') {
      return this.#entries(node, (entry, key) => this.fit(schema.def.valueType, entry.value, [...path, key]));
    }
    if (schema instanceof z.ZodArray && node.kind === 'list') {
      return { ...node, items: node.items.map((item, i) => this.fit(schema.def.element, item, [...path, i])) };
    }
    if (schema instanceof z.ZodEnum) this.#refuseLaterValue(schema, node, path);
    return typed(schema, node);
  }

  #object(schema: z.ZodObject, node: YamlMap, path: YamlPath): YamlNode {
    const known = Object.keys(schema.shape);
    return this.#entries(node, (entry, key) => {
      if (Object.hasOwn(schema.shape, key)) return this.fit(schema.shape[key], entry.value, [...path, key]);
      this.#refuseKey(entry, known, later.get(schema)?.names ?? [], [...path, key]);
      return null;
    });
  }

  #entries(node: YamlMap, change: (entry: YamlEntry, key: string) => YamlNode | null): YamlNode {
    const entries = new Map<string, YamlEntry>();
    for (const [key, entry] of node.entries) {
      const value = change(entry, key);
      if (value !== null) entries.set(key, { key: entry.key, value });
    }
    return { ...node, entries };
  }

  #refuseKey(entry: YamlEntry, known: readonly string[], laterKeys: readonly string[], path: YamlPath): void {
    const { value: key, span } = entry.key;
    if (laterKeys.includes(key)) return this.#refuseLater(span, key, path);
    const near = closest(key, [...known, ...laterKeys]);
    if (near !== null) this.#unsound.push([...path.slice(0, -1), near]);
    this.#diagnostics.error(
      'MILLRACE_UNKNOWN_KEY',
      span,
      `there is no key \`${key}\` here`,
      `${near === null ? '' : `did you mean \`${near}\`? `}known keys: ${known.join(', ')}`,
      this.#subjectOf(path),
    );
  }

  #refuseLaterValue(schema: z.ZodEnum, node: YamlNode, path: YamlPath): void {
    const names = later.get(schema)?.names ?? [];
    if (node.kind !== 'scalar' || !names.includes(node.text)) return;
    this.#unsound.push(path);
    this.#refuseLater(node.span, node.text, path);
  }

  #refuseLater(span: Span, what: string, path: YamlPath): void {
    const remedy = 'remove it; a later version will have it';
    this.#diagnostics.error(
      'MILLRACE_NOT_AVAILABLE',
      span,
      `\`${what}\` is not available in this version`,
      remedy,
      this.#subjectOf(path),
    );
  }
}

/** The branch of a union that is meant: the one of the node's kind, preferring scalars that need no change. */
function branchFor(schema: z.ZodUnion, node: YamlNode): z.core.$ZodType {
  const options = schema.options as readonly z.core.$ZodType[];
  const meant = options.find((option) => {
    if (option instanceof z.ZodUnion) return node.kind === 'scalar';
    if (option instanceof z.ZodObject || option instanceof z.ZodRecord) return node.kind === 'map';
    if (option instanceof z.ZodArray) return node.kind === 'list';
    return (
      node.kind === 'scalar' && (!node.interpolated || typed(option, node) !== node || option instanceof z.ZodString)
    );
  });
  return meant ?? options[0];
}

/** An interpolated scalar as the number or boolean that its place asks for, if its text is one. */
function typed(schema: z.core.$ZodType, node: YamlNode): YamlNode {
  if (node.kind !== 'scalar' || !node.interpolated) return node;
  const takesNumber = schema instanceof z.ZodNumber;
  if (takesNumber && node.text.trim() !== '' && Number.isFinite(Number(node.text))) {
    return { ...node, value: Number(node.text) };
  }
  const takesBoolean =
    schema instanceof z.ZodBoolean || (schema instanceof z.ZodLiteral && schema.def.values.includes(true));
  if (takesBoolean && (node.text === 'true' || node.text === 'false')) return { ...node, value: node.text === 'true' };
  return node;
}

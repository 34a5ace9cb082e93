import { z } from 'zod';
import { topologyShape } from './shape.ts';

/**
 * Fills the tables of keys in a Markdown page. A line `<!-- keys: sources.* -->` is followed by a table of all keys that a map at this
 * path of a topology may have, up to `<!-- end -->`; `*` stands for any name, `[]` for an entry of a list, and `.` for the file itself.
 */
export function withKeyTables(page: string): string {
  const root = z.toJSONSchema(topologyShape, { target: 'draft-7' }) as JsonSchema;
  return page.replace(PLACE, (_, head: string, path: string, end: string) => {
    const found = path === '.' ? root : path.split('.').reduce<JsonSchema | undefined>(stepInto, root);
    const table = found === undefined ? null : tableOf(found);
    if (table === null) throw new Error(`topologies have no map at ${path}`);
    return `${head}\n\n${table}\n\n${end}`;
  });
}

/** The tables of every map with fixed keys in a topology, each once. */
export function allKeyTables(): Set<string> {
  const tables = new Set<string>();
  const visit = (schema: JsonSchema): void => {
    const table = tableOf(schema);
    if (table !== null) tables.add(table);
    for (const inner of innerSchemas(schema)) visit(inner);
  };
  visit(z.toJSONSchema(topologyShape, { target: 'draft-7' }) as JsonSchema);
  return tables;
}

const PLACE = /(<!-- keys: (\S+) -->)[^]*?(<!-- end -->)/g;

/** As much of JSON Schema as the shape of a topology becomes. */
interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | false;
}

const choicesOf = (schema: JsonSchema): readonly JsonSchema[] => schema.anyOf?.flatMap(choicesOf) ?? [schema];

const innerSchemas = (schema: JsonSchema): JsonSchema[] =>
  choicesOf(schema).flatMap(({ items, properties, additionalProperties }) => [
    ...(items === undefined ? [] : [items]),
    ...Object.values(properties ?? {}),
    ...(typeof additionalProperties === 'object' ? [additionalProperties] : []),
  ]);

function stepInto(schema: JsonSchema | undefined, part: string): JsonSchema | undefined {
  for (const choice of schema === undefined ? [] : choicesOf(schema)) {
    const { items, properties, additionalProperties } = choice;
    if (part === '[]' && items !== undefined) return items;
    if (part === '*' && typeof additionalProperties === 'object') return additionalProperties;
    if (properties !== undefined && Object.hasOwn(properties, part)) return properties[part];
  }
  return undefined;
}

/** Null for what has no fixed keys. */
function tableOf(schema: JsonSchema): string | null {
  const map = choicesOf(schema).find(({ properties }) => properties !== undefined);
  if (map === undefined) return null;
  const rows = Object.entries(map.properties ?? {}).map(([key, value]) => {
    const [, meaning, fallback = ''] = DESCRIPTION.exec(value.description ?? '')!;
    const absent = map.required?.includes(key) === true ? '*needed*' : fallback;
    return `| \`${key}\` | ${valuesOf(value).join(' or ')} | ${escaped(meaning)} | ${escaped(absent)} |`;
  });
  return `| Key | Value | Meaning | Default |\n| --- | --- | --- | --- |\n${rows.join('\n')}`;
}

const DESCRIPTION = /^(.*?)(?: ?Default: (.+)\.)?$/;

const escaped = (text: string): string => text.replaceAll('|', '\\|');

/** What may be written, in words. */
function valuesOf(schema: JsonSchema): string[] {
  const kinds = choicesOf(schema).flatMap((choice): string[] => {
    if (choice.const !== undefined) return [`\`${String(choice.const)}\``];
    if (choice.enum !== undefined) return choice.enum.map((value) => `\`${String(value)}\``);
    if (choice.type === 'array') return [choice.items?.properties === undefined ? 'list' : 'list of maps'];
    return [choice.type ?? ''].flat().map((type) => WORDS[type] ?? 'any');
  });
  // An expression may be `1` or `true`, which is a text to us.
  const distinct = [...new Set(kinds)];
  const isText = distinct.includes('text') && distinct.includes(WORDS['number']) && distinct.includes(WORDS['boolean']);
  return isText ? distinct.filter((kind) => kind !== WORDS['number'] && kind !== WORDS['boolean']) : distinct;
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  integer: 'whole number',
  boolean: '`true` or `false`',
  object: 'map',
};

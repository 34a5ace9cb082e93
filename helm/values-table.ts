import { isMap, isScalar, parseDocument } from 'yaml';
import type { Document, Node, Pair, YAMLMap } from 'yaml';

/** A value of the chart that has a comment: its name, its default and what it is for. */
interface Row {
  readonly name: string;
  readonly value: unknown;
  readonly text: string;
}

/** The values of values.yaml as a table in Markdown. A value without a comment is a group of others; it throws where it is not. */
export function valuesTable(text: string): string {
  const document = parseDocument(text);
  const { contents } = document;
  if (!isMap(contents)) throw new TypeError('values.yaml is not a map');
  const rows = rowsOf(document, contents, '').map(
    ({ name, value, text: about }) =>
      `| \`${name}\` | \`${JSON.stringify(value)}\` | ${about.replaceAll('|', '\\|')} |`,
  );
  return ['| Value | Default | Meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function rowsOf(document: Document, map: YAMLMap, prefix: string): Row[] {
  return map.items.flatMap((pair, index) => {
    const { key, value } = pair as Pair<Node, Node | null>;
    if (!isScalar(key)) throw new TypeError(`a key of ${prefix || 'values.yaml'} is no text`);
    const name = `${prefix}${String(key.value)}`;
    // The comment above the first key of a map is the map's.
    const comment = key.commentBefore ?? (index === 0 ? map.commentBefore : null) ?? '';
    if (comment !== '') return [{ name, value: value?.toJS(document), text: paragraph(comment) }];
    if (!isMap(value)) throw new TypeError(`${name} has no comment`);
    return rowsOf(document, value, `${name}.`);
  });
}

const paragraph = (comment: string): string =>
  comment
    .split('\n')
    .map((line) => line.trim())
    .join(' ');

import type { Diagnostics, Located } from '../core/diagnostic.ts';
import { spanWithin } from '../core/diagnostic.ts';
import { parseDuration } from '../core/duration.ts';
import type { Schema } from '../core/types.ts';
import { parseSchema } from '../sql/sql.ts';
import type { CheckedShape } from './check-shape.ts';
import { reportSplitItems } from './flow-list.ts';
import type {
  FeedSpec,
  OutputMode,
  SinkSpec,
  SourceSpec,
  TopologySpec,
  TriggerSpec,
  ValueSpec,
  ViewSpec,
} from './spec.ts';
import { readSettings } from './settings.ts';
import { child, entriesOf, located } from './yaml-node.ts';
import type { YamlEntry, YamlNode, YamlPath, YamlScalar } from './yaml-node.ts';

/** What could be read of a topology; `broken` names the sources and views that exist but have errors. */
export interface TopologyDraft extends Omit<TopologySpec, 'name'> {
  readonly name: Located<string> | null;
  /** Every key under sources, views and sinks, broken or not, in the file's order. */
  readonly declared: readonly { readonly kind: 'source' | 'view' | 'sink'; readonly name: Located<string> }[];
  readonly broken: ReadonlySet<string>;
  /** False when the sources or views as a whole could not be read, so that what they declare is not known. */
  readonly isComplete: boolean;
}

/** Turns a tree of the right shape into the spec: defaults filled in, durations and schemas parsed. */
export class SpecReader {
  readonly #file: string;
  readonly #text: string;
  readonly #shape: CheckedShape;
  readonly #diagnostics: Diagnostics;
  readonly #broken = new Set<string>();

  constructor(file: string, text: string, shape: CheckedShape, diagnostics: Diagnostics) {
    this.#file = file;
    this.#text = text;
    this.#shape = shape;
    this.#diagnostics = diagnostics;
  }

  read(): TopologyDraft {
    const { root } = this.#shape;
    const sources = this.#section('sources', (entry) => this.#source(entry));
    const views = this.#section('views', (entry) => this.#view(entry));
    const sinks = this.#section('sinks', (entry) => this.#sink(entry));
    return {
      file: this.#file,
      name: textOf(child(root, 'name')),
      sources,
      views,
      sinks,
      trigger: this.#shape.isSound(['trigger']) ? triggerOf(child(root, 'trigger')) : { kind: 'default' },
      settings: readSettings(child(root, 'settings')),
      feeds: this.#feeds(child(child(root, 'dev'), 'feed')),
      declared: [
        ...entriesOf(child(root, 'sources')).map(({ key }) => ({ kind: 'source' as const, name: key })),
        ...entriesOf(child(root, 'views')).map(({ key }) => ({ kind: 'view' as const, name: key })),
        ...entriesOf(child(root, 'sinks')).map(({ key }) => ({ kind: 'sink' as const, name: key })),
      ],
      broken: this.#broken,
      isComplete: this.#shape.isReadable(['sources']) && this.#shape.isReadable(['views']),
    };
  }

  #section<T>(section: 'sources' | 'views' | 'sinks', read: (entry: YamlEntry) => T | null): T[] {
    return entriesOf(child(this.#shape.root, section)).flatMap((entry) => {
      const value = this.#shape.isSound([section, entry.key.value]) ? read(entry) : null;
      // Nothing reads a sink, and a view may have its name.
      if (value === null && section !== 'sinks') this.#broken.add(entry.key.value);
      return value === null ? [] : [value];
    });
  }

  #source({ key: name, value: node }: YamlEntry): SourceSpec | null {
    const subject = `source \`${name.value}\``;
    const value = this.#sourceValue(child(node, 'value')!, subject);
    const keyText = textOf(child(node, 'key'));
    const key = keyText === null ? null : this.#schema(keyText);
    if (value === null || (keyText !== null && key === null)) return null;
    const partitionedBy = child(node, 'partitionedBy');
    return {
      name,
      topic: textOf(child(node, 'topic'))!,
      value,
      key,
      startingOffsets: (textOf(child(node, 'startingOffsets')) ?? {
        value: 'earliest',
        span: name.span,
      }) as SourceSpec['startingOffsets'],
      partitionedBy: partitionedBy === null ? null : { value: textsOf(partitionedBy), span: partitionedBy.span },
    };
  }

  #sourceValue(node: YamlNode, subject: string): ValueSpec | null {
    const format = textOf(child(node, 'format'))!;
    const schemaText = textOf(child(node, 'schema'));
    if (format.value === 'text') {
      if (schemaText === null) return { format: 'text', span: node.span };
      this.#diagnostics.error(
        'MILLRACE_CONFLICTING_KEYS',
        schemaText.span,
        '`schema` has no meaning with `format: text`, whose columns are fixed',
        'remove it, or write `format: json`',
        subject,
      );
      return null;
    }
    if (schemaText === null) {
      this.#diagnostics.error(
        'MILLRACE_MISSING_KEY',
        format.span,
        '`format: json` needs the columns to read',
        'add `schema: "name type, …"`, e.g. "articleId string, ts timestamp"',
        subject,
      );
      return null;
    }
    const schema = this.#schema(schemaText);
    return schema === null ? null : { format: 'json', schema, span: node.span };
  }

  #schema(ddl: Located<string>): Located<Schema> | null {
    const schema = parseSchema(ddl, this.#diagnostics);
    return schema === null ? null : { value: schema, span: ddl.span };
  }

  #view({ key: name, value: node }: YamlEntry): ViewSpec | null {
    const subject = `view \`${name.value}\``;
    const from = this.#from(textOf(child(node, 'from'))!, subject);
    const groupBy = this.#items(child(node, 'groupBy'), subject);
    const aggregate = this.#items(child(node, 'aggregate'), subject);
    const select = this.#items(child(node, 'select'), subject);
    const having = textOf(child(node, 'having'));
    if (from === null || groupBy === 'broken' || aggregate === 'broken' || select === 'broken') return null;
    const grouped = groupBy !== null && groupBy.length > 0;
    if (grouped && aggregate === null && select === null) {
      const message = 'groupBy says how rows are grouped, but nothing says what comes out of a group';
      const remedy = 'add `aggregate: count(*) as n`, or a select with aggregates';
      this.#diagnostics.error('MILLRACE_MISSING_KEY', child(node, 'groupBy')!.span, message, remedy, subject);
      return null;
    }
    if (having !== null && !grouped && aggregate === null) {
      const message = 'having filters groups, and this view has none';
      this.#diagnostics.error(
        'MILLRACE_CONFLICTING_KEYS',
        having.span,
        message,
        'use `where`, or add groupBy',
        subject,
      );
      return null;
    }
    return {
      name,
      from: from.name,
      alias: from.alias,
      where: textOf(child(node, 'where')),
      groupBy: grouped ? groupBy : null,
      aggregate,
      having,
      select,
      repartition: (textOf(child(node, 'repartition'))?.value ?? 'allow') as ViewSpec['repartition'],
    };
  }

  #from(text: Located<string>, subject: string): { name: Located<string>; alias: string } | null {
    const match = /^(\s*)([A-Za-z_][\w-]*)(?:\s+as\s+([A-Za-z_]\w*))?\s*$/i.exec(text.value);
    if (match === null) {
      const message = `\`${text.value}\` is not the name of one source or view`;
      const remedy = 'write a name, or `name as alias`';
      this.#diagnostics.error('MILLRACE_INVALID_VALUE', text.span, message, remedy, subject);
      return null;
    }
    const [, indent, name, alias] = match;
    return { name: { value: name, span: spanWithin(text.span, indent.length, name.length) }, alias: alias ?? name };
  }

  #sink({ key: name, value: node }: YamlEntry): SinkSpec | null {
    const subject = `sink \`${name.value}\``;
    const value = child(node, 'value');
    const select = this.#items(child(value, 'select'), subject);
    if (select === 'broken') return null;
    const topic = textOf(child(node, 'topic'));
    const console = child(node, 'console');
    const from = textOf(child(node, 'from'))!;
    const outputMode = (textOf(child(node, 'outputMode')) ?? {
      value: 'append',
      span: name.span,
    }) as Located<OutputMode>;
    if (console !== null) {
      const other = ['topic', 'key', 'value'].find((key) => child(node, key) !== null);
      if (other !== undefined) {
        const message = `\`${other}\` belongs to a sink that writes a topic, and this one prints to the console`;
        const span = child(node, other)!.span;
        this.#diagnostics.error('MILLRACE_CONFLICTING_KEYS', span, message, 'make it two sinks', subject);
        return null;
      }
      return { name, from, outputMode, target: { kind: 'console', ...consoleOptions(console), span: console.span } };
    }
    if (topic === null) {
      const remedy = 'add `topic: …` or `console: true`';
      this.#diagnostics.error('MILLRACE_MISSING_KEY', name.span, 'nothing says where the rows go', remedy, subject);
      return null;
    }
    const key = child(node, 'key');
    const format = (textOf(child(value, 'format'))?.value ?? 'json') as 'json' | 'text';
    return {
      name,
      from,
      outputMode,
      target: { kind: 'kafka', topic, key: key === null ? null : textsOf(key), format, select, span: node.span },
    };
  }

  #items(node: YamlNode | null, subject: string): Located<string>[] | null | 'broken' {
    if (node === null) return null;
    if (node.kind === 'list' && reportSplitItems(node, this.#text, this.#diagnostics, subject)) return 'broken';
    return textsOf(node);
  }

  #feeds(node: YamlNode | null): FeedSpec[] {
    return entriesOf(node).flatMap(({ key: source, value }) => {
      const path: YamlPath = ['dev', 'feed', source.value];
      if (!this.#shape.isSound(path)) return [];
      return {
        source,
        file: textOf(child(value, 'file'))!,
        rowsPerSecond: numberOf(child(value, 'rowsPerSecond'), 10),
        loop: valueOf(child(value, 'loop')) === true,
        key: textOf(child(value, 'key')),
      };
    });
  }
}

const DEFAULT_ROWS = 20;
const DEFAULT_TRUNCATE = 20;

function consoleOptions(node: YamlNode): { numRows: number; truncate: number } {
  const truncate = valueOf(child(node, 'truncate'));
  return {
    numRows: numberOf(child(node, 'numRows'), DEFAULT_ROWS),
    truncate: truncate === false ? 0 : typeof truncate === 'number' ? truncate : DEFAULT_TRUNCATE,
  };
}

function triggerOf(node: YamlNode | null): TriggerSpec {
  const interval = textOf(child(node, 'processingTime'));
  if (interval !== null) return { kind: 'interval', intervalMs: parseDuration(interval.value)! };
  return textOf(node)?.value === 'availableNow' ? { kind: 'availableNow' } : { kind: 'default' };
}

const isScalar = (node: YamlNode | null): node is YamlScalar => node?.kind === 'scalar';

const textOf = (node: YamlNode | null): Located<string> | null => (isScalar(node) ? located(node) : null);

const textsOf = (node: YamlNode): Located<string>[] =>
  node.kind === 'list' ? node.items.filter(isScalar).map(located) : isScalar(node) ? [located(node)] : [];

const valueOf = (node: YamlNode | null): unknown => (isScalar(node) ? node.value : null);

function numberOf(node: YamlNode | null, fallback: number): number {
  const value = valueOf(node);
  return typeof value === 'number' ? value : fallback;
}

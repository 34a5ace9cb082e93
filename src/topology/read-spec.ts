import type { Diagnostics, Located } from '../core/diagnostic.ts';
import { spanWithin } from '../core/diagnostic.ts';
import { parseDuration } from '../core/duration.ts';
import { FAIL, type ErrorPolicy } from '../core/error-policy.ts';
import type { Format } from '../core/format.ts';
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
  WatermarkSpec,
} from './spec.ts';
import { csvFormat, jsonFormat, optionsFit, writtenFormat } from './read-format.ts';
import { readTests, testScope } from './read-tests.ts';
import { readSettings } from './settings.ts';
import { child, entriesOf, isScalar, located, textOf, valueOf } from './yaml-node.ts';
import type { YamlEntry, YamlNode, YamlPath } from './yaml-node.ts';

export interface Declaration {
  readonly kind: 'source' | 'view' | 'stream of late rows' | 'sink';
  readonly name: Located<string>;
}

/** What could be read of a topology; `broken` names the sources and views that exist but have errors. */
export interface TopologyDraft extends Omit<TopologySpec, 'name'> {
  readonly name: Located<string> | null;
  /** Every key under sources, views and sinks, broken or not, in the file's order, and every stream of late rows. */
  readonly declared: readonly Declaration[];
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
    const declared = declarationsIn(root);
    return {
      file: this.#file,
      name: textOf(child(root, 'name')),
      sources,
      views,
      sinks,
      trigger: this.#shape.isSound(['trigger']) ? triggerOf(child(root, 'trigger')) : { kind: 'default' },
      settings: readSettings(child(root, 'settings')),
      feeds: this.#feeds(child(child(root, 'dev'), 'feed')),
      tests: readTests(this.#shape, testScope(declared, sources, sinks), this.#diagnostics),
      declared,
      broken: this.#broken,
      isComplete: this.#shape.isReadable(['sources']) && this.#shape.isReadable(['views']),
    };
  }

  #section<T>(section: 'sources' | 'views' | 'sinks', read: (entry: YamlEntry) => T | null): T[] {
    return entriesOf(child(this.#shape.root, section)).flatMap((entry) => {
      const value = this.#shape.isSound([section, entry.key.value]) ? read(entry) : null;
      // Nothing reads a sink, and a view may have its name.
      if (value === null && section !== 'sinks') {
        this.#broken.add(entry.key.value);
        const late = textOf(child(entry.value, 'lateRows'));
        if (late !== null) this.#broken.add(late.value);
      }
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
      watermark: watermarkOf(child(node, 'watermark')),
      onError: this.#onError(node, name),
    };
  }

  #sourceValue(node: YamlNode, subject: string): ValueSpec | null {
    const format = textOf(child(node, 'format'))!;
    const schemaText = textOf(child(node, 'schema'));
    if (!optionsFit(node, format.value as Format['name'], this.#diagnostics, subject)) return null;
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
        `\`format: ${format.value}\` needs the columns to read`,
        'add `schema: "name type, …"`, e.g. "articleId string, ts timestamp"',
        subject,
      );
      return null;
    }
    const schema = this.#schema(schemaText);
    if (schema === null) return null;
    const options = child(node, 'options');
    if (format.value === 'json') return { format: 'json', json: jsonFormat(options), schema, span: node.span };
    return { format: 'csv', csv: csvFormat(options, 'reading'), schema, span: node.span };
  }

  /** The error policy of a source, view or sink: its own, else the topology's. */
  #onError(node: YamlNode, name: Located<string>): Located<ErrorPolicy> {
    const { root } = this.#shape;
    const common = this.#shape.isSound(['onError']) ? child(root, 'onError') : null;
    const policy = child(node, 'onError') ?? common;
    return policy === null ? { value: FAIL, span: name.span } : errorPolicyOf(policy);
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
    const misplaced = GROUPED_KEYS.find((key) => child(node, key) !== null);
    if (misplaced !== undefined && !grouped && aggregate === null) {
      const message = `\`${misplaced}\` is about groups, and this view has none`;
      const { span } = child(node, misplaced)!;
      this.#diagnostics.error('MILLRACE_CONFLICTING_KEYS', span, message, 'remove it, or add groupBy', subject);
      return null;
    }
    const closeIdle = textOf(child(child(node, 'close'), 'idle'));
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
      emit: (textOf(child(node, 'emit')) ?? { value: 'changes', span: name.span }) as ViewSpec['emit'],
      closeIdleMs: closeIdle === null ? null : { value: parseDuration(closeIdle.value)!, span: closeIdle.span },
      lateRows: textOf(child(node, 'lateRows')),
      compression: (textOf(child(node, 'compression'))?.value ?? 'none') as ViewSpec['compression'],
      onError: this.#onError(node, name),
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
      const other = ['topic', 'key', 'value', 'onError'].find((key) => child(node, key) !== null);
      if (other !== undefined) {
        const message = `\`${other}\` belongs to a sink that writes a topic, and this one prints to the console`;
        const span = child(node, other)!.span;
        this.#diagnostics.error('MILLRACE_CONFLICTING_KEYS', span, message, 'make it two sinks', subject);
        return null;
      }
      const target = { kind: 'console' as const, ...consoleOptions(console), span: console.span };
      return { name, from, outputMode, target, onError: { value: FAIL, span: name.span } };
    }
    if (topic === null) {
      const remedy = 'add `topic: …` or `console: true`';
      this.#diagnostics.error('MILLRACE_MISSING_KEY', name.span, 'nothing says where the rows go', remedy, subject);
      return null;
    }
    const key = child(node, 'key');
    const format = (textOf(child(value, 'format'))?.value ?? 'json') as Format['name'];
    if (!optionsFit(value, format, this.#diagnostics, subject)) return null;
    return {
      name,
      from,
      outputMode,
      target: {
        kind: 'kafka',
        topic,
        key: key === null ? null : textsOf(key),
        format: writtenFormat(format, child(value, 'options')),
        select,
        span: node.span,
      },
      onError: this.#onError(node, name),
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

function declarationsIn(root: YamlNode): Declaration[] {
  return [
    ...entriesOf(child(root, 'sources')).map(({ key }): Declaration => ({ kind: 'source', name: key })),
    ...entriesOf(child(root, 'views')).flatMap(({ key, value }): Declaration[] => {
      const late = textOf(child(value, 'lateRows'));
      const view: Declaration = { kind: 'view', name: key };
      return late === null ? [view] : [view, { kind: 'stream of late rows', name: late }];
    }),
    ...entriesOf(child(root, 'sinks')).map(({ key }): Declaration => ({ kind: 'sink', name: key })),
  ];
}

/** Keys of a view that mean something behind groupBy only. */
const GROUPED_KEYS = ['emit', 'close', 'lateRows', 'compression'];

const DEFAULT_IDLE_TIMEOUT = '30 seconds';

function watermarkOf(node: YamlNode | null): WatermarkSpec | null {
  if (node === null) return null;
  return {
    column: textOf(child(node, 'column'))!,
    delayUs: Math.round(parseDuration(textOf(child(node, 'delay'))!.value)! * 1_000),
    idleTimeoutMs: parseDuration(textOf(child(node, 'idleTimeout'))?.value ?? DEFAULT_IDLE_TIMEOUT)!,
  };
}

function errorPolicyOf(node: YamlNode): Located<ErrorPolicy> {
  const topic = textOf(child(node, 'topic'));
  if (topic !== null) return { value: { action: 'dlq', topic: topic.value }, span: topic.span };
  const action = textOf(child(node, 'action')) ?? textOf(node);
  return { value: action?.value === 'skip' ? { action: 'skip' } : FAIL, span: node.span };
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
  const continuous = textOf(child(node, 'continuous'));
  if (continuous !== null) return { kind: 'continuous', intervalMs: parseDuration(continuous.value)! };
  return { kind: (textOf(node)?.value ?? 'default') as 'default' | 'availableNow' | 'once' };
}

const textsOf = (node: YamlNode): Located<string>[] =>
  node.kind === 'list' ? node.items.filter(isScalar).map(located) : isScalar(node) ? [located(node)] : [];

function numberOf(node: YamlNode | null, fallback: number): number {
  const value = valueOf(node);
  return typeof value === 'number' ? value : fallback;
}

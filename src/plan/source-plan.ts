import type { Diagnostics, Located } from '../core/diagnostic.ts';
import { closest } from '../core/diagnostic.ts';
import type { Format } from '../core/format.ts';
import {
  arrayOf,
  BIGINT,
  BINARY,
  columnIndex,
  field,
  INT,
  STRING,
  structOf,
  TIMESTAMP,
  typeName,
  type Schema,
} from '../core/types.ts';
import type { SourceSpec, ValueSpec } from '../topology/spec.ts';
import { checkCsvColumns } from './csv-columns.ts';
import type { SourceEventTime, SourceInput, SourceLayout } from './physical-plan.ts';

const HEADERS = field('headers', arrayOf(structOf(field('key', STRING), field('value', BINARY))));

/** What Kafka says of a record, as columns: the names are Spark's. */
const METADATA: Schema = [
  field('topic', STRING),
  field('partition', INT),
  field('offset', BIGINT),
  field('timestamp', TIMESTAMP),
  HEADERS,
];

/** The columns of a source, by format: text has Spark's flat ones, the others put record metadata into one struct `_record`. */
export function planSource(spec: SourceSpec, diagnostics: Diagnostics): SourceInput {
  const { schema, layout } = sourceColumns(spec);
  if (spec.value.format === 'csv') {
    checkCsvColumns(spec.value.schema.value, spec.value.schema.span, diagnostics, `source \`${spec.name.value}\``);
  }
  const partitionColumn = declaredPartitioning(spec, schema, diagnostics);
  const eventTime = declaredEventTime(spec, schema, diagnostics);
  return {
    kind: 'source',
    source: spec.name.value,
    topic: spec.topic.value,
    startingOffsets: spec.startingOffsets.value,
    format: formatOf(spec.value),
    layout,
    // Every column until the plan knows better: `pruned` says which ones anything reads.
    needed: schema.map(() => true),
    partitionColumn,
    eventTime,
    onError: spec.onError.value,
    relation: {
      kind: 'stream',
      schema,
      qualifiers: [spec.name.value],
      partitioning: partitionColumn < 0 ? null : [partitionColumn],
      eventTimes: eventTime === null ? [] : [{ column: eventTime.column, kind: 'instant' }],
      neverFinal: null,
      key: null,
    },
  };
}

/** The source with only those of its columns decoded that are read, that its partitioning is checked by, or that holds event time. */
export const pruned = (input: SourceInput, used: ReadonlySet<number>): SourceInput => ({
  ...input,
  needed: input.relation.schema.map(
    (_, column) => used.has(column) || column === input.partitionColumn || column === input.eventTime?.column,
  ),
});

function formatOf(value: ValueSpec): Format {
  switch (value.format) {
    case 'text':
      return { name: 'text' };
    case 'json':
      return value.json;
    case 'csv':
      return value.csv;
  }
}

function sourceColumns(spec: SourceSpec): { schema: Schema; layout: SourceLayout } {
  if (spec.value.format === 'text') {
    const key = [field('key', STRING)];
    const value = [field('value', STRING)];
    return {
      schema: [...key, ...value, ...METADATA],
      layout: { key: { at: 0, schema: key }, value: { at: 1, schema: value }, metadata: { as: 'columns', at: 2 } },
    };
  }
  const value = spec.value.schema.value;
  const key = spec.key?.value ?? [];
  const record = field('_record', structOf(field('key', STRING), ...METADATA));
  return {
    schema: [...value, ...key, record],
    layout: {
      value: { at: 0, schema: value },
      key: key.length === 0 ? null : { at: value.length, schema: key },
      metadata: { as: 'struct', at: value.length + key.length },
    },
  };
}

function declaredPartitioning(spec: SourceSpec, schema: Schema, diagnostics: Diagnostics): number {
  const declared = spec.partitionedBy;
  if (declared === null) return -1;
  const subject = `source \`${spec.name.value}\``;
  if (declared.value.length !== 1) {
    diagnostics.error(
      'MILLRACE_PARTITIONED_BY',
      declared.span,
      'partitionedBy takes one column',
      'name the one column whose text is the record key; leave partitionedBy out for other keys',
      subject,
    );
    return -1;
  }
  return declaredColumn(declared.value[0], spec, schema, diagnostics);
}

/** What `watermark` declares; null when the source has none. */
function declaredEventTime(spec: SourceSpec, schema: Schema, diagnostics: Diagnostics): SourceEventTime | null {
  if (spec.watermark === null) return null;
  const { column: name, delayUs, idleTimeoutMs } = spec.watermark;
  const column = eventTimeColumn(name, spec, schema, diagnostics);
  // After a complaint the likeliest column stands in, so that no view complains that it has no event time.
  const assumed = column >= 0 ? column : schema.findIndex(({ type }) => type.kind === 'timestamp');
  return assumed < 0 ? null : { column: assumed, delayUs, idleTimeoutMs };
}

/** Position of the column; -1 after a complaint. */
function eventTimeColumn(column: Located<string>, spec: SourceSpec, schema: Schema, diagnostics: Diagnostics): number {
  const source = spec.name.value;
  const refuse = (code: string, message: string, remedy: string): -1 => {
    diagnostics.error(code, column.span, message, remedy, `source \`${source}\``);
    return -1;
  };
  if (column.value.includes('.')) {
    return refuse(
      'EVENT_TIME_MUST_BE_TOP_LEVEL_COLUMN',
      `the event time must be a column of \`${source}\`, \`${column.value}\` is a part of one`,
      'let the producer write the time into the value of the record',
    );
  }
  const index = declaredColumn(column, spec, schema, diagnostics);
  if (index < 0 || schema[index].type.kind === 'timestamp') return index;
  const { name, type } = schema[index];
  return refuse(
    'EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE',
    `the event time \`${name}\` must be a timestamp, this is ${typeName(type)}`,
    spec.value.format === 'text'
      ? 'choose `timestamp`, which is when the record was made'
      : `declare it as timestamp in the schema: "${name} timestamp"${type.kind === 'bigint' && spec.value.format === 'json' ? EPOCH_REMEDY : ''}`,
  );
}

const EPOCH_REMEDY = '; for milliseconds since 1970 add `options: { timestampFormat: epochMillis }` to its value';

/** Position of the column that the source names; -1 after a complaint when there is none. */
function declaredColumn(column: Located<string>, spec: SourceSpec, schema: Schema, diagnostics: Diagnostics): number {
  const index = columnIndex(schema, column.value);
  if (index >= 0) return index;
  const names = schema.map((c) => c.name);
  const guess = closest(column.value, names);
  diagnostics.error(
    'UNRESOLVED_COLUMN.WITH_SUGGESTION',
    column.span,
    `no column \`${column.value}\` in \`${spec.name.value}\``,
    `${guess === null ? 'choose one of its columns' : `did you mean \`${guess}\`?`} (${names.join(', ')})`,
    `source \`${spec.name.value}\``,
  );
  return -1;
}

import { z } from 'zod';
import { parseDuration } from '../core/duration.ts';

/**
 * The shape of a topology file, and the only description of it: validation, the JSON Schema for editors and the lists of known keys are
 * all made from here. A refinement's message may end in `; remedy`.
 */

/** Keys and values that a later version will know: they get an error of their own, so that nobody looks for a misspelling. */
export const later = z.registry<{ readonly names: readonly string[] }>();

const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const TOPIC = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/;
const TOPOLOGY_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

const name = z.string().regex(NAME, 'is not a legal name; start with a letter or _, then use letters, digits, _ and -');
const topic = z
  .string()
  .regex(TOPIC, 'is not a legal topic name; use at most 249 letters, digits, dots, _ and -')
  .describe('Name of the Kafka topic.');
const expression = z.union([z.string(), z.number(), z.boolean()]);
const expressions = z.union([
  expression,
  z.array(expression).min(1, 'is empty; name at least one item, or remove the key'),
]);
const columns = z.union([
  z.string(),
  z.array(z.string()).min(1, 'is empty; name at least one column, or remove the key'),
]);
const duration = z
  .string()
  .refine((text) => (parseDuration(text) ?? 0) > 0, 'is not a duration; write it like `5 seconds` or `200 ms`');

const ddl = z.string().describe('Columns as Spark DDL, e.g. "articleId string, ts timestamp".');

const sourceValue = z
  .strictObject({
    format: z
      .enum(['text', 'json'])
      .register(later, { names: ['csv', 'avro', 'protobuf'] })
      .describe(
        'text: the columns of Spark (key, value, topic, partition, offset, timestamp); json: one object a record.',
      ),
    schema: ddl.optional(),
  })
  .register(later, { names: ['subject', 'options', 'mode'] });

export const sourceShape = z
  .strictObject({
    topic,
    value: sourceValue.describe('How the value of a record is read.'),
    key: ddl.optional().describe('Column read from the record key, as Spark DDL, e.g. "articleId string".'),
    startingOffsets: z
      .enum(['earliest', 'latest'])
      .register(later, { names: ['timestamp'] })
      .optional()
      .describe('Where the first start begins to read. Default: earliest.'),
    partitionedBy: columns
      .optional()
      .describe(
        'The columns whose values the producer used as record key, with the murmur2 partitioner. Nothing is assumed without it.',
      ),
  })
  .register(later, {
    names: ['watermark', 'onError', 'idleTimeout', 'maxDrift', 'sensitive', 'file', 'socket', 'rate', 'endingOffsets'],
  });

export const viewShape = z
  .strictObject({
    from: z.string().describe('The source or view it reads, with an alias if wanted: `orders as o`.'),
    where: expression.optional().describe('Only rows for which this is true.'),
    groupBy: z
      .union([expression, z.array(expression)])
      .optional()
      .describe('What the rows are grouped by.'),
    aggregate: expressions.optional().describe('Aggregates of each group; without groupBy, of all rows.'),
    having: expression.optional().describe('Only groups for which this is true.'),
    select: expressions.optional().describe('The columns of the result; without it, all.'),
    repartition: z
      .enum(['allow', 'deny'])
      .optional()
      .describe('deny: refuse a plan that has to repartition before this view. Default: allow.'),
  })
  .register(later, {
    names: [
      'join',
      'process',
      'sql',
      'watermark',
      'window',
      'emit',
      'close',
      'onError',
      'union',
      'dropDuplicates',
      'distinct',
      'orderBy',
      'limit',
      'ttl',
      'compression',
    ],
  });

const sinkValue = z
  .strictObject({
    format: z
      .enum(['json', 'text'])
      .register(later, { names: ['csv', 'avro', 'protobuf'] })
      .optional()
      .describe('Default: json.'),
    select: expressions.optional().describe('The columns of the value; without it, all.'),
  })
  .register(later, { names: ['subject', 'schema', 'options'] });

const consoleOptions = z.strictObject({
  numRows: z.int().min(1).optional().describe('Rows shown of a batch. Default: 20.'),
  truncate: z
    .union([z.boolean(), z.int().min(0)])
    .optional()
    .describe('Longest cell; true is 20, false or 0 does not cut. Default: true.'),
});

export const sinkShape = z
  .strictObject({
    from: z.string().describe('The source or view it writes.'),
    outputMode: z
      .enum(['append', 'update', 'complete'])
      .optional()
      .describe('append: new rows, once; update: rows that changed; complete: the whole table. Default: append.'),
    topic: topic.optional(),
    key: columns.optional().describe('Columns of the record key.'),
    value: sinkValue.optional().describe('How the value of a record is written.'),
    console: z
      .union([z.literal(true), consoleOptions])
      .optional()
      .describe('Prints tables instead of writing to a topic.'),
  })
  .register(later, {
    names: ['onError', 'guarantee', 'file', 'http', 'postgres', 'redis', 'foreachBatch', 'partitionBy'],
  });

const triggerShape = z
  .union([
    z.enum(['default', 'availableNow']).register(later, { names: ['once'] }),
    z.strictObject({ processingTime: duration }).register(later, { names: ['continuous', 'once'] }),
  ])
  .describe('When batches run. Default: as soon as there is data.');

const feedShape = z.strictObject({
  file: z.string().describe('A file of lines: texts, or JSON objects.'),
  rowsPerSecond: z.number().positive('must be above 0').optional().describe('Default: 10.'),
  loop: z.boolean().optional().describe('Begins anew at the end of the file. Default: false.'),
  key: z.string().optional().describe('The column that becomes the record key.'),
});

export const topologyShape = z
  .strictObject({
    apiVersion: z.literal('millrace/v1'),
    name: z
      .string()
      .max(100, 'is longer than 100 characters; shorten it, as the names of topics begin with it')
      .regex(
        TOPOLOGY_NAME,
        'is not a legal topology name; use lower-case letters and digits, with single dashes between',
      )
      .describe('Consumer group, and prefix of transactional ids and internal topics.'),
    sources: z.record(name, sourceShape).describe('The topics that are read.'),
    views: z.record(name, viewShape).optional().describe('One SELECT each. The name is the identity of its state.'),
    sinks: z.record(name, sinkShape).describe('Where results go.'),
    trigger: triggerShape.optional(),
    settings: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('Configuration of this topology; files, environment and --set go before it.'),
    dev: z
      .strictObject({
        feed: z
          .record(z.string(), feedShape)
          .optional()
          .describe('What `millrace dev` writes to the topics of sources.'),
      })
      .optional()
      .describe('For `millrace dev`; `run` ignores it.'),
  })
  .register(later, { names: ['tables', 'tests', 'functions', 'processors', 'connections', 'onError'] });

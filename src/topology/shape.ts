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

const durationOrNone = z
  .string()
  .refine((text) => parseDuration(text) !== null, 'is not a duration; write it like `10 minutes` or `0 seconds`');

const ddl = z.string().describe('Columns as Spark DDL, e.g. "articleId string, ts timestamp".');

const character = z.string().length(1, 'must be one character');

const formatOptions = z
  .strictObject({
    sep: character.optional().describe('csv: between two fields. Default: a comma.'),
    quote: z
      .string()
      .max(1, "must be one character; or write '' for no quotes")
      .optional()
      .describe('csv: around a field that holds special characters; empty for none. Default: a double quote.'),
    escape: character.optional().describe('csv: before a quote within a quoted field. Default: a backslash.'),
    nullValue: z.string().optional().describe('csv: the text that stands for null. Default: the empty text.'),
    ignoreLeadingWhiteSpace: z
      .boolean()
      .optional()
      .describe('csv: leave out white space before a field. Default: false for sources, true for sinks, as in Spark.'),
    ignoreTrailingWhiteSpace: z
      .boolean()
      .optional()
      .describe('csv: leave out white space behind a field. Default: false for sources, true for sinks, as in Spark.'),
    timestampFormat: z
      .enum(['epochSeconds', 'epochMillis', 'epochMicros'])
      .optional()
      .describe('json: timestamps are numbers, counted from 1970-01-01T00:00:00Z. Default: texts in ISO 8601.'),
  })
  .refine(
    ({ sep = ',', quote = '"', escape = '\\' }) => sep !== quote && sep !== escape,
    'separates fields by a character that also quotes or escapes; choose another `sep`',
  )
  .register(later, { names: ['dateFormat', 'emptyValue', 'comment', 'header', 'quoteAll'] })
  .describe('How values of this format are read and written; names and defaults of csv are those of Spark.');

const errorPolicy = z
  .union([
    z.enum(['fail', 'skip', 'dlq']),
    z.strictObject({
      action: z
        .enum(['fail', 'skip', 'dlq'])
        .describe('fail: stop; skip: leave out and count; dlq: send to `topic` as well.'),
      topic: topic.optional().describe('Topic of the dead letters.'),
    }),
  ])
  .refine(
    (policy) =>
      policy !== 'dlq' && (typeof policy === 'string' || policy.action !== 'dlq' || policy.topic !== undefined),
    'names no topic for the dead letters; write `{ action: dlq, topic: … }`',
  )
  .refine(
    (policy) => typeof policy === 'string' || policy.action === 'dlq' || policy.topic === undefined,
    'names a topic, and only `action: dlq` sends dead letters; remove the topic',
  );

const sourceValue = z
  .strictObject({
    format: z
      .enum(['text', 'json', 'csv'])
      .register(later, { names: ['avro', 'protobuf'] })
      .describe(
        'text: the columns of Spark (key, value, topic, partition, offset, timestamp); json: one object a record; csv: one line a record.',
      ),
    schema: ddl.optional(),
    options: formatOptions.optional(),
  })
  .register(later, { names: ['subject', 'mode'] });

const watermark = z.strictObject({
  column: z.string().describe('The timestamp column that holds the event time of a row.'),
  delay: durationOrNone.describe('How much later than the latest event time seen a row may come, e.g. `10 minutes`.'),
  idleTimeout: duration
    .optional()
    .describe('After how long a partition without new rows no longer holds back the others. Default: 30 seconds.'),
});

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
    onError: errorPolicy
      .optional()
      .describe('What becomes of a record that cannot be decoded. Default: that of the topology, else fail.'),
    watermark: watermark.optional().describe('Event time: which column holds it, and how late rows may come.'),
  })
  .register(later, {
    names: ['idleTimeout', 'maxDrift', 'sensitive', 'file', 'socket', 'rate', 'endingOffsets'],
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
    emit: z
      .enum(['changes', 'final', 'newKeys'])
      .optional()
      .describe(
        'What goes on of a grouped view. changes: its rows as they change; final: each row once, when the watermark has passed it; newKeys: the first row of each group. Default: changes.',
      ),
    close: z
      .strictObject({
        idle: duration.describe('How long after the end of a window it closes while every input is idle.'),
      })
      .optional()
      .describe('Closes windows by the wall clock while nothing comes in. Without it they stay open.'),
    compression: z
      .enum(['none', 'lz4', 'snappy', 'zstd'])
      .register(later, { names: ['lzf'] })
      .optional()
      .describe('How large values of the state of a grouped view are compressed in the backend. Default: none.'),
    onError: errorPolicy
      .optional()
      .describe('What becomes of a row for which an expression fails. Default: that of the topology, else fail.'),
    lateRows: name
      .optional()
      .describe('Name of a stream that gets the rows that come behind the watermark. Without it they are dropped.'),
  })
  .register(later, {
    names: [
      'join',
      'process',
      'sql',
      'watermark',
      'window',
      'union',
      'dropDuplicates',
      'distinct',
      'orderBy',
      'limit',
      'ttl',
    ],
  });

const sinkValue = z
  .strictObject({
    format: z
      .enum(['json', 'text', 'csv'])
      .register(later, { names: ['avro', 'protobuf'] })
      .optional()
      .describe('Default: json.'),
    select: expressions.optional().describe('The columns of the value; without it, all.'),
    options: formatOptions.optional(),
  })
  .register(later, { names: ['subject', 'schema'] });

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
    onError: errorPolicy
      .optional()
      .describe('What becomes of a row that cannot be written. Default: that of the topology, else fail.'),
    value: sinkValue.optional().describe('How the value of a record is written.'),
    console: z
      .union([z.literal(true), consoleOptions])
      .optional()
      .describe('Prints tables instead of writing to a topic.'),
  })
  .register(later, {
    names: ['guarantee', 'file', 'http', 'postgres', 'redis', 'foreachBatch', 'partitionBy'],
  });

const triggerShape = z
  .union([
    z.enum(['default', 'availableNow', 'once']),
    z
      .strictObject({
        processingTime: duration.optional().describe('Batches begin at this distance.'),
        continuous: duration.optional().describe('Batches begin as soon as there is data, without pacing.'),
      })
      .refine(
        (trigger) => Object.keys(trigger).length === 1,
        'names one kind of trigger; write for example `processingTime: 5 seconds`',
      ),
  ])
  .describe('When batches run. Default: as soon as there is data.');

const feedShape = z.strictObject({
  file: z.string().describe('A file of lines: texts, or JSON objects.'),
  rowsPerSecond: z.number().positive('must be above 0').optional().describe('Default: 10.'),
  loop: z.boolean().optional().describe('Begins anew at the end of the file. Default: false.'),
  key: z.string().optional().describe('The column that becomes the record key.'),
});

const time = z
  .union([z.string(), z.number()])
  .describe('A time: ISO 8601 (UTC unless it says otherwise), or milliseconds since 1970.');

const testStepShape = z
  .strictObject({
    send: z
      .record(name, z.array(z.unknown()))
      .optional()
      .describe(
        'Records by source, sent in one transaction: texts, rows, or { key, value, timestamp, partition, headers }.',
      ),
    advance: duration.optional().describe('Moves the clock, e.g. `1 minute`.'),
    restart: z.literal(true).optional().describe('Stops the topology and starts it anew on the same broker and state.'),
    expect: z
      .record(z.string(), z.unknown())
      .optional()
      .describe(
        'What the step brought. By sink: its rows, or { rows, unordered }. Besides: watermark, lateRowsDropped and state by view, error, and sinks for those of such a name.',
      ),
  })
  .refine(
    ({ send, advance, restart }) => [send, advance, restart].filter((action) => action !== undefined).length <= 1,
    'does more than one thing; make a step each of send, advance and restart',
  );

const testShape = z.strictObject({
  name: z.string().describe('What the test shows.'),
  partitions: z.int().min(1).max(64).optional().describe('Of every topic of the test. Default: 1.'),
  startTime: time.optional().describe('What the clock shows at the start. Default: 2026-01-01T00:00:00Z.'),
  batches: z.array(testStepShape).min(1, 'is empty; a test needs at least one step').describe('The steps, in order.'),
});

const tests = z.array(testShape).describe('What `millrace test` runs, on a broker and a clock of its own.');

/** The shape of a file `*.test.yaml`: tests of a topology that stands in another file. */
export const testFileShape = z.strictObject({
  topology: z.string().describe('File of the topology, as seen from this one.'),
  tests,
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
    onError: errorPolicy
      .optional()
      .describe('What becomes of what fails, where a source, view or sink does not say it. Default: fail.'),
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
    tests: tests.optional(),
  })
  .register(later, { names: ['tables', 'functions', 'processors', 'connections'] });

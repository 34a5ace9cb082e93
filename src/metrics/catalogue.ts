/**
 * The one catalogue of Millrace's metrics: what exists, what it means, which labels it has. The instruments and the reference page are
 * both made from it. Units are base units (seconds, bytes, records); every name begins with `millrace_`.
 */
export interface MetricSpec {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** A `partition` label is only on metrics that somebody must be able to tell apart by partition: those end with the owner's task. */
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, ascending. */
  readonly buckets?: readonly number[];
}

export const METRIC_PREFIX = 'millrace_';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const LONG_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600];
const ROWS = [1, 10, 100, 500, 1_000, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000];

export const METRICS = {
  build_info: {
    type: 'gauge',
    help: 'Always 1; says which version of Millrace runs on which version of Node.',
    labels: ['version', 'node'],
  },
  topology_info: {
    type: 'gauge',
    help: 'Always 1; says which plan a topology runs.',
    labels: ['topology', 'fingerprint'],
  },
  topology_state: {
    type: 'gauge',
    help: 'The topology in this process: 1 for the state it is in, 0 for the others.',
    labels: ['topology', 'state'],
  },
  assigned_partitions: {
    type: 'gauge',
    help: 'Tasks (partitions of sub-topologies) that the consumer group assigned to this process.',
    labels: ['topology'],
  },
  rebalances_total: {
    type: 'counter',
    help: 'Generations of the consumer group that this process was assigned tasks in, even none.',
    labels: ['topology'],
  },
  source_records_total: {
    type: 'counter',
    help: 'Records read from a source and committed.',
    labels: ['topology', 'source'],
  },
  source_bytes_total: {
    type: 'counter',
    help: 'Bytes of the records read from a source and committed, uncompressed.',
    labels: ['topology', 'source'],
  },
  source_lag_records: {
    type: 'gauge',
    help: 'Offsets between what is committed of a source partition and its end (high watermark), as last seen by its owner.',
    labels: ['topology', 'source', 'topic', 'partition'],
  },
  source_decode_errors_total: {
    type: 'counter',
    help: 'Records that could not be decoded, by what was done about them.',
    labels: ['topology', 'source', 'action'],
  },
  view_errors_total: {
    type: 'counter',
    help: 'Rows for which an expression of a view failed, by what was done about them.',
    labels: ['topology', 'view', 'action'],
  },
  sink_errors_total: {
    type: 'counter',
    help: 'Rows that could not be written to a sink, by what was done about them.',
    labels: ['topology', 'sink', 'action'],
  },
  dlq_records_total: {
    type: 'counter',
    help: 'Dead letters written to a topic.',
    labels: ['topology', 'topic'],
  },
  view_input_rows_total: {
    type: 'counter',
    help: 'Rows that entered a view, in committed batches.',
    labels: ['topology', 'view'],
  },
  view_output_rows_total: {
    type: 'counter',
    help: 'Rows or changes that left a view, in committed batches.',
    labels: ['topology', 'view'],
  },
  view_late_rows_dropped_total: {
    type: 'counter',
    help: 'Rows that a view did not take because they came behind the watermark: dropped, or routed to a stream of their own.',
    labels: ['topology', 'view'],
  },
  watermark_timestamp_seconds: {
    type: 'gauge',
    help: 'Event-time watermark of a task, for its next batch, in seconds since the epoch; absent before its first.',
    labels: ['topology', 'sub_topology', 'partition'],
  },
  batches_total: {
    type: 'counter',
    help: 'Batches by outcome: committed, empty (committed without input rows), aborted.',
    labels: ['topology', 'outcome'],
  },
  batch_rows: {
    type: 'histogram',
    help: 'Input rows of a committed batch.',
    labels: ['topology'],
    buckets: ROWS,
  },
  batch_duration_seconds: {
    type: 'histogram',
    help: 'Time a committed batch spent in each phase: decode, process, state_read, encode, produce, commit, total.',
    labels: ['topology', 'phase'],
    buckets: SECONDS,
  },
  record_latency_seconds: {
    type: 'histogram',
    help: 'From the timestamp of the oldest input record of a batch to its commit; one observation a batch.',
    labels: ['topology'],
    buckets: LONG_SECONDS,
  },
  state_rows: {
    type: 'gauge',
    help: 'Rows in a store, over the tasks of this process.',
    labels: ['topology', 'store'],
  },
  state_bytes: {
    type: 'gauge',
    help: 'Memory that this process holds for a store, over its tasks.',
    labels: ['topology', 'store'],
  },
  restore_records_remaining: {
    type: 'gauge',
    help: 'Changelog records that a task still has to read before it can run.',
    labels: ['topology', 'sub_topology', 'partition'],
  },
  restore_duration_seconds: {
    type: 'histogram',
    help: 'Time to restore the state of a task, by kind: catch_up (the tail of the changelog) or rebuild (all of it).',
    labels: ['topology', 'kind'],
    buckets: LONG_SECONDS,
  },
  sink_records_total: {
    type: 'counter',
    help: 'Rows written to a sink by committed batches.',
    labels: ['topology', 'sink'],
  },
  transactions_total: {
    type: 'counter',
    help: 'Transactions by outcome: committed, aborted, fenced, unknown (the changelog decides).',
    labels: ['topology', 'outcome'],
  },
  worker_losses_total: {
    type: 'counter',
    help: 'Worker threads that crashed or were stuck in a batch and were replaced.',
    labels: ['topology'],
  },
  producer_fenced_total: {
    type: 'counter',
    help: 'Times that a task of this process was fenced by a later owner.',
    labels: ['topology'],
  },
} as const satisfies Record<string, MetricSpec>;

export type MetricName = keyof typeof METRICS;

type NamesOfType<T extends MetricSpec['type']> = {
  [N in MetricName]: (typeof METRICS)[N]['type'] extends T ? N : never;
}[MetricName];
export type CounterName = NamesOfType<'counter'>;
export type GaugeName = NamesOfType<'gauge'>;
export type HistogramName = NamesOfType<'histogram'>;

/** The values of every label of the metric; a missing or foreign label is a type error. */
export type LabelsOf<N extends MetricName> = Readonly<Record<(typeof METRICS)[N]['labels'][number], string>>;

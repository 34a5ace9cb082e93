import type { Formats } from '../core/format.ts';
import { encodeKey } from '../core/key-codec.ts';
import { partitionOf } from '../core/murmur2.ts';
import { batchSize, type Batch, type EvaluationContext } from '../core/operator.ts';
import { encodeRow } from '../core/row-codec.ts';
import { ByteWriter } from '../core/bytes.ts';
import type { Payload, Transaction } from '../core/transport.ts';
import type { Row } from '../core/types.ts';
import type { KafkaPlanSink, RepartitionSink } from '../plan/physical-plan.ts';
import type { RejectRow } from './failure-site.ts';
import { refuseTooLarge } from './record-size.ts';

/** What a sink needs to know of the batch whose output it writes. */
export interface BatchOutput {
  readonly batch: Batch;
  /** Every row of the table as of this batch, for output mode complete. */
  readonly snapshot: () => AsyncIterable<Row>;
  readonly batchId: number;
  readonly context: EvaluationContext;
  /** Timestamp of the records written, ms. */
  readonly timestampMs: number;
}

/** Appends a batch's output to the transaction; returns how many records it wrote. */
export type SinkWriter = (output: BatchOutput, transaction: Transaction) => Promise<number> | number;

type ValueOf = (row: Row, context: EvaluationContext) => Payload;
type SinkHeaders = readonly (readonly [string, string])[] | null;

const tombstone: ValueOf = () => null;

const SNAPSHOT_HEADER = 'millrace-snapshot';

/**
 * Writes to a user's topic.
 *
 * - append: a record for each row, once: of a stream as they come, of a table when they are final.
 * - update: a record for each row that is new or changed. A row that left its table is deleted by a tombstone where the record key holds
 *   the table's whole key.
 * - complete: after each batch every row of the task's part of the table, with the batch id in the header `millrace-snapshot`, and at the
 *   end a record without key and value whose header says so.
 *
 * A row that cannot be written is rejected.
 *
 * @param partitions of the sink's topic
 * @param task by whose partition records without a key are spread
 * @param limit the largest record that the topic takes; Infinity = its brokers say
 */
export function kafkaSinkWriter(
  sink: KafkaPlanSink,
  formats: Formats,
  partitions: number,
  task: number,
  reject: RejectRow,
  limit: number,
): SinkWriter {
  const valueEncoder = formats.encoder(sink.value.format, sink.value.schema);
  const keyEncoder = sink.key === null ? null : formats.keyEncoder(sink.key.schema);
  const place = partitioner(partitions);
  const keyless = task % partitions;

  const keyOf = (row: Row, context: EvaluationContext): Payload =>
    sink.key === null || keyEncoder === null ? null : keyEncoder.encode(sink.key.row(row, context));
  const valueOf: ValueOf = (row, context) => valueEncoder.encode(sink.value.row(row, context));
  /** Returns the number of records written: 1, or 0 where the row is rejected. */
  const write = (row: Row, value: ValueOf, output: BatchOutput, tx: Transaction, headers: SinkHeaders): number => {
    try {
      const key = keyOf(row, output.context);
      const payload = value(row, output.context);
      refuseTooLarge(sink.topic, limit, key, payload);
      tx.append(sink.topic, key === null ? keyless : place(key), output.timestampMs, key, payload, headers);
      return 1;
    } catch (error) {
      reject(row, error);
      return 0;
    }
  };

  if (sink.outputMode === 'complete') {
    return async (output, tx) => {
      if (batchSize(output.batch) === 0) return 0;
      const headers: SinkHeaders = [[SNAPSHOT_HEADER, String(output.batchId)]];
      let rows = 0;
      for await (const row of output.snapshot()) rows += write(row, valueOf, output, tx, headers);
      tx.append(sink.topic, keyless, output.timestampMs, null, null, [[SNAPSHOT_HEADER, `${output.batchId} end`]]);
      return rows + 1;
    };
  }
  return (output, tx) => {
    const { batch } = output;
    let records = 0;
    if (batch.kind === 'stream' || sink.outputMode === 'append') {
      const rows = batch.kind === 'stream' ? batch.rows : batch.final;
      for (const row of rows) records += write(row, valueOf, output, tx, null);
      return records;
    }
    for (const change of batch.changes) {
      if (change.new !== null) records += write(change.new, valueOf, output, tx, null);
      else if (change.old !== null && sink.wholeKey) records += write(change.old, tombstone, output, tx, null);
    }
    return records;
  };
}

/**
 * Sends rows to the partition of their group, encoded as `repartitionReader` reads them.
 * @param touched set to 1 at each partition that gets a row
 */
export function repartitionWriter(sink: RepartitionSink, partitions: number, touched: Uint8Array): SinkWriter {
  const place = partitioner(partitions);
  const bytes = new ByteWriter(1024);
  return ({ batch, timestampMs }, tx) => {
    if (batch.kind === 'table') throw new TypeError('a table cannot be repartitioned as a stream');
    for (const row of batch.rows) {
      const key = encodeKey(sink.keyOf(row));
      bytes.length = 0;
      encodeRow(row, bytes);
      const partition = place(key);
      touched[partition] = 1;
      tx.append(sink.topic, partition, timestampMs, key, bytes.buffer.subarray(0, bytes.length), null);
    }
    return batch.rows.length;
  };
}

/** Chooses the partition of a key as Kafka's own clients do. */
function partitioner(partitions: number): (key: string | Uint8Array) => number {
  if (partitions === 1) return () => 0;
  const scratch = new ByteWriter(256);
  return (key) => {
    if (typeof key !== 'string') return partitionOf(partitions, key);
    scratch.length = 0;
    scratch.reserve(key.length * 3);
    const length = scratch.buffer.write(key, 0, 'utf8');
    return partitionOf(partitions, scratch.buffer, 0, length);
  };
}

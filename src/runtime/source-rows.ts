import type { Formats } from '../core/format.ts';
import { decodeRow } from '../core/row-codec.ts';
import { MillraceError } from '../core/errors.ts';
import { partitionOf } from '../core/murmur2.ts';
import { keyText } from '../core/printable.ts';
import { readHeaders } from '../core/record-headers.ts';
import type { RecordChunk } from '../core/transport.ts';
import type { Row, Value } from '../core/types.ts';
import type { RepartitionInput, SourceInput } from '../plan/physical-plan.ts';
import type { FailureSite } from './failure-site.ts';
import { decodeMarker, isMarker, type Marker } from './marker.ts';

/** Turns the records of a chunk into rows of the input's relation, behind those already in `rows`. */
export type ReadRows = (chunk: RecordChunk, rows: Row[]) => void;

/** Reads the rows of a repartition topic, which an upstream task encoded; the markers among them are put behind those in `markers`. */
export function repartitionReader(input: RepartitionInput, markers: Marker[]): ReadRows {
  const types = input.relation.schema.map((column) => column.type);
  return (chunk, rows) => {
    for (let i = 0; i < chunk.count; i++) {
      if (isMarker(chunk, i)) markers.push(decodeMarker(chunk, i));
      else rows.push(decodeRow(chunk.bytes.subarray(chunk.valueStart[i], chunk.valueEnd[i]), types));
    }
  };
}

/**
 * Reads the rows of a source; records that cannot be decoded are rejected. Columns that nothing reads stay null. Where the source declares its
 * partitioning, one record of each chunk is checked against it.
 * @param partitions of the source's topic
 */
export function sourceReader(
  input: SourceInput,
  formats: Formats,
  partitions: number,
  failures: FailureSite,
): ReadRows {
  const { layout, needed, relation } = input;
  const { value, key, metadata } = layout;
  const isNeeded = (at: number, columns: number): boolean => needed.slice(at, at + columns).some(Boolean);
  const valueDecoder = formats.decoder(
    input.format,
    value.schema,
    needed.slice(value.at, value.at + value.schema.length),
  );
  const keyDecoder =
    key !== null && isNeeded(key.at, key.schema.length)
      ? formats.keyDecoder(key.schema, needed.slice(key.at, key.at + key.schema.length))
      : null;
  const fillMetadata = isNeeded(metadata.at, metadata.as === 'columns' ? 5 : 1) ? metadataFiller(metadata) : null;
  const blank = new Array<Value>(relation.schema.length).fill(null);

  return (chunk, rows) => {
    const { bytes, valueStart, valueEnd, keyStart, keyEnd } = chunk;
    let sample = -1;
    for (let i = 0; i < chunk.count; i++) {
      const row = blank.slice();
      try {
        valueDecoder.decode(bytes, valueStart[i], valueEnd[i], row, value.at);
        if (keyDecoder !== null && key !== null) keyDecoder.decode(bytes, keyStart[i], keyEnd[i], row, key.at);
      } catch (error) {
        rejectRecord(failures, error, chunk, i);
        continue;
      }
      if (fillMetadata !== null) fillMetadata(chunk, i, row);
      if (sample < 0 && input.partitionColumn >= 0) checkPartition(input, row, chunk, (sample = i), partitions);
      rows.push(row);
    }
  };
}

function metadataFiller(
  metadata: SourceInput['layout']['metadata'],
): (chunk: RecordChunk, i: number, row: Row) => void {
  const values = (chunk: RecordChunk, i: number): Value[] => [
    chunk.topic,
    chunk.partition,
    chunk.offsets[i],
    chunk.timestamps[i] * 1000,
    readHeaders(chunk, i).map(([name, value]) => [name, value]),
  ];
  if (metadata.as === 'columns') {
    return (chunk, i, row) => {
      const columns = values(chunk, i);
      for (let c = 0; c < columns.length; c++) row[metadata.at + c] = columns[c];
    };
  }
  return (chunk, i, row) => {
    const key = chunk.keyStart[i] < 0 ? null : chunk.bytes.toString('utf8', chunk.keyStart[i], chunk.keyEnd[i]);
    row[metadata.at] = [key, ...values(chunk, i)];
  };
}

/** A record's dead letter is the record. */
function rejectRecord(failures: FailureSite, error: unknown, chunk: RecordChunk, i: number): void {
  const { topic, partition, offsets, timestamps, bytes, keyStart, keyEnd, valueStart, valueEnd } = chunk;
  failures.reject(error, { topic, partition, offset: offsets[i], timestamp: timestamps[i] }, () => ({
    key: keyStart[i] < 0 ? null : bytes.subarray(keyStart[i], keyEnd[i]),
    value: valueStart[i] < 0 ? null : bytes.subarray(valueStart[i], valueEnd[i]),
    headers: readHeaders(chunk, i),
  }));
}

/** A keyed step may stay where it is only if equal keys share a partition. What the source declares is taken at its word, but sampled. */
function checkPartition(input: SourceInput, row: Row, chunk: RecordChunk, i: number, partitions: number): void {
  const { name, type } = input.relation.schema[input.partitionColumn];
  const value = row[input.partitionColumn];
  if (value === null) return;
  const text = keyText(value, type);
  const expected = partitionOf(partitions, Buffer.from(text));
  if (expected === chunk.partition) return;
  throw new MillraceError(
    'PARTITIONING_MISMATCH',
    `source \`${input.source}\` declares partitionedBy ${name}, but ${chunk.topic}-${chunk.partition} offset ${chunk.offsets[i]} ` +
      `has ${name} = ${JSON.stringify(text)}, which belongs in partition ${expected} of ${partitions}`,
    { details: { topic: chunk.topic, partition: chunk.partition, offset: chunk.offsets[i] } },
  );
}

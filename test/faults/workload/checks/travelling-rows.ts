import { encodeKey } from '../../../../src/core/key-codec.ts';
import { decodeRow } from '../../../../src/core/row-codec.ts';
import type { Schema, Value } from '../../../../src/core/types.ts';
import type { SubTopology } from '../../../../src/plan/physical-plan.ts';
import type { Evidence, EvidenceRecord } from '../evidence.ts';
import { holdsRow } from './input-rows.ts';
import { partitionsOf, recordsOf } from './records.ts';

/** A row in a repartition topic. */
export interface TravellingRow {
  readonly record: EvidenceRecord;
  /** Canonical key of the row's group; empty where the row cannot be read. */
  readonly key: string;
  /** How many input rows it stands for. */
  readonly rows: number;
  /** End of the row's window, microseconds; Infinity where it has none. */
  readonly endUs: number;
  /** Of the event that it is, where rows are not put together. */
  readonly event: number | null;
}

/** By sub-topology behind a repartition: the columns that it groups by. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  wordCounts: ['word'],
  seconds: ['second', 'class'],
  tens: ['ten'],
  crowds: ['ten'],
};

/** The rows in the topic before a sub-topology, without its markers. */
export function travellingRows(evidence: Evidence, id: string, input: SubTopology['input']): TravellingRow[] {
  return recordsOf(evidence, input.topic).flatMap((record) => {
    if (!holdsRow(input, record)) return [];
    const row = readRow(record, input.relation.schema);
    if (row === null) return [{ record, key: '', rows: 0, endUs: Infinity, event: null }];
    // Rows are put together, with their number or (where nothing is ever late) their count, or they are sent one by one.
    const rows = Number(row['_rows'] ?? row['_buffer0'] ?? 1);
    const group = (GROUPS[id] ?? []).map((column) => row[column]);
    const window = group[0];
    const endUs = Array.isArray(window) ? Number(window[1]) : Infinity;
    return [{ record, key: encodeKey(group), rows, endUs, event: row['id'] === undefined ? null : Number(row['id']) }];
  });
}

/** Partitions of the topic of which nothing was deleted. */
export function wholePartitions(evidence: Evidence, topic: string): Set<number> {
  const whole = new Set<number>();
  for (const { partition, offset } of recordsOf(evidence, topic)) if (offset === 0) whole.add(partition);
  for (let partition = 0; partition < partitionsOf(evidence, topic); partition++) {
    if (evidence.ends.get(`${topic}-${partition}`)?.highWatermark === 0) whole.add(partition);
  }
  return whole;
}

function readRow({ value }: EvidenceRecord, schema: Schema): Readonly<Record<string, Value>> | null {
  try {
    if (value === null) return null;
    const row = decodeRow(
      value,
      schema.map(({ type }) => type),
    );
    return Object.fromEntries(schema.map(({ name }, i) => [name, row[i]]));
  } catch {
    return null;
  }
}

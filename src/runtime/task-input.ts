import type { Formats } from '../core/format.ts';
import type { RecordChunk } from '../core/transport.ts';
import type { Row } from '../core/types.ts';
import type { RepartitionInput, SourceInput } from '../plan/physical-plan.ts';
import { afterMarker, afterRows, type EventTime } from './event-time.ts';
import type { Failures } from './failures.ts';
import type { Marker } from './marker.ts';
import { repartitionReader, sourceReader } from './source-rows.ts';

/** What a batch's chunks hold. */
export interface InputRows {
  readonly rows: readonly Row[];
  /** Event time behind these rows: for the batch after this one. */
  readonly time: EventTime;
  /** Of the rows that have one; null where the input has no event time or no row has one. */
  readonly eventTimes: EventTimes | null;
}

/** Microseconds. */
export interface EventTimes {
  readonly min: number;
  readonly max: number;
  readonly avg: number;
}

/** Turns the chunks of a batch into rows, and moves event time on. */
export type TaskInput = (chunks: readonly RecordChunk[], before: EventTime) => InputRows;

/** @param partitions of the input's topic */
export const taskInput = (
  input: SourceInput | RepartitionInput,
  formats: Formats,
  partitions: number,
  failures: Failures,
): TaskInput => (input.kind === 'source' ? sourceInput(input, formats, partitions, failures) : repartitionInput(input));

function sourceInput(input: SourceInput, formats: Formats, partitions: number, failures: Failures): TaskInput {
  const read = sourceReader(input, formats, partitions, failures.at('source', input.source, input.onError));
  const { eventTime } = input;
  return (chunks, before) => {
    const rows: Row[] = [];
    for (const chunk of chunks) read(chunk, rows);
    const eventTimes = eventTime === null ? null : eventTimesOf(rows, eventTime.column);
    const time =
      eventTime === null || eventTimes === null ? before : afterRows(before, eventTimes.max, eventTime.delayUs);
    return { rows, time, eventTimes };
  };
}

function repartitionInput(input: RepartitionInput): TaskInput {
  const markers: Marker[] = [];
  const read = repartitionReader(input, markers);
  return (chunks, before) => {
    const rows: Row[] = [];
    markers.length = 0;
    for (const chunk of chunks) read(chunk, rows);
    return { rows, time: markers.reduce(afterMarker, before), eventTimes: null };
  };
}

function eventTimesOf(rows: readonly Row[], column: number): EventTimes | null {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let count = 0;
  for (const row of rows) {
    const at = row[column];
    if (typeof at !== 'number') continue;
    if (at < min) min = at;
    if (at > max) max = at;
    sum += at;
    count++;
  }
  return count === 0 ? null : { min, max, avg: Math.round(sum / count) };
}

import type { RecordChunk } from '../core/transport.ts';

/**
 * What a task tells all tasks behind a repartition of its event time, as a record in each partition of the repartition topic, behind the
 * rows of the same transaction: it will send no more rows at or before `watermark`.
 *
 *     key   = NUL "marker"
 *     value = JSON of the marker, without a watermark before the first
 */
export interface Marker {
  /** Partition number of the task that says it, and how many tasks its sub-topology has. */
  readonly task: number;
  readonly taskCount: number;
  readonly planEpoch: number;
  /** Fingerprint of the plan. */
  readonly plan: string;
  /** It reads a source, not a repartition topic. */
  readonly ofSource: boolean;
  /** Microseconds; -Infinity before the first. */
  readonly watermark: number;
  /** There is nothing to read for it, and there has not been for a while: a task of a source then holds nobody back. */
  readonly idle: boolean;
  /** Trigger `once`: all that it had to do in this run is done. */
  readonly ended: boolean;
}

export const MARKER_KEY = '\0marker';

/** No canonical key string begins with NUL. */
export const isMarker = ({ bytes, keyStart, keyEnd }: RecordChunk, i: number): boolean =>
  keyEnd[i] > keyStart[i] && keyStart[i] >= 0 && bytes[keyStart[i]] === 0;

/** True when the chunks bring no rows. */
export const holdOnlyMarkers = (chunks: readonly RecordChunk[]): boolean =>
  chunks.every((chunk) => {
    for (let i = 0; i < chunk.count; i++) if (!isMarker(chunk, i)) return false;
    return true;
  });

export const encodeMarker = (marker: Marker): string =>
  JSON.stringify({ ...marker, watermark: marker.watermark === -Infinity ? undefined : marker.watermark });

export function decodeMarker({ bytes, valueStart, valueEnd }: RecordChunk, i: number): Marker {
  const marker = JSON.parse(bytes.toString('utf8', valueStart[i], valueEnd[i])) as Partial<Marker> & Marker;
  return { ...marker, watermark: marker.watermark ?? -Infinity };
}

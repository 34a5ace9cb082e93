import { decodeBatch, readBatchHeader, type BatchHeader } from '../record-batch/decode.ts';
import { writeBatchCrc } from '../record-batch/encode.ts';
import * as layout from '../record-batch/layout.ts';
import type { RecordChunk } from '../../core/transport.ts';
import type { PartitionLog } from './partition-log.ts';
import { Segment, type StoredBatch } from './segment.ts';

/** A batch below the active segment together with what its bytes say. */
interface Candidate {
  readonly stored: StoredBatch;
  readonly bytes: Buffer;
  readonly header: BatchHeader;
  /** Null for a control batch and for data of an aborted transaction. */
  readonly chunk: RecordChunk | null;
}

interface Kept {
  readonly bytes: Buffer;
  readonly stored: StoredBatch;
}

/**
 * Compacts a log as the broker's cleaner does: of the closed segments, below the last stable offset, the last record of every key stays.
 * Tombstones and the markers of transactions without data stay for `delete.retention.ms` after the first compaction that met them.
 * Aborted data goes at once. A batch that a producer's sequence hangs on stays, if only as an empty one. Offsets never change.
 */
export function compact(log: PartitionLog, nowMs: number): void {
  const end = Math.min(log.activeOffset, log.lastStableOffset);
  const closed = log.segments.filter((segment) => segment.baseOffset < log.activeOffset);
  const all = closed.flatMap((segment) => segment.batches.map((stored) => candidate(log, segment, stored)));
  const candidates = all.filter(({ stored }) => stored.lastOffset < end);
  const untouched = all.slice(candidates.length);
  const lastOffsets = lastOffsetByKey(candidates);
  const withData = producersWithData(candidates);

  const kept: Kept[] = [];
  for (const each of candidates) {
    const result = each.header.isControl
      ? keepMarker(each, log, withData, nowMs)
      : keepRecords(each, log, lastOffsets, nowMs);
    if (result !== null) kept.push(result);
  }
  for (const each of untouched) kept.push({ bytes: each.bytes, stored: each.stored });
  log.replaceClosed(kept.length === 0 ? [] : [inOneSegment(kept)]);

  const markers = new Set(kept.map(({ stored }) => stored.lastOffset));
  log.aborted.prune((entry) => entry.lastOffset < end && !markers.has(entry.lastOffset));
}

function candidate(log: PartitionLog, segment: Segment, stored: StoredBatch): Candidate {
  const bytes = segment.bytesOf(stored);
  const header = readBatchHeader(bytes, 0);
  const gone = header.isControl || (header.isTransactional && log.aborted.covers(header.producerId, stored.baseOffset));
  return { stored, bytes, header, chunk: gone ? null : decodeBatch(bytes, 0, header, log.tp, 0) };
}

function lastOffsetByKey(candidates: readonly Candidate[]): Map<string, number> {
  const last = new Map<string, number>();
  for (const { chunk } of candidates) {
    if (chunk === null) continue;
    for (let i = 0; i < chunk.count; i++) last.set(keyOf(chunk, i), chunk.offsets[i]);
  }
  return last;
}

const keyOf = (chunk: RecordChunk, i: number): string =>
  chunk.bytes.toString('latin1', chunk.keyStart[i], chunk.keyEnd[i]);

/** Per marker offset, whether batches of its transaction are still there. */
function producersWithData(candidates: readonly Candidate[]): Set<number> {
  const open = new Set<number>();
  const markers = new Set<number>();
  for (const { header, stored } of candidates) {
    if (!header.isTransactional) continue;
    if (!header.isControl) open.add(header.producerId);
    else if (open.delete(header.producerId)) markers.add(stored.lastOffset);
  }
  return markers;
}

function keepMarker(each: Candidate, log: PartitionLog, withData: ReadonlySet<number>, nowMs: number): Kept | null {
  const { stored, bytes, header } = each;
  if (withData.has(stored.lastOffset)) return { bytes, stored };
  const deleteHorizonMs = stored.deleteHorizonMs ?? nowMs + log.config.deleteRetentionMs;
  if (nowMs < deleteHorizonMs) return { bytes, stored: { ...stored, deleteHorizonMs } };
  if (log.producers.needs(header, stored.lastOffset)) return emptied(each, deleteHorizonMs);
  return null;
}

function keepRecords(
  each: Candidate,
  log: PartitionLog,
  lastOffsets: ReadonlyMap<string, number>,
  nowMs: number,
): Kept | null {
  const { stored, bytes, header, chunk } = each;
  const isLast = (i: number): boolean => chunk !== null && lastOffsets.get(keyOf(chunk, i)) === chunk.offsets[i];
  const isTombstone = (i: number): boolean => chunk !== null && chunk.valueStart[i] < 0;
  const count = chunk?.count ?? 0;
  const last = Array.from({ length: count }, (_, i) => i).filter(isLast);
  const deleteHorizonMs =
    stored.deleteHorizonMs ?? (last.some(isTombstone) ? nowMs + log.config.deleteRetentionMs : null);
  const dropTombstones = deleteHorizonMs !== null && nowMs >= deleteHorizonMs;
  const retained = dropTombstones ? last.filter((i) => !isTombstone(i)) : last;

  if (retained.length === header.recordCount && retained.length > 0) {
    return { bytes, stored: { ...stored, deleteHorizonMs } };
  }
  if (chunk !== null && retained.length > 0) return thinned(each, chunk, retained, deleteHorizonMs);
  return log.producers.needs(header, stored.lastOffset) ? emptied(each, deleteHorizonMs) : null;
}

/** The batch with some of its records only, uncompressed; base offset and last offset stay. */
function thinned(
  each: Candidate,
  chunk: RecordChunk,
  retained: readonly number[],
  deleteHorizonMs: number | null,
): Kept {
  const records = recordSlices(chunk);
  return rewritten(
    each,
    retained.map((i) => records[i]),
    deleteHorizonMs,
  );
}

const emptied = (each: Candidate, deleteHorizonMs: number | null): Kept => rewritten(each, [], deleteHorizonMs);

function rewritten(each: Candidate, records: readonly Buffer[], deleteHorizonMs: number | null): Kept {
  const bytes = Buffer.concat([each.bytes.subarray(0, layout.HEADER_SIZE), ...records]);
  bytes.writeInt32BE(bytes.length - layout.LOG_OVERHEAD, layout.BATCH_LENGTH);
  bytes.writeInt16BE(each.header.attributes & ~layout.COMPRESSION_BITS, layout.ATTRIBUTES);
  bytes.writeInt32BE(records.length, layout.RECORD_COUNT);
  writeBatchCrc(bytes);
  return { bytes, stored: { ...each.stored, deleteHorizonMs } };
}

/** The encoded records, one after the other: each begins with its length as a varint. */
function recordSlices({ bytes, count }: RecordChunk): Buffer[] {
  const slices: Buffer[] = [];
  let at = 0;
  while (slices.length < count && at < bytes.length) {
    let size = 0;
    let end = at;
    for (let shift = 0; end < bytes.length; shift += 7) {
      const byte = bytes[end++];
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    end += size >>> 1;
    slices.push(bytes.subarray(at, end));
    at = end;
  }
  return slices;
}

function inOneSegment(kept: readonly Kept[]): Segment {
  const size = kept.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const segment = new Segment(kept[0].stored.baseOffset, 0, size);
  for (const { bytes, stored } of kept) segment.append(bytes, stored);
  return segment;
}

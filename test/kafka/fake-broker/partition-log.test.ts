import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PartitionLog } from '../../../src/kafka/fake-broker/partition-log.ts';
import { TopicConfig } from '../../../src/kafka/fake-broker/topic-config.ts';
import { decodeBatch, readBatch } from '../../../src/kafka/record-batch/decode.ts';
import { RecordBatchBuilder, type RecordBatchOptions } from '../../../src/kafka/record-batch/encode.ts';
import { describeBatches } from '../../conformance/client.ts';

const NOW = 1_750_000_000_000;
const TP = { topic: 'log', partition: 0 };

function newLog(config: Record<string, string> = {}): PartitionLog {
  const parsed = TopicConfig.of(Object.entries(config).map(([name, value]) => ({ name, value })));
  if (typeof parsed === 'string') throw new Error(parsed);
  return new PartitionLog(TP, parsed);
}

function batchOf(values: readonly string[], options: Partial<RecordBatchOptions> = {}): Buffer {
  const builder = new RecordBatchBuilder({
    producerId: -1,
    epoch: -1,
    baseSequence: -1,
    transactional: false,
    compression: 'none',
    ...options,
  });
  values.forEach((value, i) => builder.append(NOW + i, 'key', value, null));
  return builder.build() as Buffer;
}

const transactional = (producerId: number, baseSequence: number): Partial<RecordBatchOptions> => ({
  producerId,
  epoch: 0,
  baseSequence,
  transactional: true,
});

/** All that a reader gets who goes from batch to batch. */
function readAll(log: PartitionLog, maxBytes: number): { offset: number; value: string }[] {
  const records: { offset: number; value: string }[] = [];
  for (let offset = log.startOffset; offset < log.lastStableOffset;) {
    const { records: bytes } = log.read(offset, maxBytes, true);
    expect(bytes.length).toBeGreaterThan(0);
    for (let at = 0; at < bytes.length;) {
      const header = readBatch(bytes, at, TP)!;
      const chunk = decodeBatch(bytes, at, header, TP, offset);
      for (let i = 0; i < chunk.count && !header.isControl; i++) {
        const value = chunk.bytes.toString('utf8', chunk.valueStart[i], chunk.valueEnd[i]);
        records.push({ offset: chunk.offsets[i], value });
      }
      offset = chunk.nextOffset;
      at += header.sizeInBytes;
    }
  }
  return records;
}

describe('PartitionLog', () => {
  test('a reader of any fetch size gets every record once, in order, with a right checksum', () => {
    const values = fc.array(fc.string({ maxLength: 5_000 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(values, { maxLength: 40 }), fc.integer({ min: 1, max: 100_000 }), (batches, maxBytes) => {
        const log = newLog();
        for (const batch of batches) expect(log.append(batchOf(batch), 0, NOW).errorCode).toBe(0);
        const expected = batches.flat().map((value, offset) => ({ offset, value }));
        expect(readAll(log, maxBytes)).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  test('what was read stays as it is, whatever is appended after', () => {
    const log = newLog();
    log.append(batchOf(['first']), 0, NOW);
    const { records } = log.read(0, 1_000, true);
    const copy = Buffer.from(records);
    for (let i = 0; i < 1_000; i++) log.append(batchOf(['more and more']), 0, NOW);
    expect(records).toEqual(copy);
  });

  test('the bytes of the producer are copied: changing them afterwards changes nothing', () => {
    const log = newLog();
    const batch = batchOf(['mine']);
    log.append(batch, 0, NOW);
    batch.fill(0);
    expect(readAll(log, 1_000)).toEqual([{ offset: 0, value: 'mine' }]);
  });

  test('readers never get beyond the last stable offset, however transactions overlap', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(3), fc.constantFrom('write', 'commit', 'abort')), { maxLength: 60 }),
        (steps) => {
          const log = newLog();
          const open = new Map<number, number>();
          const sequences = [0, 0, 0, 0];
          for (const [producerId, step] of steps) {
            if (step === 'write') {
              if (!open.has(producerId)) open.set(producerId, log.highWatermark);
              log.append(batchOf(['x'], transactional(producerId, sequences[producerId]++)), 0, NOW);
            } else {
              open.delete(producerId);
              log.appendMarker({ type: step, producerId, epoch: 0 }, 0, NOW);
            }
            const stable = Math.min(log.highWatermark, ...open.values());
            expect(log.lastStableOffset).toBe(stable);
            expect(log.read(0, 1 << 20, true).end).toBe(stable);
            expect(log.readableBytes(0)).toBe(log.read(0, 1 << 20, true).records.length);
          }
        },
      ),
    );
  });

  test('aborted transactions are told in the order of their ends, and only to those whom they concern', () => {
    const log = newLog();
    log.append(batchOf(['a'], transactional(1, 0)), 0, NOW);
    log.append(batchOf(['b'], transactional(2, 0)), 0, NOW);
    log.appendMarker({ type: 'abort', producerId: 2, epoch: 0 }, 0, NOW);
    log.appendMarker({ type: 'abort', producerId: 1, epoch: 0 }, 0, NOW);
    const first = { producerId: 1, firstOffset: 0 };
    const second = { producerId: 2, firstOffset: 1 };
    expect(log.aborted.overlapping(0, 4)).toEqual([second, first]);
    expect(log.aborted.overlapping(3, 4)).toEqual([first]);
    expect(log.aborted.overlapping(0, 1)).toEqual([first]);
  });

  test('a marker of an overtaken epoch is refused', () => {
    const log = newLog();
    log.appendMarker({ type: 'abort', producerId: 1, epoch: 3 }, 0, NOW);
    expect(log.appendMarker({ type: 'commit', producerId: 1, epoch: 2 }, 0, NOW)).toBe(false);
    expect(log.highWatermark).toBe(1);
  });

  test('append time replaces the records’ own times', () => {
    const log = newLog({ 'message.timestamp.type': 'LogAppendTime' });
    expect(log.append(batchOf(['a', 'b']), 0, NOW + 7)).toEqual({
      errorCode: 0,
      baseOffset: 0,
      logAppendTimeMs: NOW + 7,
    });
    const { records } = log.read(0, 1_000, true);
    const header = readBatch(records, 0, TP)!;
    expect([...decodeBatch(records, 0, header, TP, 0).timestamps]).toEqual([NOW + 7, NOW + 7]);
  });

  test('the leader epoch stands in every batch', () => {
    const log = newLog();
    log.append(batchOf(['a']), 5, NOW);
    expect(readBatch(log.read(0, 1_000, true).records, 0, TP)!.partitionLeaderEpoch).toBe(5);
  });

  test('deleting moves the start, within a batch too, and frees nothing above', () => {
    const log = newLog();
    for (let i = 0; i < 3; i++) log.append(batchOf(['x', 'y']), 0, NOW);
    expect(log.deleteBefore(3)).toBe(true);
    expect(log.startOffset).toBe(3);
    expect(describeBatches(log.read(3, 1_000, true).records)).toEqual(['2-3 x2', '4-5 x2']);
    expect(log.deleteBefore(7)).toBe(false);
    expect(log.deleteBefore(6)).toBe(true);
    expect(log.append(batchOf(['z']), 0, NOW).baseOffset).toBe(6);
  });

  test('a new segment begins when segment.bytes are full or segment.ms are over', () => {
    const bySize = newLog({ 'segment.bytes': String(1024 * 1024) });
    for (let i = 0; i < 3; i++) bySize.append(batchOf(['x'.repeat(400_000)]), 0, NOW);
    expect(bySize.activeOffset).toBe(2);
    const byAge = newLog({ 'segment.ms': '1000' });
    byAge.append(batchOf(['old'], {}), 0, NOW);
    const later = new RecordBatchBuilder({
      producerId: -1,
      epoch: -1,
      baseSequence: -1,
      transactional: false,
      compression: 'none',
    });
    later.append(NOW + 1_001, 'key', 'new', null);
    byAge.append(later.build() as Buffer, 0, NOW + 1_001);
    expect(byAge.activeOffset).toBe(1);
  });
});

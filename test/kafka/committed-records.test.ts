import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCommittedRecords } from '../../src/kafka/committed-records.ts';
import { RecordBatchBuilder, writeBatchCrc } from '../../src/kafka/record-batch/encode.ts';
import { at, batchAt, emptyBatch, markerAt, plain } from './records.ts';

const tp = { topic: 'orders', partition: 0 };

function read(batches: readonly Buffer[], aborted: { producerId: number; firstOffset: number }[] = [], position = 0) {
  const answer = { records: Buffer.concat(batches), abortedTransactions: aborted };
  const { chunks, position: reached } = readCommittedRecords(tp, answer, position);
  return { values: chunks.flatMap(plain).map(({ value }) => value), reached };
}

describe('reading committed records', () => {
  test('leaves out overlapping aborted transactions that are listed by where they end', () => {
    const batches = [
      batchAt(0, ['a1'], 1),
      batchAt(1, ['b1'], 2),
      markerAt(2, 'abort', 2),
      batchAt(3, ['b2'], 2),
      batchAt(4, ['a2'], 1),
      markerAt(5, 'abort', 1),
      markerAt(6, 'commit', 2),
    ];
    const aborted = [
      { producerId: 2, firstOffset: 1 },
      { producerId: 1, firstOffset: 0 },
    ];
    expect(read(batches, aborted)).toEqual({ values: ['b2'], reached: 7 });
  });

  test('leaves out all transactions that were begun before the batch it comes to, not one a batch', () => {
    // The first batches of 1, 2 and 3 were compacted away; the next batch seen is one of 3.
    const batches = [
      batchAt(10, ['c'], 3),
      batchAt(11, ['a'], 1),
      batchAt(12, ['b'], 2),
      markerAt(13, 'abort', 1),
      markerAt(14, 'abort', 2),
      markerAt(15, 'abort', 3),
      batchAt(16, ['good'], 1),
      markerAt(17, 'commit', 1),
    ];
    const aborted = [1, 2, 3].map((producerId) => ({ producerId, firstOffset: producerId }));
    expect(read(batches, aborted, 10)).toEqual({ values: ['good'], reached: 18 });
  });

  test('does not take a record whose key looks like a marker for one', () => {
    const builder = new RecordBatchBuilder({
      producerId: 1,
      epoch: 0,
      baseSequence: 0,
      transactional: true,
      compression: 'none',
    });
    builder.append(1000, Buffer.from([0, 0, 0, 0]), 'bait', null);
    const batches = [
      at(0, builder.build() as Uint8Array),
      batchAt(1, ['still aborted'], 1),
      markerAt(2, 'abort', 1),
      batchAt(3, ['good'], 1),
      markerAt(4, 'commit', 1),
    ];
    expect(read(batches, [{ producerId: 1, firstOffset: 0 }])).toEqual({ values: ['good'], reached: 5 });
  });

  test('keeps what a producer writes outside transactions while its transaction is listed as aborted', () => {
    const plainBatch = new RecordBatchBuilder({
      producerId: 1,
      epoch: 0,
      baseSequence: 0,
      transactional: false,
      compression: 'none',
    });
    plainBatch.append(1000, null, 'plain', null);
    const batches = [at(0, plainBatch.build() as Uint8Array), markerAt(1, 'abort', 1)];
    expect(read(batches, [{ producerId: 1, firstOffset: 0 }]).values).toEqual(['plain']);
  });

  test('moves past markers and past batches that compaction has emptied', () => {
    expect(read([emptyBatch(0, 41)])).toEqual({ values: [], reached: 42 });
    expect(read([batchAt(0, ['a'], 1), markerAt(1, 'commit', 1), emptyBatch(2, 9, 1)]).reached).toBe(10);
  });

  test('moves past the offsets at the end of a batch that compaction has thinned out', () => {
    const batch = batchAt(5, ['a', 'b']);
    const wide = batchAt(5, ['a', 'b', 'c', 'd']);
    // The same two records in a batch that once had four: only the header says so.
    wide.copy(batch, 23, 23, 27);
    const answer = { records: resealed(batch), abortedTransactions: [] };
    expect(readCommittedRecords(tp, answer, 5).position).toBe(9);
  });

  test('begins at the position within a batch, and drops a last batch that is cut off', () => {
    const cut = batchAt(3, ['d', 'e']);
    const batches = [batchAt(0, ['a', 'b', 'c']), cut.subarray(0, cut.length - 1)];
    expect(read(batches, [], 1)).toEqual({ values: ['b', 'c'], reached: 3 });
  });

  test('gives the records of committed transactions, and no others, of any interleaving', () => {
    const step = fc.record({ producer: fc.nat(3), kind: fc.constantFrom('write', 'write', 'commit', 'abort') });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const log: Buffer[] = [];
        const open = new Map<number, { firstOffset: number; values: string[] }>();
        const aborted: { producerId: number; firstOffset: number }[] = [];
        const committed: string[] = [];
        const write = (producer: number) => {
          const transaction = open.get(producer) ?? { firstOffset: log.length, values: [] };
          const value = `${producer}@${log.length}`;
          transaction.values.push(value);
          open.set(producer, transaction);
          log.push(batchAt(log.length, [value], producer));
        };
        const end = (producer: number, type: 'commit' | 'abort') => {
          const transaction = open.get(producer);
          if (transaction === undefined) return;
          open.delete(producer);
          log.push(markerAt(log.length, type, producer));
          if (type === 'commit') committed.push(...transaction.values);
          else aborted.push({ producerId: producer, firstOffset: transaction.firstOffset });
        };
        for (const { producer, kind } of steps) {
          if (kind === 'write') write(producer);
          else end(producer, kind as 'commit' | 'abort');
        }
        for (const producer of [...open.keys()]) end(producer, 'abort');
        const { values, reached } = read(log, aborted);
        expect(values).toHaveLength(committed.length);
        expect(new Set(values)).toEqual(new Set(committed));
        expect(reached).toBe(log.length);
      }),
    );
  });
});

function resealed(batch: Buffer): Buffer {
  const copy = Buffer.from(batch);
  writeBatchCrc(copy);
  return copy;
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Payload } from '../../../src/core/transport.ts';
import type { Compression } from '../../../src/kafka/record-batch/compression.ts';
import { decodeBatch, readBatch, readBatchHeader } from '../../../src/kafka/record-batch/decode.ts';
import { RecordBatchBuilder, writeBatchCrc } from '../../../src/kafka/record-batch/encode.ts';
import * as layout from '../../../src/kafka/record-batch/layout.ts';
import { at, batchAt, COMPRESSIONS, plain } from '../records.ts';

const tp = { topic: 'orders', partition: 3 };

interface Input {
  timestamp: number;
  key: Payload;
  value: Payload;
  headers: [string, Payload][] | null;
}

async function build(records: readonly Input[], compression: Compression): Promise<Buffer> {
  const builder = new RecordBatchBuilder(
    { producerId: 9, epoch: 2, baseSequence: 70, transactional: true, compression },
    64,
  );
  for (const { timestamp, key, value, headers } of records) builder.append(timestamp, key, value, headers);
  return Buffer.from(await builder.build());
}

function read(batch: Buffer, wanted = 0, end = Infinity) {
  const header = readBatch(batch, 0, tp);
  if (header === null) throw new Error('the batch is cut off');
  return decodeBatch(batch, 0, header, tp, wanted, end);
}

const bytesOf = (payload: Payload): Buffer | null => (payload === null ? null : Buffer.from(payload as string));

const payload: fc.Arbitrary<Payload> = fc.oneof(
  fc.constant(null),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ maxLength: 30 }),
  fc.uint8Array({ maxLength: 300 }),
);
const input: fc.Arbitrary<Input> = fc.record({
  timestamp: fc.oneof(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 1.7e12, max: 1.7e12 + 1000 })),
  key: payload,
  value: payload,
  headers: fc.option(fc.array(fc.tuple(fc.string({ unit: 'binary', maxLength: 10 }), payload), { maxLength: 3 })),
});

describe('a record batch', () => {
  test.each(COMPRESSIONS)('gives back every record that was appended, with %s', async (compression) => {
    await fc.assert(
      fc.asyncProperty(fc.array(input, { minLength: 1, maxLength: 40 }), async (records) => {
        const chunk = read(await build(records, compression));
        expect(chunk.count).toBe(records.length);
        const back = plain(chunk);
        records.forEach((record, i) => {
          const raw = (start: number, end: number) => (start < 0 ? null : chunk.bytes.subarray(start, end));
          expect(chunk.offsets[i]).toBe(i);
          expect(chunk.timestamps[i]).toBe(record.timestamp);
          expect(raw(chunk.keyStart[i], chunk.keyEnd[i])).toEqual(bytesOf(record.key));
          expect(raw(chunk.valueStart[i], chunk.valueEnd[i])).toEqual(bytesOf(record.value));
          expect(back[i].headers).toEqual(
            (record.headers ?? []).map(([name, value]) => [
              Buffer.from(name).toString(),
              bytesOf(value)?.toString() ?? null,
            ]),
          );
        });
      }),
      { numRuns: compression === 'none' ? 300 : 60 },
    );
  });

  test('tells its producer, its bounds and its kind in the header', async () => {
    const records = [5000, 3000, 9000].map((timestamp) => ({ timestamp, key: null, value: 'x', headers: null }));
    const batch = await build(records, 'zstd');
    expect(readBatchHeader(batch, 0)).toMatchObject({
      baseOffset: 0,
      partitionLeaderEpoch: -1,
      magic: 2,
      compression: 'zstd',
      timestampType: 'CreateTime',
      isTransactional: true,
      isControl: false,
      lastOffsetDelta: 2,
      firstTimestamp: 5000,
      maxTimestamp: 9000,
      producerId: 9,
      producerEpoch: 2,
      baseSequence: 70,
      recordCount: 3,
      sizeInBytes: batch.length,
    });
  });

  test('takes the producer, epoch and sequence it is stamped with at the end', async () => {
    const builder = new RecordBatchBuilder({
      producerId: -1,
      epoch: -1,
      baseSequence: -1,
      transactional: true,
      compression: 'none',
    });
    builder.append(1, 'k', 'v', null);
    const batch = Buffer.from(await builder.build({ producerId: 2 ** 40, epoch: 7, baseSequence: 0x7fffffff }));
    expect(readBatch(batch, 0, tp)).toMatchObject({ producerId: 2 ** 40, producerEpoch: 7, baseSequence: 0x7fffffff });
  });

  test('leaves out records below the offset wanted and from the end on', () => {
    const batch = batchAt(100, ['a', 'b', 'c', 'd']);
    expect(plain(read(batch, 101, 103)).map(({ offset, value }) => [offset, value])).toEqual([
      [101, 'b'],
      [102, 'c'],
    ]);
    expect(read(batch, 101).nextOffset).toBe(104);
    expect(read(batch, 101, 103).nextOffset).toBe(103);
  });

  test('has the time of its append for all records when the topic says so', () => {
    const batch = batchAt(0, ['a', 'b']);
    batch.writeInt16BE(layout.LOG_APPEND_TIME_BIT, layout.ATTRIBUTES);
    layout.writeInt64(batch, 1_700_000_000_123, layout.MAX_TIMESTAMP);
    writeBatchCrc(batch);
    expect(Array.from(read(batch).timestamps)).toEqual([1_700_000_000_123, 1_700_000_000_123]);
  });

  test('is not read before all of it is there', () => {
    const batch = batchAt(0, ['a', 'b', 'c']);
    for (let length = 0; length < batch.length; length++) {
      expect(readBatch(batch.subarray(0, length), 0, tp)).toBeNull();
    }
  });

  test('with any bit damaged behind its checksum is refused, naming the place', () => {
    const batch = at(4711, batchAt(0, ['first', 'second']));
    fc.assert(
      fc.property(fc.integer({ min: layout.ATTRIBUTES, max: batch.length - 1 }), fc.nat(7), (byte, bit) => {
        const damaged = Buffer.from(batch);
        damaged[byte] ^= 1 << bit;
        expect(() => readBatch(damaged, 0, tp)).toThrowError(/orders-3: the record batch at offset 4711 is damaged/);
      }),
    );
  });

  test('whose records do not add up is refused, whatever its checksum says', () => {
    const whole = batchAt(0, ['first', 'second']);
    const damages: ((batch: Buffer) => void)[] = [
      (batch) => batch.writeInt32BE(1, layout.RECORD_COUNT),
      (batch) => batch.writeInt32BE(3, layout.RECORD_COUNT),
      (batch) => batch.writeInt32BE(2 ** 30, layout.RECORD_COUNT),
      (batch) => batch.writeInt8(0x7f, layout.HEADER_SIZE),
      (batch) => batch.writeInt8(0x7e, layout.HEADER_SIZE + 5),
      (batch) => batch.writeInt16BE(1, layout.ATTRIBUTES),
      (batch) => batch.writeInt16BE(7, layout.ATTRIBUTES),
    ];
    for (const damage of damages) {
      const batch = Buffer.from(whole);
      damage(batch);
      writeBatchCrc(batch);
      expect(() => read(batch), damage.toString()).toThrowError(
        expect.objectContaining({ code: 'CORRUPT_BATCH', details: { topic: 'orders', partition: 3, offset: 0 } }),
      );
    }
  });

  test('of an older message format is refused with a way out', () => {
    const batch = at(12, batchAt(0, ['a']));
    batch[layout.MAGIC] = 1;
    expect(() => readBatch(batch, 0, tp)).toThrowError(/orders-3: the records at offset 12 are in message format v1/);
  });
});

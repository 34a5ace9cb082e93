import { describe, expect, test } from 'vitest';
import { snappyRaw } from './snappy-raw.ts';
import { decodeBatch, readBatch, readControlType } from '../../../src/kafka/record-batch/decode.ts';
import { encodeControlBatch, RecordBatchBuilder } from '../../../src/kafka/record-batch/encode.ts';
import { at, COMPRESSIONS, plain } from '../records.ts';
import { JAVA_BATCHES, JAVA_MARKERS } from './java-batches.ts';

const tp = { topic: 'orders', partition: 0 };
const long = 'z'.repeat(40);

const records = (base: number) => [
  {
    offset: base,
    timestamp: 1_700_000_000_000,
    key: 'key-0',
    value: `value ä 0 ${long}`,
    headers: [
      ['trace', 'abc'],
      ['trace', null],
    ],
  },
  { offset: base + 1, timestamp: 1_700_000_001_000, key: null, value: `value ä 1 ${long}`, headers: [] },
  { offset: base + 2, timestamp: 1_700_000_002_000, key: 'key-2', value: null, headers: [] },
];

function read(batch: Buffer) {
  const header = readBatch(batch, 0, tp);
  if (header === null) throw new Error('the batch is cut off');
  return { header, chunk: decodeBatch(batch, 0, header, tp, 0) };
}

describe('batches that the Java producer wrote', () => {
  test.each(COMPRESSIONS)('are read, with %s', (compression) => {
    const { header, chunk } = read(Buffer.from(JAVA_BATCHES[compression], 'base64'));
    expect(header).toMatchObject({ compression, isTransactional: true, isControl: false, baseSequence: 0 });
    expect(plain(chunk)).toEqual(records(header.baseOffset));
  });

  test('are written byte for byte the same from the same records', async () => {
    const java = Buffer.from(JAVA_BATCHES.none, 'base64');
    const { header } = read(java);
    const builder = new RecordBatchBuilder({
      producerId: header.producerId,
      epoch: header.producerEpoch,
      baseSequence: header.baseSequence,
      transactional: true,
      compression: 'none',
    });
    for (const { timestamp, key, value, headers } of records(0)) {
      builder.append(timestamp, key, value, headers as [string, string | null][]);
    }
    const ours = Buffer.from(await builder.build());
    // The broker stamps the leader's epoch when it stores a batch; it lies outside the checksum.
    java.copy(ours, 12, 12, 16);
    expect(ours.equals(java)).toBe(true);
  });

  test('are read when snappy comes unframed, as other clients send it', async () => {
    const batch = await snappyRaw(Buffer.from(JAVA_BATCHES.none, 'base64'));
    expect(plain(read(batch).chunk)).toEqual(records(0));
  });
});

describe('transaction markers that the broker wrote', () => {
  test.each(['commit', 'abort'] as const)('are told apart: %s', (type) => {
    const batch = Buffer.from(JAVA_MARKERS[type], 'base64');
    const header = readBatch(batch, 0, tp);
    expect(header).toMatchObject({ isControl: true, isTransactional: true, recordCount: 1 });
    expect(readControlType(batch, 0, header!)).toBe(type);
  });

  test.each(['commit', 'abort'] as const)('are written byte for byte the same: %s', (type) => {
    const java = Buffer.from(JAVA_MARKERS[type], 'base64');
    const header = readBatch(java, 0, tp)!;
    const ours = at(
      header.baseOffset,
      encodeControlBatch({
        type,
        producerId: header.producerId,
        epoch: header.producerEpoch,
        timestampMs: header.firstTimestamp,
        coordinatorEpoch: 0,
      }),
    );
    java.copy(ours, 12, 12, 16);
    expect(ours.equals(java)).toBe(true);
  });
});

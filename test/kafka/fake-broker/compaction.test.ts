import { describe, expect, test } from 'vitest';
import { compact } from '../../../src/kafka/fake-broker/compaction.ts';
import { PartitionLog } from '../../../src/kafka/fake-broker/partition-log.ts';
import { TopicConfig } from '../../../src/kafka/fake-broker/topic-config.ts';
import type { Compression } from '../../../src/kafka/record-batch/compression.ts';
import { decodeBatch, readBatch } from '../../../src/kafka/record-batch/decode.ts';
import { RecordBatchBuilder } from '../../../src/kafka/record-batch/encode.ts';
import { describeBatches } from '../../conformance/client.ts';

const NOW = 1_750_000_000_000;
const RETENTION_MS = 1_000;
const TP = { topic: 'changelog', partition: 0 };

/** A compacted log with a pen: each line is one batch, of `key=value` records; `key=` is a tombstone. */
class Changelog {
  readonly log: PartitionLog;
  readonly #sequences = new Map<number, number>();

  constructor() {
    const entries = { 'cleanup.policy': 'compact', 'delete.retention.ms': String(RETENTION_MS) };
    const config = TopicConfig.of(Object.entries(entries).map(([name, value]) => ({ name, value })));
    this.log = new PartitionLog(TP, config as TopicConfig);
  }

  async write(line: string, producerId = -1, compression: Compression = 'none'): Promise<void> {
    const records = line.split(' ').map((record) => record.split('='));
    const sequence = this.#sequences.get(producerId) ?? 0;
    this.#sequences.set(producerId, sequence + records.length);
    const transactional = producerId >= 0;
    const builder = new RecordBatchBuilder({
      producerId,
      epoch: transactional ? 0 : -1,
      baseSequence: transactional ? sequence : -1,
      transactional,
      compression,
    });
    for (const [key, value] of records) builder.append(NOW, key, value === '' ? null : value, null);
    expect(this.log.append((await builder.build()) as Buffer, 0, NOW).errorCode).toBe(0);
  }

  end(producerId: number, type: 'commit' | 'abort'): void {
    this.log.appendMarker({ type, producerId, epoch: 0 }, 0, NOW);
  }

  /** Compacts all that is closed, everything so far included. */
  compact(nowMs = NOW): void {
    this.log.roll();
    compact(this.log, nowMs);
  }

  /** Every record there is, aborted ones too, as `offset:key=value`. */
  get records(): string[] {
    return this.#batches().flatMap(({ bytes, at }) => {
      const header = readBatch(bytes, at, TP)!;
      if (header.isControl) return [];
      const chunk = decodeBatch(bytes, at, header, TP, 0);
      return Array.from({ length: chunk.count }, (_, i) => {
        const key = chunk.bytes.toString('utf8', chunk.keyStart[i], chunk.keyEnd[i]);
        const value =
          chunk.valueStart[i] < 0 ? '' : chunk.bytes.toString('utf8', chunk.valueStart[i], chunk.valueEnd[i]);
        return `${chunk.offsets[i]}:${key}=${value}`;
      });
    });
  }

  get batches(): string[] {
    return this.log.segments.flatMap((segment) => describeBatches(segment.buffer.subarray(0, segment.length)));
  }

  #batches(): { bytes: Buffer; at: number }[] {
    return this.log.segments.flatMap((segment) => segment.batches.map(({ at }) => ({ bytes: segment.buffer, at })));
  }
}

describe('compaction', () => {
  test('keeps the last record of every key at its offset', async () => {
    const changelog = new Changelog();
    await changelog.write('a=1 b=1 a=2');
    await changelog.write('b=2 c=1');
    changelog.compact();
    expect(changelog.records).toEqual(['2:a=2', '3:b=2', '4:c=1']);
    expect(changelog.batches).toEqual(['0-2 x1', '3-4 x2']);
    expect(changelog.log.highWatermark).toBe(5);
  });

  test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('reads batches compressed with %s', async (compression) => {
    const changelog = new Changelog();
    await changelog.write('a=1 b=1 a=2', -1, compression);
    changelog.compact();
    expect(changelog.records).toEqual(['1:b=1', '2:a=2']);
  });

  test('never touches the active segment', async () => {
    const changelog = new Changelog();
    await changelog.write('a=1');
    changelog.log.roll();
    await changelog.write('a=2');
    await changelog.write('a=3');
    compact(changelog.log, NOW);
    expect(changelog.records).toEqual(['0:a=1', '1:a=2', '2:a=3']);
  });

  test('keeps tombstones for delete.retention.ms after the first compaction that met them', async () => {
    const changelog = new Changelog();
    await changelog.write('a=1');
    await changelog.write('a= b=1');
    changelog.compact(NOW);
    expect(changelog.records).toEqual(['1:a=', '2:b=1']);
    changelog.compact(NOW + RETENTION_MS - 1);
    expect(changelog.records).toEqual(['1:a=', '2:b=1']);
    changelog.compact(NOW + RETENTION_MS);
    expect(changelog.records).toEqual(['2:b=1']);
  });

  test('stays below the last stable offset', async () => {
    const changelog = new Changelog();
    await changelog.write('a=1');
    await changelog.write('a=2', 7);
    await changelog.write('a=3');
    changelog.compact();
    expect(changelog.records).toEqual(['0:a=1', '1:a=2', '2:a=3']);
    changelog.end(7, 'commit');
    changelog.compact();
    expect(changelog.records).toEqual(['2:a=3']);
  });

  test('an aborted record hides none before it, and goes', async () => {
    const changelog = new Changelog();
    await changelog.write('a=1');
    await changelog.write('a=2', 7);
    changelog.end(7, 'abort');
    changelog.compact();
    expect(changelog.records).toEqual(['0:a=1']);
  });

  test('a producer’s last batch stays, if only as an empty one', async () => {
    const changelog = new Changelog();
    await changelog.write('a=1', 7);
    changelog.end(7, 'commit');
    await changelog.write('a=2');
    changelog.compact();
    expect(changelog.batches).toEqual(['0-0 x0 transactional', '1-1 x1 transactional control', '2-2 x1']);
  });

  test('markers go when their data is gone and the retention is over', async () => {
    const changelog = new Changelog();
    await changelog.write('a=1', 7);
    changelog.end(7, 'commit');
    await changelog.write('a=2', 7);
    changelog.end(7, 'commit');
    changelog.compact(NOW);
    expect(changelog.batches).toEqual([
      '1-1 x1 transactional control',
      '2-2 x1 transactional',
      '3-3 x1 transactional control',
    ]);
    changelog.compact(NOW + 1);
    changelog.compact(NOW + 1 + RETENTION_MS);
    expect(changelog.batches).toEqual(['2-2 x1 transactional', '3-3 x1 transactional control']);
  });

  test('readers go on over the gaps', async () => {
    const changelog = new Changelog();
    for (let i = 0; i < 5; i++) await changelog.write(`a=${i}`);
    changelog.compact();
    await changelog.write('b=1');
    expect(describeBatches(changelog.log.read(0, 1_000, true).records)).toEqual(['4-4 x1']);
    expect(describeBatches(changelog.log.read(5, 1_000, true).records)).toEqual(['5-5 x1']);
    expect(changelog.log.readableBytes(2)).toBe(changelog.log.readableBytes(0));
  });
});

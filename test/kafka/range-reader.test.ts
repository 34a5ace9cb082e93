import { describe, expect, test } from 'vitest';
import { MillraceError } from '../../src/core/errors.ts';
import type { ApiReply, FetchedPartition } from '../../src/kafka/api.ts';
import { Cluster } from '../../src/kafka/cluster.ts';
import { ErrorCode } from '../../src/kafka/error-codes.ts';
import { readRange } from '../../src/kafka/range-reader.ts';
import { batchAt, emptyBatch, markerAt, plain } from './records.ts';
import { fetched, LeapingClock, metadata, ScriptedLink } from './scripted-link.ts';

const tp = { topic: 'log', partition: 0 };

/** A link over a log of batches of which each answer holds one. */
function over(answerAt: (offset: number, tries: number) => Partial<FetchedPartition>) {
  let tries = 0;
  const link = new ScriptedLink({
    Metadata: () => metadata({ log: [1] }),
    Fetch: ({ topics }): ApiReply<'Fetch'> => {
      const { offset } = topics[0].partitions[0];
      return { errorCode: 0, topics: [{ topic: 'log', partitions: [fetched(0, answerAt(offset, ++tries))] }] };
    },
  });
  return { link, cluster: new Cluster(link, new LeapingClock()) };
}

async function collect(cluster: Cluster, from: number, to: number) {
  const values: (string | null)[] = [];
  for await (const chunk of readRange(cluster, tp, from, to)) values.push(...plain(chunk).map(({ value }) => value));
  return values;
}

const log = (offset: number): Partial<FetchedPartition> => {
  if (offset < 3) return { records: batchAt(0, ['0', '1', '2']) };
  if (offset < 5)
    return {
      records: Buffer.concat([batchAt(3, ['aborted'], 7), markerAt(4, 'abort', 7)]),
      abortedTransactions: [{ producerId: 7, firstOffset: 3 }],
    };
  if (offset < 9) return { records: emptyBatch(5, 8) };
  return { records: batchAt(9, ['9', '10', '11']) };
};

describe('reading a range', () => {
  test('gives the committed records from the first offset up to the last, and no more', async () => {
    expect(await collect(over(log).cluster, 1, 11)).toEqual(['1', '2', '9', '10']);
  });

  test('ends when nothing but markers, aborted records and emptied batches lie before the end', async () => {
    expect(await collect(over(log).cluster, 3, 9)).toEqual([]);
    expect(await collect(over(log).cluster, 4, 5)).toEqual([]);
  });

  test('of nothing asks for nothing', async () => {
    const { link, cluster } = over(log);
    expect(await collect(cluster, 5, 5)).toEqual([]);
    expect(link.sent('Fetch')).toEqual([]);
  });

  test('waits out a leader that moves, a broken connection and an answer without records', async () => {
    const { cluster } = over((offset, tries) => {
      if (tries === 1) return { errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER };
      if (tries === 2) throw new MillraceError('BROKER_UNAVAILABLE', 'cut');
      if (tries === 3) return {};
      return log(offset);
    });
    expect(await collect(cluster, 0, 3)).toEqual(['0', '1', '2']);
  });

  test.each([
    [ErrorCode.OFFSET_OUT_OF_RANGE, 'OFFSET_OUT_OF_RANGE'],
    [ErrorCode.TOPIC_AUTHORIZATION_FAILED, 'NOT_AUTHORIZED'],
    [ErrorCode.CORRUPT_MESSAGE, 'CORRUPT_BATCH'],
  ])('rejects for good on error code %d', async (errorCode, code) => {
    const { link, cluster } = over(() => ({ errorCode }));
    await expect(collect(cluster, 0, 3)).rejects.toMatchObject({ code });
    expect(link.sent('Fetch')).toHaveLength(1);
  });

  test('stops asking when the reader stops early, and an error of the fetch under way goes nowhere', async () => {
    const { link, cluster } = over((offset) =>
      offset === 0 ? { records: batchAt(0, ['0']) } : { errorCode: ErrorCode.OFFSET_OUT_OF_RANGE },
    );
    for await (const chunk of readRange(cluster, tp, 0, 100)) {
      expect(chunk.count).toBe(1);
      break;
    }
    expect(link.sent('Fetch').length).toBeLessThanOrEqual(2);
  });

  test('asks no more when the link is closed', async () => {
    const { link, cluster } = over((_, tries) => {
      if (tries === 3) void cluster.close();
      throw new MillraceError('BROKER_UNAVAILABLE', 'cut');
    });
    await expect(collect(cluster, 0, 3)).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    expect(link.sent('Fetch')).toHaveLength(3);
  });
});

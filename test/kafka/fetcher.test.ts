import { describe, expect, test } from 'vitest';
import { MillraceError } from '../../src/core/errors.ts';
import type { PartitionReader, RecordChunk } from '../../src/core/transport.ts';
import type { ApiReply, ApiRequest, FetchedPartition, MetadataReply, NodeId } from '../../src/kafka/api.ts';
import { Cluster } from '../../src/kafka/cluster.ts';
import { ErrorCode } from '../../src/kafka/error-codes.ts';
import { KafkaFetcher } from '../../src/kafka/fetcher.ts';
import { batchAt, markerAt, plain } from './records.ts';
import { fetched, LeapingClock, metadata, ScriptedLink, settled } from './scripted-link.ts';

interface HeldFetch {
  readonly node: NodeId;
  readonly request: ApiRequest<'Fetch'>;
  /** `topic-partition@offset` of all that it asks for. */
  readonly asked: string[];
  answer(parts: Record<string, FetchedPartition[]>): Promise<void>;
  /** Nothing new in any partition. */
  answerEmpty(): Promise<void>;
  fail(error: unknown): Promise<void>;
}

/** A fetcher whose fetches wait until the test answers them. */
function setup(options: { maxBufferedBytes?: number; leaders?: () => MetadataReply } = {}) {
  const held: HeldFetch[] = [];
  const errors: { name: string; error: Error }[] = [];
  const link = new ScriptedLink({
    Metadata: () => options.leaders?.() ?? metadata({ a: [1, 1, 1], b: [1, 2] }),
    Fetch: (request, node) =>
      new Promise<ApiReply<'Fetch'>>((resolve, reject) => {
        const answer = (parts: Record<string, FetchedPartition[]>) => {
          held.splice(held.indexOf(fetch), 1);
          const topics = Object.entries(parts).map(([topic, partitions]) => ({ topic, partitions }));
          resolve({ errorCode: 0, topics });
          return settled();
        };
        const fetch: HeldFetch = {
          node,
          request,
          asked: request.topics.flatMap(({ topic, partitions }) =>
            partitions.map(({ partition, offset }) => `${topic}-${partition}@${offset}`),
          ),
          answer,
          answerEmpty: () =>
            answer(
              Object.fromEntries(
                request.topics.map(({ topic, partitions }) => [topic, partitions.map((p) => fetched(p.partition))]),
              ),
            ),
          fail: (error) => {
            held.splice(held.indexOf(fetch), 1);
            reject(error as Error);
            return settled();
          },
        };
        held.push(fetch);
      }),
  });
  const fetcher = new KafkaFetcher(new Cluster(link, new LeapingClock()), {
    maxBufferedBytes: options.maxBufferedBytes ?? 1_000_000,
    onError: (tp, error) => errors.push({ name: `${tp.topic}-${tp.partition}`, error }),
  });
  return { fetcher, held, errors, link };
}

const values = (chunk: RecordChunk | null) => (chunk === null ? null : plain(chunk).map(({ value }) => value));
const all = (reader: PartitionReader) => {
  const found: (string | null)[] = [];
  for (let chunk = reader.shift(); chunk !== null; chunk = reader.shift()) found.push(...values(chunk)!);
  return found;
};

describe('a fetcher', () => {
  test('asks each leader once for all its partitions that were opened together', async () => {
    const { fetcher, held } = setup();
    fetcher.open({ topic: 'a', partition: 0 }, 10);
    fetcher.open({ topic: 'a', partition: 1 }, 20);
    fetcher.open({ topic: 'b', partition: 1 }, 30);
    await settled();
    expect(held.map(({ node, asked }) => [node, asked])).toEqual([
      [1, ['a-0@10', 'a-1@20']],
      [2, ['b-1@30']],
    ]);
  });

  test('queues chunks in order, tells of them, and goes on behind them', async () => {
    const { fetcher, held } = setup();
    const reader = fetcher.open({ topic: 'a', partition: 0 }, 5);
    let told = 0;
    reader.onProgress = () => told++;
    await settled();
    expect([reader.highWatermark, reader.lastStableOffset]).toEqual([-1, -1]);
    const records = Buffer.concat([batchAt(4, ['4', '5']), batchAt(6, ['6'])]);
    await held[0].answer({ a: [fetched(0, { records, highWatermark: 9, lastStableOffset: 8 })] });
    expect(told).toBe(1);
    expect([reader.position, reader.highWatermark, reader.lastStableOffset]).toEqual([7, 9, 8]);
    expect(held[0].asked).toEqual(['a-0@7']);
    expect(values(reader.peek())).toEqual(['5']);
    expect(all(reader)).toEqual(['5', '6']);
    expect(reader.bufferedBytes).toBe(0);
  });

  test('tells of a position that moved past markers alone, and not of an answer without news', async () => {
    const { fetcher, held } = setup();
    const reader = fetcher.open({ topic: 'a', partition: 0 }, 0);
    const positions: number[] = [];
    reader.onProgress = () => positions.push(reader.position);
    await settled();
    await held[0].answerEmpty();
    expect(positions).toEqual([0]); // the first answer: the high watermark is known now
    await held[0].answerEmpty();
    await held[0].answer({ a: [fetched(0, { records: markerAt(0, 'commit', 1) })] });
    expect(positions).toEqual([0, 1]);
    expect(reader.peek()).toBeNull();
  });

  test('asks at once for a partition that is opened while a long poll is held, and joins the polls again', async () => {
    const { fetcher, held } = setup();
    fetcher.open({ topic: 'a', partition: 0 }, 0);
    await settled();
    fetcher.open({ topic: 'a', partition: 1 }, 0);
    await settled();
    expect(held.map(({ asked }) => asked)).toEqual([['a-0@0'], ['a-1@0']]);
    expect(held[1].request.maxWaitMs).toBeLessThan(held[0].request.maxWaitMs);
    await held[0].answerEmpty();
    expect(held.map(({ asked }) => asked)).toEqual([['a-1@0']]);
    await held[0].answerEmpty();
    expect(held.map(({ asked }) => asked.sort())).toEqual([['a-0@0', 'a-1@0']]);
  });

  test('drops the answer for a partition that was closed, or closed and opened again, meanwhile', async () => {
    const { fetcher, held } = setup();
    const first = fetcher.open({ topic: 'a', partition: 0 }, 0);
    await settled();
    first.close();
    const second = fetcher.open({ topic: 'a', partition: 0 }, 50);
    await settled();
    const stale = held.find(({ asked }) => asked.includes('a-0@0'))!;
    await stale.answer({ a: [fetched(0, { records: batchAt(0, ['stale']) })] });
    expect([second.peek(), second.position, first.peek()]).toEqual([null, 50, null]);
    await held
      .find(({ asked }) => asked.includes('a-0@50'))!
      .answer({
        a: [fetched(0, { records: batchAt(50, ['fresh']) })],
      });
    expect(all(second)).toEqual(['fresh']);
  });

  test('drops a failure for a partition that was closed meanwhile', async () => {
    const { fetcher, held, errors } = setup();
    fetcher.open({ topic: 'a', partition: 0 }, 0).close();
    fetcher.open({ topic: 'a', partition: 0 }, 7).close();
    await settled();
    expect(held).toEqual([]);
    const reader = fetcher.open({ topic: 'a', partition: 0 }, 7);
    await settled();
    reader.close();
    await held[0].answer({ a: [fetched(0, { errorCode: ErrorCode.OFFSET_OUT_OF_RANGE })] });
    expect(errors).toEqual([]);
  });

  test('opens a partition once at a time', () => {
    const { fetcher } = setup();
    fetcher.open({ topic: 'a', partition: 0 }, 0);
    expect(() => fetcher.open({ topic: 'a', partition: 0 }, 0)).toThrowError('a-0 is open already');
  });

  test('sends nothing when nothing is open, and nothing after it was closed', async () => {
    const { fetcher, held, link } = setup();
    fetcher.open({ topic: 'a', partition: 0 }, 0);
    await settled();
    await fetcher.close();
    await held[0].answerEmpty();
    expect(link.sent('Fetch')).toHaveLength(1);
  });
});

describe('the byte budget of a fetcher', () => {
  test('leaves a partition out while its queue holds half its share, and asks at once when it has room again', async () => {
    const { fetcher, held } = setup({ maxBufferedBytes: 4_000 });
    const full = fetcher.open({ topic: 'a', partition: 0 }, 0);
    fetcher.open({ topic: 'a', partition: 1 }, 0);
    await settled();
    const records = Buffer.concat([batchAt(0, ['x'.repeat(900)]), batchAt(1, ['y'.repeat(900)])]);
    await held[0].answer({ a: [fetched(0, { records }), fetched(1)] });
    expect(full.bufferedBytes).toBeGreaterThan(1_800);
    expect(held.map(({ asked }) => asked)).toEqual([['a-1@0']]);
    full.shift();
    await settled();
    expect(held.map(({ asked }) => asked)).toEqual([['a-1@0'], ['a-0@2']]);
  });

  test('begins each request with another partition, since only the first is sure of a whole batch', async () => {
    const { fetcher, held } = setup();
    for (const partition of [0, 1, 2]) fetcher.open({ topic: 'a', partition }, 0);
    const firsts: string[] = [];
    await settled();
    for (let i = 0; i < 3; i++) {
      firsts.push(held[0].asked[0]);
      await held[0].answerEmpty();
    }
    expect(firsts.sort()).toEqual(['a-0@0', 'a-1@0', 'a-2@0']);
  });

  test('does not keep the memory of a whole answer for the small part that is queued', async () => {
    const { fetcher, held } = setup();
    const reader = fetcher.open({ topic: 'a', partition: 0 }, 0);
    await settled();
    const batch = batchAt(0, ['small']);
    const answer = Buffer.alloc(1_000_000);
    batch.copy(answer);
    await held[0].answer({ a: [fetched(0, { records: answer.subarray(0, batch.length) })] });
    expect(reader.peek()!.bytes.buffer.byteLength).toBeLessThan(100_000);
  });
});

describe('when a fetch fails', () => {
  test('a partition out of range stops for good and is never reset; the others go on', async () => {
    const { fetcher, held, errors } = setup();
    const lost = fetcher.open({ topic: 'a', partition: 0 }, 77);
    const well = fetcher.open({ topic: 'a', partition: 1 }, 0);
    await settled();
    await held[0].answer({
      a: [
        fetched(0, { errorCode: ErrorCode.OFFSET_OUT_OF_RANGE, logStartOffset: 90 }),
        fetched(1, { records: batchAt(0, ['fine']) }),
      ],
    });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({
      name: 'a-0',
      error: { code: 'OFFSET_OUT_OF_RANGE', details: { topic: 'a', partition: 0, offset: 77 } },
    });
    expect(held.map(({ asked }) => asked)).toEqual([['a-1@1']]);
    expect([lost.position, all(well)]).toEqual([77, ['fine']]);
  });

  test('a partition whose leader moved is fetched from the new one, from where it was', async () => {
    let leader = 1;
    const { fetcher, held, errors } = setup({ leaders: () => metadata({ a: [leader] }) });
    const reader = fetcher.open({ topic: 'a', partition: 0 }, 0);
    await settled();
    await held[0].answer({ a: [fetched(0, { records: batchAt(0, ['one']) })] });
    leader = 2;
    await held[0].answer({ a: [fetched(0, { errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER })] });
    await settled();
    expect(held.map(({ node, asked }) => [node, asked])).toEqual([[2, ['a-0@1']]]);
    await held[0].answer({ a: [fetched(0, { records: batchAt(1, ['two']) })] });
    expect(all(reader)).toEqual(['one', 'two']);
    expect(errors).toEqual([]);
  });

  test.each(['BROKER_UNAVAILABLE', 'REQUEST_TIMED_OUT'] as const)('%s leads to the leader of then', async (code) => {
    let leader = 1;
    const { fetcher, held, errors } = setup({ leaders: () => metadata({ a: [leader] }) });
    fetcher.open({ topic: 'a', partition: 0 }, 3);
    await settled();
    leader = 2;
    await held[0].fail(new MillraceError(code, 'gone'));
    await settled();
    expect(held.map(({ node, asked }) => [node, asked])).toEqual([[2, ['a-0@3']]]);
    expect(errors).toEqual([]);
  });

  test('a passing error is waited out', async () => {
    const { fetcher, held, errors } = setup();
    fetcher.open({ topic: 'a', partition: 0 }, 3);
    await settled();
    await held[0].answer({ a: [fetched(0, { errorCode: ErrorCode.OFFSET_NOT_AVAILABLE })] });
    await settled();
    expect(held.map(({ asked }) => asked)).toEqual([['a-0@3']]);
    expect(errors).toEqual([]);
  });

  test('a damaged batch stops the partition with its place', async () => {
    const { fetcher, held, errors } = setup();
    const reader = fetcher.open({ topic: 'a', partition: 0 }, 8);
    await settled();
    const records = batchAt(8, ['x']);
    records[records.length - 2] ^= 1;
    await held[0].answer({ a: [fetched(0, { records })] });
    expect(errors[0]).toMatchObject({ name: 'a-0', error: { code: 'CORRUPT_BATCH', details: { offset: 8 } } });
    expect([reader.peek(), held]).toEqual([null, []]);
  });

  test('a partition that we may not read stops, as does one of a topic that is gone', async () => {
    let topics: Parameters<typeof metadata>[0] = { a: [1, 1] };
    const { fetcher, held, errors } = setup({ leaders: () => metadata(topics) });
    fetcher.open({ topic: 'a', partition: 0 }, 0);
    fetcher.open({ topic: 'a', partition: 1 }, 0);
    await settled();
    topics = { a: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
    await held[0].answer({
      a: [
        fetched(0, { errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED }),
        fetched(1, { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }),
      ],
    });
    await expect.poll(() => errors.length).toBe(2);
    expect(errors.map(({ name, error }) => [name, (error as MillraceError).code])).toEqual([
      ['a-0', 'NOT_AUTHORIZED'],
      ['a-1', 'TOPIC_MISSING'],
    ]);
    expect(held).toEqual([]);
  });
});

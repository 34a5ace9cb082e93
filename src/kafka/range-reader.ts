import { MillraceError } from '../core/errors.ts';
import type { TopicPartition } from '../core/task.ts';
import type { RecordChunk } from '../core/transport.ts';
import type { FetchedPartition } from './api.ts';
import { isLinkError } from './broker-error.ts';
import type { Cluster } from './cluster.ts';
import { readCommittedRecords } from './committed-records.ts';
import { fetchOutcome } from './fetch-outcome.ts';

const MAX_BYTES = 4 * 1024 * 1024;
const LONG_POLL_MS = 500;

/**
 * Committed records in [from, to), in order; ends when reading has come to `to`, whatever lies below it. The next fetch is under way while
 * the records of the last are used. Passing errors are waited out, until the link is closed.
 * @throws BROKER_UNAVAILABLE then, OFFSET_OUT_OF_RANGE, CORRUPT_BATCH, TOPIC_MISSING, NOT_AUTHORIZED, BROKER_ERROR
 */
export async function* readRange(
  cluster: Cluster,
  tp: TopicPartition,
  from: number,
  to: number,
): AsyncGenerator<RecordChunk> {
  const stop = new AbortController();
  let position = from;
  let next = position < to ? fetchFrom(cluster, tp, position, stop.signal) : null;
  try {
    while (next !== null) {
      const answer = await next;
      const read = readCommittedRecords(tp, answer, position, to);
      position = read.position;
      next = position < to ? fetchFrom(cluster, tp, position, stop.signal) : null;
      yield* read.chunks;
    }
  } finally {
    stop.abort();
  }
}

/** One answer with records or without, asked for until there is one. */
function fetchFrom(cluster: Cluster, tp: TopicPartition, offset: number, stop: AbortSignal): Promise<FetchedPartition> {
  const answer = tryUntilAnswered(cluster, tp, offset, stop);
  // A reader that ends early never looks at it.
  answer.catch(() => undefined);
  return answer;
}

async function tryUntilAnswered(
  cluster: Cluster,
  tp: TopicPartition,
  offset: number,
  stop: AbortSignal,
): Promise<FetchedPartition> {
  for (let attempt = 0; ; attempt++) {
    if (stop.aborted) throw new MillraceError('INTERNAL', 'the range is not read any more');
    const answer = await tryOnce(cluster, tp, offset);
    if (answer !== null) return answer;
    await cluster.backOff(attempt);
  }
}

async function tryOnce(cluster: Cluster, tp: TopicPartition, offset: number): Promise<FetchedPartition | null> {
  let answer: FetchedPartition | undefined;
  try {
    const leader = await cluster.leaderOf(tp.topic, tp.partition);
    const partitions = [{ partition: tp.partition, offset, maxBytes: MAX_BYTES }];
    const topics = [{ topic: tp.topic, partitions }];
    const reply = await cluster.link.send(leader, 'Fetch', {
      maxWaitMs: LONG_POLL_MS,
      minBytes: 1,
      maxBytes: MAX_BYTES,
      topics,
    });
    answer = reply.errorCode === 0 ? reply.topics[0]?.partitions[0] : undefined;
  } catch (error) {
    if (!isLinkError(error)) throw error;
  }
  const outcome = answer === undefined ? 'relocate' : fetchOutcome(tp, offset, answer);
  if (outcome instanceof MillraceError) throw outcome;
  if (outcome === 'records') return answer ?? null;
  if (outcome === 'relocate') cluster.forgetLeader(tp.topic, tp.partition);
  return null;
}

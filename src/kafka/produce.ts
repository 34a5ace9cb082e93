import { MillraceError } from '../core/errors.ts';
import { partitionName } from '../core/task.ts';
import type { ApiReply, NodeId } from './api.ts';
import { backoffMs } from './broker-error.ts';
import type { Cluster } from './cluster.ts';
import { orNull } from './coordinator-request.ts';
import { ErrorCode, errorName } from './error-codes.ts';
import type { PartitionBatches } from './partition-batches.ts';
import type { Patience } from './patience.ts';
import type { ProducerSession } from './producer-session.ts';
import { isFinal, NO_REPLY, type Rule, ruleOf, transactionError } from './transaction-errors.ts';

/** Well below the 100 MB that brokers read (`socket.request.max.bytes`). */
const MAX_REQUEST_BYTES = 16_000_000;
/** How long the leader waits for the in-sync replicas. */
const REPLICATION_TIMEOUT_MS = 5_000;

/** Learns the leaders of the partitions ahead of time; those that cannot be found just now are looked for again when they are needed. */
export async function findLeaders(cluster: Cluster, partitions: readonly PartitionBatches[]): Promise<void> {
  await Promise.all(partitions.map(({ topic, partition }) => orNull(cluster.leaderOf(topic, partition))));
}

/**
 * Sends the sealed batches until every one is acknowledged, in rounds: in each, every partition's next batch goes to whoever leads it
 * now. What became of a batch is kept with its partition, never with a broker or a request, so a partition that moves takes its answer
 * along: nothing is skipped and nothing is sent twice but as the same bytes, which the broker recognises by their sequence.
 * @throws TRANSACTION_ABORTED, PRODUCER_FENCED, RECORD_TOO_LARGE, CLOCK_WRONG, TOPIC_MISSING, NOT_AUTHORIZED, BROKER_ERROR; never while a
 * request is still unanswered
 */
export async function produceAll(
  cluster: Cluster,
  session: ProducerSession,
  partitions: readonly PartitionBatches[],
  patience: Patience,
): Promise<void> {
  let waiting = partitions;
  let lastAnswer = 'no leader was found';
  for (let attempt = 0; waiting.length > 0;) {
    const requests = await route(cluster, waiting);
    const replies = await Promise.all(requests.map((request) => send(cluster, session, request, patience)));
    let failed = requests.length === 0;
    let error: MillraceError | null = null;
    for (const [i, request] of requests.entries()) {
      for (const batches of request.partitions) {
        const [rule, errorCode] = settle(batches, replies[i]);
        if (rule.action === 'done') continue;
        failed = true;
        lastAnswer = errorCode === null ? 'no answer came' : `the last answer was ${errorName(errorCode)}`;
        if (rule.indefinite) session.inDoubt = true;
        if (rule.action === 'elsewhere') cluster.forgetLeader(batches.topic, batches.partition);
        if (isFinal(rule) && errorCode !== null)
          error ??= transactionError(rule, errorCode, `produce to ${partitionName(batches)}`);
      }
    }
    if (error !== null) throw error;
    const before = waiting.length;
    waiting = waiting.filter((batches) => batches.next !== undefined);
    if (!failed) continue;
    attempt = waiting.length < before ? 0 : attempt + 1;
    if (waiting.length > 0 && !(await patience.pause(backoffMs(attempt)))) throw gaveUp(session, waiting, lastAnswer);
  }
}

/** Some partitions of one leader, no more than a request may carry. */
interface ProduceRequest {
  readonly node: NodeId;
  readonly partitions: PartitionBatches[];
  bytes: number;
}

async function route(cluster: Cluster, waiting: readonly PartitionBatches[]): Promise<ProduceRequest[]> {
  const leaders = await Promise.all(waiting.map(({ topic, partition }) => orNull(cluster.leaderOf(topic, partition))));
  const requests: ProduceRequest[] = [];
  const filling = new Map<NodeId, ProduceRequest>();
  for (const [i, batches] of waiting.entries()) {
    const node = leaders[i];
    const size = batches.next?.length ?? 0;
    if (node === null) continue;
    let request = filling.get(node);
    if (request === undefined || request.bytes + size > MAX_REQUEST_BYTES) {
      request = { node, partitions: [], bytes: 0 };
      filling.set(node, request);
      requests.push(request);
    }
    request.partitions.push(batches);
    request.bytes += size;
  }
  return requests;
}

type ProduceAnswer = ApiReply<'Produce'>['topics'][number]['partitions'][number];
type ProduceReply = ReadonlyMap<string, ProduceAnswer>;

/** The answers by `partitionName`; none where no reply came. */
async function send(
  cluster: Cluster,
  session: ProducerSession,
  request: ProduceRequest,
  patience: Patience,
): Promise<ProduceReply> {
  const byTopic = new Map<string, { partition: number; batch: Uint8Array }[]>();
  for (const { topic, partition, next } of request.partitions) {
    if (next === undefined) continue;
    const ofTopic = byTopic.get(topic);
    if (ofTopic === undefined) byTopic.set(topic, [{ partition, batch: next }]);
    else ofTopic.push({ partition, batch: next });
  }
  const reply = await orNull(
    cluster.link.send(request.node, 'Produce', {
      transactionalId: session.transactionalId,
      timeoutMs: Math.max(1, Math.floor(Math.min(REPLICATION_TIMEOUT_MS, patience.leftMs))),
      topics: Array.from(byTopic, ([topic, partitions]) => ({ topic, partitions })),
    }),
  );
  return byName(reply);
}

function byName(reply: ApiReply<'Produce'> | null): ProduceReply {
  const answers = new Map<string, ProduceAnswer>();
  for (const { topic, partitions } of reply?.topics ?? []) {
    for (const answer of partitions) answers.set(partitionName({ topic, partition: answer.partition }), answer);
  }
  return answers;
}

function settle(batches: PartitionBatches, reply: ProduceReply): readonly [Rule, number | null] {
  const answer = reply.get(partitionName(batches));
  if (answer === undefined) return [NO_REPLY, null];
  // Without an offset the broker knows the batch as a duplicate, but no longer where it lies.
  const placeless = answer.errorCode === ErrorCode.NONE && answer.baseOffset < 0;
  const errorCode = placeless ? ErrorCode.DUPLICATE_SEQUENCE_NUMBER : answer.errorCode;
  const rule = ruleOf('Produce', errorCode);
  if (rule.action === 'done') batches.acknowledge(answer.baseOffset, answer.logAppendTimeMs);
  return [rule, errorCode];
}

function gaveUp(session: ProducerSession, waiting: readonly PartitionBatches[], lastAnswer: string): MillraceError {
  const names = waiting.slice(0, 3).map(partitionName).join(', ');
  const more = waiting.length > 3 ? ` and ${waiting.length - 3} more` : '';
  const message = `${session.transactionalId} could not produce to ${names}${more} within the transaction timeout: ${lastAnswer}`;
  return new MillraceError('TRANSACTION_ABORTED', message, { details: { transactionalId: session.transactionalId } });
}

import type { Clock } from '../core/clock.ts';
import { MillraceError } from '../core/errors.ts';
import type { TaskState } from '../core/state.ts';
import { partitionName, type TaskId, type TopicPartition } from '../core/task.ts';
import type { Transaction, TransactionalProducer, Transport } from '../core/transport.ts';
import { hasEventTime, type SubTopology } from '../plan/physical-plan.ts';
import { transactionalId } from '../plan/topics.ts';
import { BatchRunner } from './batch-runner.ts';
import type { TaskProgress } from './changelog.ts';
import { commitTransaction } from './commit.ts';
import { beginRun, EVENT_TIME_BEGINS, endRun } from './event-time.ts';
import { Idleness } from './idleness.ts';
import { InputQueue } from './input-queue.ts';
import { lastProgress, settledBounds } from './ownership.ts';
import { restoreState } from './restore.ts';
import { STATELESS } from './stateless.ts';
import type { TaskContext } from './task-context.ts';

/** Everything a task holds between taking over and letting go. */
export interface Ownership {
  readonly producer: TransactionalProducer;
  readonly state: TaskState;
  readonly queue: InputQueue;
  readonly runner: BatchRunner;
  readonly idleness: Idleness;
  /** What the next batch goes on from: the last commit, and markers taken in since. */
  progress: TaskProgress;
  /** When the first of those markers was taken in, ms; null when there are none. */
  uncommittedSinceMs: number | null;
  /** Where the last commit left the input. */
  committed: number;
}

export interface TakeOverOptions {
  readonly signal: AbortSignal;
  /** The earlier owner is fenced and the end of the log is known; the state is brought there. */
  readonly onRestoring: () => void;
  /** There is input, or news of it, or the state is not to be relied on any more. */
  readonly onNews: () => void;
}

/** Takes a task over from whoever had it: fence, find the end of the log, bring the state there, claim, open the input. */
export async function takeOver(
  id: TaskId,
  subTopology: SubTopology,
  context: TaskContext,
  { signal, onRestoring, onNews }: TakeOverOptions,
): Promise<Ownership> {
  const { transport, state: backend, clock, settings, plan, listener, newLogId, planEpoch } = context;
  const { stores, input } = subTopology;
  const changelog = { topic: subTopology.changelogTopic, partition: id.partition };
  const source = { topic: input.topic, partition: id.partition };
  const producer = await transport.openProducer({
    transactionalId: transactionalId(plan.name, id.subTopology, id.partition),
    transactionTimeoutMs: settings.transactionTimeoutMs,
    compression: settings.compression,
  });
  let state: TaskState = STATELESS;
  try {
    const bounds = await settledBounds(transport, changelog, clock, {
      timeoutMs: settings.transactionTimeoutMs,
      signal,
      onHanging: (error) => listener.onEvent({ kind: 'error', task: id, error }),
    });
    const last = (await lastProgress(transport, changelog, bounds)) ?? {
      logId: newLogId(),
      position: -1,
      inputs: { [source.topic]: await startingOffset(subTopology, source, context) },
      batchId: -1,
      batchTimeMs: 0,
      time: EVENT_TIME_BEGINS,
      planEpoch,
    };
    const isRun = plan.trigger.kind === 'once' && hasEventTime(subTopology);
    const progress = { ...last, time: isRun ? beginRun(last.time) : endRun(last.time) };

    onRestoring();
    const restoring = clock.now();
    if (stores.length > 0) {
      state = await backend.open(id, stores);
      state.onFailure = onNews;
    }
    const log = { transport, changelog, first: bounds.first, end: bounds.end, clock, signal };
    const report =
      stores.length === 0
        ? { records: 0, rebuild: false }
        : await restoreState(state, progress, log, (remaining, rebuild) =>
            listener.onEvent({ kind: 'restoring', task: id, remaining, rebuild }),
          );
    const generation = await claim(await producer.begin(), changelog, progress, clock);
    await state.claim(generation);
    await refuseOutOfRange(transport, source, progress.inputs[source.topic], changelog, generation);
    listener.onEvent({ kind: 'restored', task: id, durationMs: clock.now() - restoring, ...report });
    const committed = progress.inputs[source.topic];
    const target = context.targets?.get(partitionName(source)) ?? Infinity;
    const timed = input.kind === 'source' && input.eventTime !== null;
    return {
      producer,
      state,
      queue: new InputQueue(context.fetcher, source, committed, target, onNews),
      runner: new BatchRunner(id, subTopology, context, state, generation),
      idleness: new Idleness(timed ? input.eventTime.idleTimeoutMs : Infinity),
      progress,
      uncommittedSinceMs: null,
      committed,
    };
  } catch (error) {
    producer.close();
    await state.release();
    throw error;
  }
}

/**
 * The owner's first transaction: its offset is the generation that orders this owner behind all before it. Also written by an owner that has
 * something to say of its progress without a batch.
 */
export async function claim(
  transaction: Transaction,
  changelog: TopicPartition,
  progress: TaskProgress,
  clock: Clock,
): Promise<number> {
  const record = { kind: 'claim', ...progress } as const;
  const claimed = await commitTransaction(transaction, changelog, { changes: [] }, record, () => clock.now());
  return claimed.offset;
}

/**
 * @throws OFFSET_OUT_OF_RANGE when the input no longer has what comes next, or never had what came before; PRODUCER_FENCED when that is
 * because a later owner has moved on, and deleted what it has committed
 */
async function refuseOutOfRange(
  transport: Transport,
  source: TopicPartition,
  committed: number,
  changelog: TopicPartition,
  generation: number,
): Promise<void> {
  const bounds = await transport.topics.offsets([source, changelog]);
  const input = bounds.get(partitionName(source));
  if (input === undefined || (input.first <= committed && committed <= input.end)) return;
  const { first, end } = input;
  const message = `${partitionName(source)} has offsets ${first} to ${end}, and the task goes on at ${committed}`;
  // Behind a claim that is the last there is only its control record.
  const fenced = (bounds.get(partitionName(changelog))?.end ?? 0) > generation + 2;
  throw new MillraceError(fenced ? 'PRODUCER_FENCED' : 'OFFSET_OUT_OF_RANGE', message, {
    details: { ...source, committed },
  });
}

async function startingOffset(
  { input }: SubTopology,
  source: TopicPartition,
  { transport }: TaskContext,
): Promise<number> {
  const bounds = (await transport.topics.offsets([source])).get(partitionName(source));
  if (bounds === undefined) {
    throw new MillraceError('TOPIC_MISSING', `the topic ${source.topic} does not exist`, { details: { ...source } });
  }
  const latest = input.kind === 'source' && input.startingOffsets === 'latest';
  return latest ? bounds.lastStable : bounds.first;
}

import { asMillraceError, type MillraceError } from '../core/errors.ts';
import type { Signal } from '../core/signal.ts';
import type { TaskId, TopicPartition } from '../core/task.ts';
import { unlessAborted } from '../core/unless-aborted.ts';
import { hasEventTime, type SubTopology } from '../plan/physical-plan.ts';
import type { BackOff } from './back-off.ts';
import { NO_REST, type BatchResult } from './batch-runner.ts';
import { endRun } from './event-time.ts';
import type { BatchInput } from './input-queue.ts';
import { holdOnlyMarkers } from './marker.ts';
import { Outlook, type Prospect } from './outlook.ts';
import type { Pace } from './pace.ts';
import { claim, type Ownership } from './take-over.ts';
import type { TaskContext } from './task-context.ts';

/** Where a running task stands in its input. */
export interface TaskPosition extends TopicPartition {
  readonly committed: number;
  /** Behind the control records that follow `committed`, if nothing else does. */
  readonly consumed: number;
  /** The same for everything taken in, whether or not it is committed. */
  readonly read: number;
  /** High watermark; -1 = not known. */
  readonly latest: number;
  /** Of its next batch: microseconds, -Infinity before the first; null without event time. */
  readonly watermark: number | null;
  /** Nothing is left to close or to tell those downstream by now. */
  readonly settled: boolean;
  /** When those downstream are told what they do not know yet, ms; Infinity when they know everything. */
  readonly tellsAtMs: number;
  /** What each view would run with now: microseconds, -Infinity before the first; empty without event time. */
  readonly watermarks: Readonly<Record<string, number>>;
}

/** The task that the batches are of. */
export interface BatchedTask {
  readonly id: TaskId;
  readonly subTopology: SubTopology;
  readonly context: TaskContext;
  readonly pace: Pace;
  readonly backOff: BackOff;
  /** Notified when there is something to look at: input, news of it, trouble, or the wish to end. */
  readonly wake: Signal;
  /** Why the task cannot go on as its owner, if it cannot. */
  trouble(): MillraceError | null;
  /** A batch begins. It is over with `onBatch`, or an event of the task. */
  onBatchBegun(): void;
}

/** Batch after batch of a task, from its being taken over until it is let go. */
export class BatchLoop {
  readonly #task: BatchedTask;
  readonly #ownership: Ownership;
  readonly #outlook: Outlook;
  readonly #input: TopicPartition;
  #inBatch = false;

  constructor(task: BatchedTask, ownership: Ownership) {
    const { id, subTopology, context } = task;
    this.#task = task;
    this.#ownership = ownership;
    this.#outlook = new Outlook(ownership, subTopology, context);
    this.#input = { topic: subTopology.input.topic, partition: id.partition };
  }

  /**
   * Where the task's input is committed to, consumed to (behind trailing control records), and ends (-1 = not known), and whether the task
   * has nothing left to do without input.
   */
  get position(): TaskPosition {
    const { committed, queue, progress, runner } = this.#ownership;
    const timed = hasEventTime(this.#task.subTopology);
    const prospect = this.#outlook.prospect();
    return {
      ...this.#input,
      committed,
      consumed: queue.consumedFrom(committed),
      read: queue.read,
      latest: queue.highWatermark,
      watermark: timed ? progress.time.watermark : null,
      settled: !this.#inBatch && this.#outlook.isSettled(prospect),
      tellsAtMs: runner.tellsAt(progress, prospect.rest),
      watermarks: timed ? runner.watermarks(progress, prospect.rest) : {},
    };
  }

  /** Runs batches until the signal aborts; the one that is under way then is committed, or definitely is not. Throws what no batch gets over. */
  async run(signal: AbortSignal): Promise<void> {
    const { context, wake, pace } = this.#task;
    const ownership = this.#ownership;
    const { queue, runner, state } = ownership;
    while (!signal.aborted) {
      const trouble = this.#task.trouble() ?? state.failure;
      if (trouble !== null) throw trouble;
      if (queue.isEmpty) {
        const waitMs = this.#lookAhead().dueAt - context.clock.now();
        if (waitMs > 0) {
          await this.#sleep(wake, waitMs);
          continue;
        }
      }
      await pace.next(queue.backlogBytes, signal);
      if (signal.aborted) return;
      let taken = queue.take(context.settings.maxRowsPerTrigger);
      // Nobody may have looked while it was there: it is taken as soon as it comes.
      if (taken !== null && taken.rows > 0) ownership.idleness.interrupt();
      if (taken !== null && this.#bringsNoRows(taken)) {
        ownership.progress = runner.behindMarkers(taken, ownership.progress);
        ownership.uncommittedSinceMs ??= context.clock.now();
        if (!queue.isEmpty || this.#lookAhead().dueAt > context.clock.now()) continue;
        // Now, and not after another wait for the pace: the next marker would come meanwhile, and the one after that, for ever.
        taken = null;
      }
      this.#inBatch = true;
      try {
        await this.#runBatch(taken ?? queue.nothing(ownership.progress.inputs[this.#input.topic]), signal);
      } finally {
        this.#inBatch = false;
      }
    }
  }

  /**
   * What has to be known while nobody runs the task. A run of trigger `once` that has read everything ends: the next one sees event time as
   * this one left it. And a source that nobody looks at is not idle: what comes meanwhile must not be late when all go on again.
   */
  async sayLast(): Promise<void> {
    const { id, subTopology, context } = this.#task;
    const { runner, producer, progress } = this.#ownership;
    const prospect = this.#outlook.prospect();
    const runEnds = prospect.rest.ended && prospect.dueAt > context.clock.now();
    if (!runEnds && !runner.toldIdle) return;
    const last = runEnds ? { ...prospect.progress, time: endRun(prospect.progress.time) } : progress;
    try {
      const transaction = await producer.begin();
      if (runner.toldIdle) runner.appendNotIdle(transaction);
      await claim(transaction, { topic: subTopology.changelogTopic, partition: id.partition }, last, context.clock);
    } catch (error) {
      // Not to have ended a run loses nothing; the next owner tells those downstream anew.
      context.listener.onEvent({ kind: 'error', task: id, error: asMillraceError(error) });
    }
  }

  /** Gives back what the task holds. What was committed is written out for the next owner first, if that can be had within a handover. */
  async release(): Promise<void> {
    const { queue, producer, state } = this.#ownership;
    queue.close();
    producer.close();
    await state.release();
  }

  /** What becomes of the task without input; its progress is taken on. */
  #lookAhead(): Prospect {
    const prospect = this.#outlook.prospect();
    this.#ownership.progress = prospect.progress;
    return prospect;
  }

  /** Keys of a source are its producers': what looks like a marker there is a row. */
  #bringsNoRows({ chunks, rows }: BatchInput): boolean {
    return rows === 0 || (this.#task.subTopology.input.kind === 'repartition' && holdOnlyMarkers(chunks));
  }

  /** Waits for input, at most so long. */
  async #sleep(wake: Signal, ms: number): Promise<void> {
    if (ms === Infinity) return wake.wait();
    const woken = new AbortController();
    await Promise.race([wake.wait(), this.#task.context.clock.sleep(ms, woken.signal)]);
    woken.abort();
  }

  /** Runs the batch until it is committed; one that is definitely not committed is done again with the same input. */
  async #runBatch(input: BatchInput, signal: AbortSignal): Promise<void> {
    const { context, pace, backOff } = this.#task;
    const ownership = this.#ownership;
    const result = await this.#committed(input, signal);
    if (result === null) return;
    pace.done();
    ownership.progress = result.progress;
    ownership.committed = input.endOffset;
    ownership.uncommittedSinceMs = null;
    backOff.reset();
    context.listener.onBatch(result.report);
    for (const { sink, delivery } of result.deliveries) await context.externalSinks.get(sink)?.deliver(delivery);
    // What a task that closes has not written, its successor finds in the changelog.
    if (result.room !== undefined) await unlessAborted(result.room, signal);
  }

  async #committed(input: BatchInput, signal: AbortSignal): Promise<BatchResult | null> {
    const { id, context, backOff } = this.#task;
    const { runner, producer, state } = this.#ownership;
    for (;;) {
      const { progress } = this.#ownership;
      this.#task.onBatchBegun();
      try {
        const rest = input.chunks.length === 0 ? this.#outlook.rest() : NO_REST;
        return await runner.run(input, progress, producer, rest);
      } catch (thrown) {
        const error = asMillraceError(thrown);
        context.listener.onEvent({ kind: 'aborted', task: id, batchId: progress.batchId + 1, error });
        state.discard();
        if (error.recovery !== 'aborted') throw error;
        await backOff.wait(signal);
        if (signal.aborted) return null;
      }
    }
  }
}

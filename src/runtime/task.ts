import { asMillraceError, MillraceError, type Recovery } from '../core/errors.ts';
import type { TaskState as TaskPhase } from '../core/progress.ts';
import { Signal } from '../core/signal.ts';
import { taskName, type TaskId, type TopicPartition } from '../core/task.ts';
import { unlessAborted } from '../core/unless-aborted.ts';
import { hasEventTime, runsToAnEnd, type SubTopology } from '../plan/physical-plan.ts';
import { NO_REST, type BatchResult, type InputRest } from './batch-runner.ts';
import type { TaskProgress } from './changelog.ts';
import { allEnded, allIdle, endRun } from './event-time.ts';
import type { BatchInput, InputQueue } from './input-queue.ts';
import { holdOnlyMarkers } from './marker.ts';
import { Pace } from './pace.ts';
import { claim, takeOver, type Ownership } from './take-over.ts';
import type { TaskContext } from './task-context.ts';

/**
 * Legal moves between the phases of a task:
 *
 *     created ─→ claiming ─→ restoring ─→ running ─→ closing ─→ closed
 *        │          ↑            │           │          ↑
 *        │          └────────────┴───────────┘ recover  │
 *        └──────────┴────────────┴───────────┴──────────┘ revoked or shut down
 *     any of them ─→ failed
 */
const MOVES: Readonly<Record<TaskPhase, readonly TaskPhase[]>> = {
  created: ['claiming', 'closing'],
  claiming: ['restoring', 'claiming', 'closing', 'failed'],
  restoring: ['running', 'claiming', 'closing', 'failed'],
  running: ['claiming', 'closing', 'failed'],
  closing: ['closed', 'failed'],
  closed: [],
  failed: [],
};

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

/** What a task asks of the worker that runs it, and tells nobody else. */
export interface TaskOwner {
  /** Whether the task is still this worker's, by a heartbeat sent after the question. */
  confirms(task: TaskId): Promise<boolean>;
  /** A batch begins. It is over with `onBatch`, or an event of the task. */
  onBatchBegun(task: TaskId): void;
}

/** What becomes of a task if no input comes. */
interface Outlook {
  /** When, in ms, a batch has to run. */
  readonly dueAt: number;
  /** The progress until then. */
  readonly progress: TaskProgress;
  readonly rest: InputRest;
}

/** Markers that neither close nor tell anything are committed after this time, so that a restart does not read them again. */
const UNCOMMITTED_MARKERS_MS = 1_000;
/** How often an input is looked at that may become idle, or be so no longer: neither its end nor a leader that fails calls for anybody. */
const IDLE_CHECK_MS = 1_000;

/** Back-off before the same thing is tried again, ms; grows by half each time, with jitter. */
const FIRST_BACKOFF_MS = 20;
const MAX_BACKOFF_MS = 2_000;

/** One task from its assignment until it is closed, lost or failed. */
export class Task {
  readonly id: TaskId;
  readonly #subTopology: SubTopology;
  readonly #context: TaskContext;
  readonly #owner: TaskOwner;
  readonly #changelog: TopicPartition;
  readonly #input: TopicPartition;
  readonly #pace: Pace;
  readonly #wake = new Signal();
  readonly #stop = new AbortController();
  #phase: TaskPhase = 'created';
  #ownership: Ownership | null = null;
  #backoffMs = FIRST_BACKOFF_MS;
  #inBatch = false;
  #lostInput: MillraceError | null = null;

  constructor(id: TaskId, subTopology: SubTopology, context: TaskContext, owner: TaskOwner) {
    this.id = id;
    this.#subTopology = subTopology;
    this.#context = context;
    this.#owner = owner;
    this.#changelog = { topic: subTopology.changelogTopic, partition: id.partition };
    this.#input = { topic: subTopology.input.topic, partition: id.partition };
    let tasks = 0;
    for (const { input } of context.plan.subTopologies) tasks += context.partitions.get(input.topic) ?? 0;
    this.#pace = new Pace(context.plan.trigger, (1000 * tasks) / context.settings.transactionsPerSecond, context.clock);
  }

  get phase(): TaskPhase {
    return this.#phase;
  }

  /** Asked to close, whether or not it has got there. */
  get isClosing(): boolean {
    return this.#stop.signal.aborted;
  }

  /**
   * Where the task's input is committed to, consumed to (behind trailing control records), and ends (-1 = not known), and whether the task
   * has nothing left to do without input; null while it is not running, and once it is to close: others may have gone on from there.
   */
  get position(): TaskPosition | null {
    if (this.#phase !== 'running' || this.isClosing || this.#ownership === null) return null;
    const { committed, queue, progress, runner, idleness } = this.#ownership;
    const now = this.#context.clock.now();
    const timed = hasEventTime(this.#subTopology);
    const { dueAt, rest } = this.#outlook(this.#ownership);
    return {
      ...this.#input,
      committed,
      consumed: queue.consumedFrom(committed),
      read: queue.read,
      latest: queue.highWatermark,
      watermark: timed ? progress.time.watermark : null,
      settled: !this.#inBatch && queue.isEmpty && this.#knowsItsEnd(queue) && !idleness.isInDoubt(now) && dueAt > now,
      tellsAtMs: runner.tellsAt(progress, rest),
      watermarks: timed ? runner.watermarks(progress, rest) : {},
    };
  }

  /** Runs the task; resolves when it is closed, rejects when it failed. */
  async run(): Promise<void> {
    const { signal } = this.#stop;
    try {
      while (!signal.aborted) {
        try {
          this.#move('claiming', '');
          await this.#takeOver(signal);
          this.#move('running', '');
          await this.#process(signal);
        } catch (error) {
          if (signal.aborted) {
            // What became of the last batch may not be known, so that nothing can be built on it.
            await this.#letGo();
            break;
          }
          if (!(await this.#recover(asMillraceError(error)))) break;
        }
      }
    } catch (error) {
      await this.#letGo();
      const failure = asMillraceError(error);
      this.#move('failed', failure.message);
      throw failure;
    }
    this.#move('closing', '');
    await this.#sayLast();
    await this.#letGo();
    this.#move('closed', '');
  }

  /** Asks the task to finish its batch and close. */
  close(): void {
    this.#stop.abort();
    this.#wake.notify();
  }

  /** Whether the task's input is this partition. */
  reads({ topic, partition }: TopicPartition): boolean {
    return topic === this.#input.topic && partition === this.#input.partition;
  }

  /** Its input is not where the task thinks: whoever may own the task meanwhile has moved on. It finds out and recovers. */
  lostInput(cause: MillraceError): void {
    this.#lostInput = new MillraceError('PRODUCER_FENCED', `task ${taskName(this.id)}: ${cause.message}`, { cause });
    this.#wake.notify();
  }

  async #takeOver(signal: AbortSignal): Promise<void> {
    this.#lostInput = null;
    this.#ownership = await takeOver(this.id, this.#subTopology, this.#context, {
      signal,
      onRestoring: () => this.#move('restoring', ''),
      onNews: () => this.#wake.notify(),
    });
  }

  async #process(signal: AbortSignal): Promise<void> {
    const ownership = this.#ownership;
    if (ownership === null) return;
    const { settings, clock } = this.#context;
    const { queue, runner, state } = ownership;
    while (!signal.aborted) {
      if (this.#lostInput !== null) throw this.#lostInput;
      if (state.failure !== null) throw state.failure;
      if (queue.isEmpty) {
        const { progress, dueAt } = this.#outlook(ownership);
        ownership.progress = progress;
        const waitMs = dueAt - clock.now();
        if (waitMs > 0) {
          await this.#sleep(waitMs);
          continue;
        }
      }
      await this.#pace.next(queue.backlogBytes, signal);
      if (signal.aborted) return;
      let taken = queue.take(settings.maxRowsPerTrigger);
      // Nobody may have looked while it was there: it is taken as soon as it comes.
      if (taken !== null && taken.rows > 0) ownership.idleness.interrupt();
      if (taken !== null && this.#bringsNoRows(taken)) {
        ownership.progress = runner.behindMarkers(taken, ownership.progress);
        ownership.uncommittedSinceMs ??= clock.now();
        if (!this.#isBatchDue(ownership)) continue;
        // Now, and not after another wait for the pace: the next marker would come meanwhile, and the one after that, for ever.
        taken = null;
      }
      this.#inBatch = true;
      try {
        await this.#runBatch(ownership, taken ?? queue.nothing(ownership.progress.inputs[this.#input.topic]), signal);
      } finally {
        this.#inBatch = false;
      }
    }
  }

  /** Whether a batch without input has to run at once, there being none. */
  #isBatchDue(ownership: Ownership): boolean {
    if (!ownership.queue.isEmpty) return false;
    const { progress, dueAt } = this.#outlook(ownership);
    ownership.progress = progress;
    return dueAt <= this.#context.clock.now();
  }

  /** Keys of a source are its producers': what looks like a marker there is a row. */
  #bringsNoRows({ chunks, rows }: BatchInput): boolean {
    return rows === 0 || (this.#subTopology.input.kind === 'repartition' && holdOnlyMarkers(chunks));
  }

  /** For want of input the task may become idle, and late is now what is behind today's watermark. */
  #outlook(ownership: Ownership): Outlook {
    const { queue, runner, progress, uncommittedSinceMs } = ownership;
    const now = this.#context.clock.now();
    const rest = this.#rest(ownership);
    const dueAlready = runner.dueAt(progress, rest);
    if (dueAlready <= now) return { dueAt: dueAlready, progress, rest };
    const caughtUp = runner.caughtUp(progress, rest);
    const patience = runsToAnEnd(this.#context.plan.trigger) ? 0 : UNCOMMITTED_MARKERS_MS;
    const commitAt = uncommittedSinceMs === null ? Infinity : uncommittedSinceMs + patience;
    const lookAt = queue.isEmpty && this.#mayBecomeIdle ? now + IDLE_CHECK_MS : Infinity;
    // To have caught up may itself be news for those downstream.
    return { dueAt: Math.min(runner.dueAt(caughtUp, rest), commitAt, lookAt), progress: caughtUp, rest };
  }

  get #mayBecomeIdle(): boolean {
    const { input } = this.#subTopology;
    return input.kind === 'source' && input.eventTime !== null;
  }

  #rest(ownership: Ownership): InputRest {
    const { queue, progress } = ownership;
    const isSource = this.#subTopology.input.kind === 'source';
    const ended =
      progress.time.frozen !== null && queue.isEmpty && (isSource ? queue.isAtTarget : allEnded(progress.time));
    return { idle: this.#isIdle(ownership), ended };
  }

  /** An input that may become idle is nothing to rely on before its leader has answered. */
  #knowsItsEnd({ highWatermark }: InputQueue): boolean {
    return !this.#mayBecomeIdle || highWatermark >= 0;
  }

  #isIdle({ queue, idleness, progress: { time } }: Ownership): boolean {
    if (!this.#mayBecomeIdle) return queue.isEmpty && allIdle(time);
    idleness.observe(queue.quietAsOfMs, this.#context.clock.now());
    return idleness.isIdle(time.watermark === -Infinity);
  }

  /** Waits for input, at most so long. */
  async #sleep(ms: number): Promise<void> {
    if (ms === Infinity) return this.#wake.wait();
    const woken = new AbortController();
    await Promise.race([this.#wake.wait(), this.#context.clock.sleep(ms, woken.signal)]);
    woken.abort();
  }

  /** Runs the batch until it is committed; one that is definitely not committed is done again with the same input. */
  async #runBatch(ownership: Ownership, input: BatchInput, signal: AbortSignal): Promise<void> {
    const { listener, externalSinks } = this.#context;
    const result = await this.#committed(ownership, input, signal);
    if (result === null) return;
    this.#pace.done();
    ownership.progress = result.progress;
    ownership.committed = input.endOffset;
    ownership.uncommittedSinceMs = null;
    this.#backoffMs = FIRST_BACKOFF_MS;
    listener.onBatch(result.report);
    for (const { sink, delivery } of result.deliveries) await externalSinks.get(sink)?.deliver(delivery);
    // What a task that closes has not written, its successor finds in the changelog.
    if (result.room !== undefined) await unlessAborted(result.room, signal);
  }

  async #committed(ownership: Ownership, input: BatchInput, signal: AbortSignal): Promise<BatchResult | null> {
    for (;;) {
      this.#owner.onBatchBegun(this.id);
      try {
        const rest = input.chunks.length === 0 ? this.#rest(ownership) : NO_REST;
        return await ownership.runner.run(input, ownership.progress, ownership.producer, rest);
      } catch (thrown) {
        const error = asMillraceError(thrown);
        const batchId = ownership.progress.batchId + 1;
        this.#context.listener.onEvent({ kind: 'aborted', task: this.id, batchId, error });
        ownership.state.discard();
        if (error.recovery !== 'aborted') throw error;
        await this.#backOff();
        if (signal.aborted) return null;
      }
    }
  }

  /** Whether the task goes on, after whatever the error asks for. Throws the error where it cannot. */
  async #recover(error: MillraceError): Promise<boolean> {
    this.#context.listener.onEvent({ kind: 'error', task: this.id, error });
    await this.#letGo();
    switch (error.recovery satisfies Recovery) {
      case 'fenced':
        // Two owners that both believe in their assignment would fence each other for ever.
        if (!(await this.#owner.confirms(this.id))) return false;
        await this.#backOff();
        return true;
      case 'unknown':
      case 'corrupted':
      case 'aborted':
      case 'retriable':
        await this.#backOff();
        return true;
      case 'user':
      case 'fatal':
        throw error;
    }
  }

  /**
   * What has to be known while nobody runs the task. A run of trigger `once` that has read everything ends: the next one sees event time as
   * this one left it. And a source that nobody looks at is not idle: what comes meanwhile must not be late when all go on again.
   */
  async #sayLast(): Promise<void> {
    const ownership = this.#ownership;
    if (ownership === null) return;
    const { clock } = this.#context;
    const { runner, producer } = ownership;
    const { progress, dueAt, rest } = this.#outlook(ownership);
    const runEnds = rest.ended && dueAt > clock.now();
    if (!runEnds && !runner.toldIdle) return;
    const last = runEnds ? { ...progress, time: endRun(progress.time) } : ownership.progress;
    try {
      const transaction = await producer.begin();
      if (runner.toldIdle) runner.appendNotIdle(transaction);
      await claim(transaction, this.#changelog, last, clock);
    } catch (error) {
      // Not to have ended a run loses nothing; the next owner tells those downstream anew.
      this.#context.listener.onEvent({ kind: 'error', task: this.id, error: asMillraceError(error) });
    }
  }

  async #backOff(): Promise<void> {
    const { clock, random } = this.#context;
    const wait = this.#backoffMs * (0.5 + random());
    this.#backoffMs = Math.min(this.#backoffMs * 1.5, MAX_BACKOFF_MS);
    await clock.sleep(wait, this.#stop.signal);
  }

  /** Gives back what the task holds. What was committed is written out for the next owner first, if that can be had within a handover. */
  async #letGo(): Promise<void> {
    const ownership = this.#ownership;
    if (ownership === null) return;
    this.#ownership = null;
    ownership.queue.close();
    ownership.producer.close();
    await ownership.state.release();
  }

  #move(to: TaskPhase, reason: string): void {
    if (!MOVES[this.#phase].includes(to)) {
      throw new MillraceError('INTERNAL', `task ${taskName(this.id)} cannot go from ${this.#phase} to ${to}`);
    }
    this.#phase = to;
    this.#context.listener.onEvent({ kind: 'task', task: this.id, state: to, reason });
  }
}

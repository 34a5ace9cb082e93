import { isEmpty, type EvaluationContext } from '../core/operator.ts';
import type { BatchProgress, ErrorProgress, SinkProgress, SourceProgress, ViewProgress } from '../core/progress.ts';
import type { SinkDelivery } from '../core/sink.ts';
import type { StateDelta, TaskState } from '../core/state.ts';
import type { TaskId } from '../core/task.ts';
import type { Transaction, TransactionalProducer } from '../core/transport.ts';
import type { Row } from '../core/types.ts';
import {
  hasEventTime,
  relationOf,
  runsToAnEnd,
  type ConsolePlanSink,
  type NodeRef,
  type SubTopology,
} from '../plan/physical-plan.ts';
import type { TaskProgress } from './changelog.ts';
import { commitTransaction, type CommitTimes } from './commit.ts';
import type { BatchInput } from './input-queue.ts';
import { Pipeline, type BatchTime, type PipelineRun } from './pipeline.ts';
import { appendDeadLetter } from './dead-letters.ts';
import type { EventTime, ReachedTime } from './event-time.ts';
import { Failures } from './failures.ts';
import { MarkerSender, type Tidings } from './marker-sender.ts';
import { kafkaSinkWriter, repartitionWriter, type SinkWriter } from './sink-writer.ts';
import type { TaskContext } from './task-context.ts';
import { taskInput, type EventTimes, type TaskInput } from './task-input.ts';

/** Of a task's input, when there is nothing to take. */
export interface InputRest {
  /** Nothing has come for a while. */
  readonly idle: boolean;
  /** Trigger `once`: all input of the run has been taken. */
  readonly ended: boolean;
}

export const NO_REST: InputRest = { idle: false, ended: false };

/** What a committed batch leaves behind. */
export interface BatchResult {
  readonly progress: TaskProgress;
  readonly report: BatchProgress;
  /** To be given to sinks outside Kafka, now that the batch is committed. */
  readonly deliveries: readonly { readonly sink: string; readonly delivery: SinkDelivery }[];
  /** To be waited for before the next batch, when too much state is not written yet. Rejects when it cannot be. */
  readonly room: Promise<void> | undefined;
}

/** Least time between two markers to those who get no rows, ms; a run to an end has nothing to wait for. */
const MARKER_INTERVAL_MS = 200;

/**
 * Runs the batches of one task, from fetched records to the commit: decode, operators, sinks, changelog, commit. A batch that rejects has
 * changed nothing that lasts; the same input may be given again, or the task recovers.
 */
export class BatchRunner {
  readonly #task: TaskId;
  readonly #subTopology: SubTopology;
  readonly #context: TaskContext;
  readonly #state: TaskState;
  readonly #generation: number;
  readonly #failures: Failures;
  readonly #input: TaskInput;
  readonly #pipeline: Pipeline;
  readonly #writers: readonly Writer[];
  readonly #consoles: readonly ConsolePlanSink[];

  constructor(task: TaskId, subTopology: SubTopology, context: TaskContext, state: TaskState, generation: number) {
    this.#task = task;
    this.#subTopology = subTopology;
    this.#context = context;
    this.#state = state;
    this.#generation = generation;
    const { input, sinks } = subTopology;
    const { formats } = context;
    const partitionsOf = (topic: string): number => context.partitions.get(topic) ?? 1;
    const taskCount = partitionsOf(input.topic);
    this.#failures = new Failures(formats);
    this.#input = taskInput(input, formats, taskCount, this.#failures);
    this.#pipeline = new Pipeline(subTopology, (name) => state.store(name), this.#failures);
    this.#consoles = sinks.filter((sink) => sink.kind === 'console');
    const ofSource = input.kind === 'source';
    const { planEpoch, plan } = context;
    const speaker = { task: task.partition, taskCount, planEpoch, plan: plan.fingerprint, ofSource };
    const markerIntervalMs = runsToAnEnd(plan.trigger) ? 0 : MARKER_INTERVAL_MS;
    this.#writers = sinks.flatMap((sink): Writer[] => {
      const { kind, name, from } = sink;
      if (kind === 'console') return [];
      const partitions = partitionsOf(sink.topic);
      if (kind === 'kafka') {
        const { schema } = relationOf(subTopology, from);
        const reject = this.#failures.ofRows('sink', name, sink.onError, schema);
        const limit = context.recordLimits.get(sink.topic) ?? Infinity;
        const write = kafkaSinkWriter(sink, formats, partitions, task.partition, reject, limit);
        return [{ name, from, write, internal: false, markers: null }];
      }
      const touched = new Uint8Array(partitions);
      const write = repartitionWriter(sink, partitions, touched);
      const sender = sink.timed ? new MarkerSender(sink.topic, partitions, speaker, markerIntervalMs) : null;
      return [{ name, from, write, internal: true, markers: sender === null ? null : { sender, touched } }];
    });
  }

  /**
   * When, in ms, a batch has to run if no input comes: there is something to close, or something to tell those downstream. The past if it
   * has to at once, Infinity if only input can tell.
   */
  dueAt(progress: TaskProgress, rest: InputRest): number {
    return Math.min(this.#pipeline.closesAt(this.#batchTime(progress, rest)), this.tellsAt(progress, rest));
  }

  /** When, in ms, those downstream are to be told of event time if no input comes; Infinity when there is no news for them. */
  tellsAt(progress: TaskProgress, rest: InputRest): number {
    const time = this.#batchTime(progress, rest);
    let at = Infinity;
    for (const { from, markers } of this.#writers) {
      if (markers === null) continue;
      const tidings = this.#tidings(from, time, progress.time);
      at = Math.min(at, markers.sender.dueAt(tidings));
    }
    return at;
  }

  /** What those behind a repartition of the node's output are to know. Whoever still has something open for them is not idle to them. */
  #tidings(from: NodeRef, time: BatchTime, behind: ReachedTime): Tidings {
    return {
      watermark: this.#pipeline.watermarkBehind(from, behind),
      idle: time.idle && !this.#pipeline.isOpenBefore(from),
      ended: time.ended && this.#pipeline.closesAt(time) > time.nowMs,
    };
  }

  /** What each view would run with now, microseconds. */
  watermarks(progress: TaskProgress, rest: InputRest): Readonly<Record<string, number>> {
    return this.#pipeline.watermarks(this.#batchTime(progress, rest));
  }

  /** The progress as if a batch without input had run, for a time when there is nothing to close. Late is then what is behind today's watermark. */
  caughtUp(progress: TaskProgress, rest: InputRest): TaskProgress {
    return { ...progress, time: { ...progress.time, ran: this.#pipeline.caughtUp(this.#batchTime(progress, rest)) } };
  }

  /** The progress behind input that brings no rows, only markers. */
  behindMarkers(input: BatchInput, progress: TaskProgress): TaskProgress {
    const { time } = this.#input(input.chunks, progress.time);
    return { ...progress, time, inputs: this.#inputsBehind(input, progress) };
  }

  /** Whether anybody downstream holds nothing back for this task, because its source brings nothing. */
  get toldIdle(): boolean {
    const ofSource = this.#subTopology.input.kind === 'source';
    return ofSource && this.#writers.some(({ markers }) => markers?.sender.toldIdle === true);
  }

  /** Takes that back: nobody looks at the source any more. */
  appendNotIdle(transaction: Transaction): void {
    const now = this.#context.clock.now();
    for (const { markers } of this.#writers) markers?.sender.appendNotIdle(transaction, now);
  }

  async run(
    input: BatchInput,
    before: TaskProgress,
    producer: TransactionalProducer,
    rest: InputRest,
  ): Promise<BatchResult> {
    const { clock } = this.#context;
    const made = await this.#make(input, before, producer, rest);
    const { offset, times } = await commitTransaction(
      made.transaction,
      { topic: this.#subTopology.changelogTopic, partition: this.#task.partition },
      made.delta,
      { kind: 'commit', generation: this.#generation, ...made.progress },
      () => clock.now(),
    );
    const room = this.#state.accept(made.delta, offset, clock.now());
    // Whoever waits for it hears of a failure; nobody may, when the task closes.
    room?.catch(() => undefined);
    for (const { markers } of this.#writers) markers?.sender.committed();
    return {
      progress: { ...made.progress, position: offset },
      deliveries: made.deliveries,
      report: this.#report(input, made, offset, times),
      room,
    };
  }

  /** Everything up to the commit. Rows and operators' outputs end here: nothing of them is kept alive while the brokers are waited for. */
  async #make(
    input: BatchInput,
    before: TaskProgress,
    producer: TransactionalProducer,
    rest: InputRest,
  ): Promise<MadeBatch> {
    const { clock } = this.#context;
    const started = clock.now();
    this.#failures.clear();
    const time = this.#batchTime(before, rest);
    const { rows, time: moved, eventTimes } = this.#input(input.chunks, before.time);
    const decoded = clock.now();
    const loadedBefore = this.#state.loadMs;
    const run = await this.#pipeline.run(rows, time);
    const processed = clock.now();

    const next: EventTime = { ...moved, ran: run.ran };
    const batch: BatchNumbers = { batchId: before.batchId + 1, time, next };
    const transaction = await producer.begin();
    const sinks = await abortOnError(transaction, () => this.#write(run, batch, transaction));
    const deliveries = await abortOnError(transaction, () => this.#deliveries(run, batch));
    const delta = this.#state.seal();
    const inputs = this.#inputsBehind(input, before);
    return {
      transaction,
      delta,
      progress: { ...before, batchId: batch.batchId, batchTimeMs: time.nowMs, inputs, time: next },
      watermark: hasEventTime(this.#subTopology) ? time.event.watermark : null,
      rows: rows.length,
      eventTimes,
      deliveries,
      sinks,
      errors: this.#failures.progress,
      views: this.#pipeline.viewProgress(run),
      times: { started, decoded, processed, encoded: clock.now(), stateRead: this.#state.loadMs - loadedBefore },
    };
  }

  /** Batch time never goes back, whatever the clocks of successive owners show. */
  #batchTime({ batchTimeMs, time }: TaskProgress, { idle, ended }: InputRest): BatchTime {
    const nowMs = Math.max(Math.floor(this.#context.clock.now()), batchTimeMs);
    const { watermark, ran, frozen } = time;
    if (frozen === null) return { nowMs, event: { watermark, ran }, idle, ended };
    // While rows may come, nothing is closed that they could belong to. Where a run could not say that it had ended, more of them come to
    // what it has closed.
    return { nowMs, event: { watermark: ended ? frozen.watermark : -Infinity, ran }, idle, ended };
  }

  #inputsBehind(input: BatchInput, { inputs }: TaskProgress): TaskProgress['inputs'] {
    return { ...inputs, [this.#subTopology.input.topic]: input.endOffset };
  }

  #report(input: BatchInput, made: MadeBatch, position: number, commit: CommitTimes): BatchProgress {
    const { delta, deliveries, progress, views, times } = made;
    const now = this.#context.clock.now();
    const timestamps = input.chunks.filter((chunk) => chunk.count > 0).map((chunk) => chunk.timestamps[0]);
    return {
      task: this.#task,
      batchId: progress.batchId,
      timestamp: now,
      batchTime: progress.batchTimeMs,
      watermark: made.watermark,
      eventTimes: made.eventTimes,
      durations: {
        decode: times.decoded - times.started,
        process: times.processed - times.decoded,
        stateRead: times.stateRead,
        encode: times.encoded - times.processed,
        produce: commit.produceMs,
        commit: commit.commitMs,
        total: now - times.started,
      },
      sources: [this.#sourceProgress(input, made.rows)],
      views,
      stores: this.#subTopology.stores.map((store) => {
        const changes = delta.changes.filter((change) => change.store === store.name);
        const removed = changes.reduce((count, change) => count + (change.isDeletion ? 1 : 0), 0);
        return {
          store: store.name,
          rowsTotal: this.#state.store(store.name).size,
          rowsUpdated: changes.length - removed,
          rowsRemoved: removed,
          memoryBytes: this.#state.cachedBytes,
        };
      }),
      sinks: [
        ...made.sinks,
        ...deliveries.map(({ sink, delivery }) => ({ sink, internal: false, rows: delivery.rows.length })),
      ],
      errors: made.errors,
      latencyMs: timestamps.length === 0 ? null : now - Math.min(...timestamps),
      position,
    };
  }

  #sourceProgress(input: BatchInput, rows: number): SourceProgress {
    const { startOffset, endOffset, highWatermark, lastStableOffset, bytes } = input;
    const { input: from } = this.#subTopology;
    return {
      source: from.kind === 'source' ? from.source : this.#subTopology.id,
      internal: from.kind === 'repartition',
      topic: from.topic,
      partition: this.#task.partition,
      startOffset,
      endOffset,
      latestOffset: highWatermark,
      lastStableOffset,
      // Records of a source, whether or not they could be read; a repartition topic also holds markers.
      rows: from.kind === 'source' ? input.rows : rows,
      bytes,
    };
  }

  async #write(run: PipelineRun, batch: BatchNumbers, transaction: Transaction): Promise<SinkProgress[]> {
    const progress: SinkProgress[] = [];
    const { batchId, time, next } = batch;
    const context = contextOf(batch);
    for (const { name, internal, from, write, markers } of this.#writers) {
      markers?.touched.fill(0);
      const output = { batch: run.output(from), batchId, context, timestampMs: time.nowMs };
      const rows = await write({ ...output, snapshot: () => this.#pipeline.snapshot(from, context) }, transaction);
      progress.push({ sink: name, internal, rows });
      if (markers === null) continue;
      markers.sender.append(transaction, this.#tidings(from, time, next), markers.touched, this.#context.clock.now());
    }
    this.#writeDeadLetters(transaction, time.nowMs);
    return progress;
  }

  #writeDeadLetters(transaction: Transaction, timestampMs: number): void {
    const { plan, partitions, recordLimits } = this.#context;
    for (const [topic, letter] of this.#failures.letters()) {
      const partition = this.#task.partition % (partitions.get(topic) ?? 1);
      const maxBytes = recordLimits.get(topic) ?? Infinity;
      appendDeadLetter(transaction, { topology: plan.name, topic, partition, timestampMs, maxBytes }, letter);
    }
  }

  /** Taken before the commit, since the next batch may already change what a snapshot shows. */
  async #deliveries(run: PipelineRun, batch: BatchNumbers): Promise<{ sink: string; delivery: SinkDelivery }[]> {
    const deliveries: { sink: string; delivery: SinkDelivery }[] = [];
    for (const { from, name, outputMode } of this.#consoles) {
      const output = run.output(from);
      if (isEmpty(output)) continue;
      const rows: Row[] = [];
      if (outputMode === 'complete') {
        for await (const row of this.#pipeline.snapshot(from, contextOf(batch))) rows.push(row);
      } else if (output.kind === 'stream' || outputMode === 'append') {
        for (const row of output.kind === 'stream' ? output.rows : output.final) rows.push(row);
      } else {
        for (const change of output.changes) if (change.new !== null) rows.push(change.new);
      }
      if (rows.length === 0) continue;
      deliveries.push({ sink: name, delivery: { task: this.#task, batchId: batch.batchId, outputMode, rows } });
    }
    return deliveries;
  }
}

/** A batch that only has to be committed. */
interface MadeBatch {
  readonly transaction: Transaction;
  readonly delta: StateDelta;
  readonly progress: TaskProgress;
  readonly watermark: number | null;
  /** Rows of the input. */
  readonly rows: number;
  readonly eventTimes: EventTimes | null;
  readonly deliveries: BatchResult['deliveries'];
  readonly sinks: readonly SinkProgress[];
  readonly errors: readonly ErrorProgress[];
  readonly views: readonly ViewProgress[];
  readonly times: {
    readonly started: number;
    readonly decoded: number;
    readonly processed: number;
    readonly encoded: number;
    readonly stateRead: number;
  };
}

interface Writer {
  readonly name: string;
  readonly internal: boolean;
  readonly from: NodeRef;
  readonly write: SinkWriter;
  readonly markers: { readonly sender: MarkerSender; readonly touched: Uint8Array } | null;
}

interface BatchNumbers {
  readonly batchId: number;
  readonly time: BatchTime;
  /** Event time behind the batch. */
  readonly next: ReachedTime;
}

const contextOf = ({ time }: BatchNumbers): EvaluationContext => ({ batchTime: time.nowMs * 1000 });

async function abortOnError<T>(transaction: Transaction, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    await transaction.abort();
    throw error;
  }
}

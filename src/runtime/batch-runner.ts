import { batchSize, type OperatorContext } from '../core/operator.ts';
import type { BatchProgress, SinkProgress, SourceProgress, ViewProgress } from '../core/progress.ts';
import type { SinkDelivery } from '../core/sink.ts';
import type { StateDelta, TaskState } from '../core/state.ts';
import type { TaskId } from '../core/task.ts';
import type { Transaction, TransactionalProducer } from '../core/transport.ts';
import type { Row } from '../core/types.ts';
import type { ConsolePlanSink, NodeRef, SubTopology } from '../plan/physical-plan.ts';
import type { TaskProgress } from './changelog.ts';
import { commitTransaction, type CommitTimes } from './commit.ts';
import type { BatchInput } from './input-queue.ts';
import { Pipeline, type PipelineRun } from './pipeline.ts';
import { kafkaSinkWriter, repartitionWriter, type SinkWriter } from './sink-writer.ts';
import { repartitionReader, sourceReader, type ReadRows } from './source-rows.ts';
import type { TaskContext } from './task-context.ts';

/** What a committed batch leaves behind. */
export interface BatchResult {
  readonly progress: TaskProgress;
  readonly report: BatchProgress;
  /** To be given to sinks outside Kafka, now that the batch is committed. */
  readonly deliveries: readonly { readonly sink: string; readonly delivery: SinkDelivery }[];
}

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
  readonly #readRows: ReadRows;
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
    this.#readRows =
      input.kind === 'source' ? sourceReader(input, formats, partitionsOf(input.topic)) : repartitionReader(input);
    this.#pipeline = new Pipeline(subTopology, (name) => state.store(name));
    this.#consoles = sinks.filter((sink) => sink.kind === 'console');
    this.#writers = sinks
      .filter((sink) => sink.kind !== 'console')
      .map((sink) => ({
        name: sink.name,
        internal: sink.kind === 'repartition',
        from: sink.from,
        write:
          sink.kind === 'kafka'
            ? kafkaSinkWriter(sink, formats, partitionsOf(sink.topic), task.partition)
            : repartitionWriter(sink, partitionsOf(sink.topic)),
      }));
  }

  async run(input: BatchInput, before: TaskProgress, producer: TransactionalProducer): Promise<BatchResult> {
    const { clock } = this.#context;
    const made = await this.#make(input, before, producer);
    const { offset, times } = await commitTransaction(
      made.transaction,
      { topic: this.#subTopology.changelogTopic, partition: this.#task.partition },
      made.delta,
      { kind: 'commit', generation: this.#generation, ...made.progress },
      () => clock.now(),
    );
    await this.#state.accept(made.delta, offset, clock.now());
    return {
      progress: { ...made.progress, position: offset },
      deliveries: made.deliveries,
      report: this.#report(input, made, offset, times),
    };
  }

  /** Everything up to the commit. Rows and operators' outputs end here: nothing of them is kept alive while the brokers are waited for. */
  async #make(input: BatchInput, before: TaskProgress, producer: TransactionalProducer): Promise<MadeBatch> {
    const { clock } = this.#context;
    const started = clock.now();
    const batchId = before.batchId + 1;
    // Batch time never goes back, whatever the clocks of successive owners show.
    const batchTimeMs = Math.max(Math.floor(started), before.batchTimeMs);
    const context: OperatorContext = {
      batchTime: batchTimeMs * 1000,
      lateWatermark: -Infinity,
      evictionWatermark: -Infinity,
    };

    const rows: Row[] = [];
    for (const chunk of input.chunks) this.#readRows(chunk, rows);
    const decoded = clock.now();
    const loadedBefore = this.#state.loadMs;
    const run = await this.#pipeline.run(rows, context);
    const processed = clock.now();

    const transaction = await producer.begin();
    const numbers = { batchId, context, batchTimeMs };
    const sinks = await abortOnError(transaction, () => this.#write(run, numbers, transaction));
    const deliveries = await abortOnError(transaction, () => this.#deliveries(run, numbers));
    const delta = this.#state.seal();
    const inputs = { ...before.inputs, [this.#subTopology.input.topic]: input.endOffset };
    return {
      transaction,
      delta,
      progress: { ...before, batchId, batchTimeMs, inputs },
      deliveries,
      sinks,
      views: this.#pipeline.viewProgress(run),
      times: { started, decoded, processed, encoded: clock.now(), stateRead: this.#state.loadMs - loadedBefore },
    };
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
      watermark: null,
      durations: {
        decode: times.decoded - times.started,
        process: times.processed - times.decoded,
        stateRead: times.stateRead,
        encode: times.encoded - times.processed,
        produce: commit.produceMs,
        commit: commit.commitMs,
        total: now - times.started,
      },
      sources: [this.#sourceProgress(input)],
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
      latencyMs: timestamps.length === 0 ? null : now - Math.min(...timestamps),
      position,
    };
  }

  #sourceProgress(input: BatchInput): SourceProgress {
    const { startOffset, endOffset, highWatermark, lastStableOffset, rows, bytes } = input;
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
      rows,
      bytes,
    };
  }

  async #write(run: PipelineRun, batch: BatchNumbers, transaction: Transaction): Promise<SinkProgress[]> {
    const progress: SinkProgress[] = [];
    for (const { name, internal, from, write } of this.#writers) {
      const rows = await write(
        {
          batch: run.output(from),
          snapshot: () => this.#pipeline.snapshot(from, batch.context),
          batchId: batch.batchId,
          context: batch.context,
          timestampMs: batch.batchTimeMs,
        },
        transaction,
      );
      progress.push({ sink: name, internal, rows });
    }
    return progress;
  }

  /** Taken before the commit, since the next batch may already change what a snapshot shows. */
  async #deliveries(run: PipelineRun, batch: BatchNumbers): Promise<{ sink: string; delivery: SinkDelivery }[]> {
    const deliveries: { sink: string; delivery: SinkDelivery }[] = [];
    for (const sink of this.#consoles) {
      const output = run.output(sink.from);
      if (batchSize(output) === 0) continue;
      const rows: Row[] = [];
      if (sink.outputMode === 'complete') {
        for await (const row of this.#pipeline.snapshot(sink.from, batch.context)) rows.push(row);
      } else if (output.kind === 'stream') {
        for (const row of output.rows) rows.push(row);
      } else {
        for (const change of output.changes) if (change.new !== null) rows.push(change.new);
      }
      const { outputMode, name } = sink;
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
  readonly deliveries: BatchResult['deliveries'];
  readonly sinks: readonly SinkProgress[];
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
}

interface BatchNumbers {
  readonly batchId: number;
  readonly batchTimeMs: number;
  readonly context: OperatorContext;
}

async function abortOnError<T>(transaction: Transaction, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    await transaction.abort();
    throw error;
  }
}

import { asMillraceError, MillraceError, type Recovery } from '../core/errors.ts';
import type { TaskState as TaskPhase } from '../core/progress.ts';
import { Signal } from '../core/signal.ts';
import type { TaskState } from '../core/state.ts';
import { partitionName, taskName, type TaskId, type TopicPartition } from '../core/task.ts';
import type { TransactionalProducer } from '../core/transport.ts';
import { transactionalId } from '../plan/topics.ts';
import type { SubTopology } from '../plan/physical-plan.ts';
import { BatchRunner, type BatchResult } from './batch-runner.ts';
import { commitTransaction } from './commit.ts';
import type { TaskProgress } from './changelog.ts';
import { InputQueue, type BatchInput } from './input-queue.ts';
import { lastProgress, settledBounds } from './ownership.ts';
import { Pace } from './pace.ts';
import { restoreState } from './restore.ts';
import { STATELESS } from './stateless.ts';
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

/** What a task asks of the engine that owns it. */
export interface TaskOwner {
  /** Whether the group still gives this process the task, by a heartbeat sent after the question. */
  confirms(task: TaskId): Promise<boolean>;
}

/** Everything a task holds between taking over and letting go. */
interface Ownership {
  readonly producer: TransactionalProducer;
  readonly state: TaskState;
  readonly queue: InputQueue;
  readonly runner: BatchRunner;
  progress: TaskProgress;
}

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
   * Where the task's input is committed to, consumed to (behind trailing control records), and ends (-1 = not known); null while it is not
   * running.
   */
  get position():
    (TopicPartition & { readonly committed: number; readonly consumed: number; readonly latest: number }) | null {
    if (this.#phase !== 'running' || this.#ownership === null) return null;
    const { progress, queue } = this.#ownership;
    const committed = progress.inputs[this.#input.topic];
    return { ...this.#input, committed, consumed: queue.consumedFrom(committed), latest: queue.highWatermark };
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
          if (signal.aborted) break;
          if (!(await this.#recover(asMillraceError(error)))) break;
        }
      }
    } catch (error) {
      await this.#letGo(false);
      const failure = asMillraceError(error);
      this.#move('failed', failure.message);
      throw failure;
    }
    this.#move('closing', '');
    await this.#letGo(true);
    this.#move('closed', '');
  }

  /** Asks the task to finish its batch and close. */
  close(): void {
    this.#stop.abort();
    this.#wake.notify();
  }

  /** Takes the task over from whoever had it: fence, find the end of the log, bring the state there, claim, open the input. */
  async #takeOver(signal: AbortSignal): Promise<void> {
    const { transport, state: backend, clock, settings, plan, listener, newLogId, planEpoch } = this.#context;
    const { subTopology: sub, partition } = this.id;
    const producer = await transport.openProducer({
      transactionalId: transactionalId(plan.name, sub, partition),
      transactionTimeoutMs: settings.transactionTimeoutMs,
      compression: settings.compression,
    });
    const bounds = await settledBounds(transport, this.#changelog, clock, {
      timeoutMs: settings.transactionTimeoutMs,
      signal,
      onHanging: (error) => listener.onEvent({ kind: 'error', task: this.id, error }),
    });
    const progress = (await lastProgress(transport, this.#changelog, bounds)) ?? {
      logId: newLogId(),
      position: -1,
      inputs: { [this.#input.topic]: await this.#startingOffset() },
      batchId: -1,
      batchTimeMs: 0,
      watermarks: {},
      planEpoch,
    };

    this.#move('restoring', '');
    const restoring = clock.now();
    const { stores } = this.#subTopology;
    const state = stores.length === 0 ? STATELESS : await backend.open(this.id, stores);
    try {
      const log = { transport, changelog: this.#changelog, first: bounds.first, clock, signal };
      const report =
        stores.length === 0
          ? { records: 0, rebuild: false }
          : await restoreState(state, progress, log, (remaining, rebuild) =>
              listener.onEvent({ kind: 'restoring', task: this.id, remaining, rebuild }),
            );
      const generation = await this.#claim(producer, progress);
      await state.claim(generation);
      listener.onEvent({ kind: 'restored', task: this.id, durationMs: clock.now() - restoring, ...report });
      const target = this.#context.targets?.get(partitionName(this.#input)) ?? Infinity;
      const from = progress.inputs[this.#input.topic];
      const queue = new InputQueue(this.#context.fetcher, this.#input, from, target, () => this.#wake.notify());
      const runner = new BatchRunner(this.id, this.#subTopology, this.#context, state, generation);
      this.#ownership = { producer, state, queue, runner, progress };
    } catch (error) {
      producer.close();
      await state.release();
      throw error;
    }
  }

  /** The owner's first transaction: its offset is the generation that orders this owner behind all before it. */
  async #claim(producer: TransactionalProducer, progress: TaskProgress): Promise<number> {
    const { clock } = this.#context;
    const record = { kind: 'claim', ...progress } as const;
    const transaction = await producer.begin();
    const claimed = await commitTransaction(transaction, this.#changelog, { changes: [] }, record, () => clock.now());
    return claimed.offset;
  }

  async #startingOffset(): Promise<number> {
    const { input } = this.#subTopology;
    const bounds = (await this.#context.transport.topics.offsets([this.#input])).get(partitionName(this.#input));
    if (bounds === undefined) {
      throw new MillraceError('TOPIC_MISSING', `the topic ${this.#input.topic} does not exist`, {
        details: { ...this.#input },
      });
    }
    const latest = input.kind === 'source' && input.startingOffsets === 'latest';
    return latest ? bounds.lastStable : bounds.first;
  }

  async #process(signal: AbortSignal): Promise<void> {
    const ownership = this.#ownership;
    if (ownership === null) return;
    const { settings } = this.#context;
    while (!signal.aborted) {
      if (ownership.queue.isEmpty) {
        await this.#wake.wait();
        continue;
      }
      await this.#pace.next(ownership.queue.backlogBytes, signal);
      if (signal.aborted) return;
      const input = ownership.queue.take(settings.maxRowsPerTrigger);
      if (input === null) continue;
      const result = await this.#runBatch(ownership, input, signal);
      if (result === null) return;
      this.#pace.done();
      ownership.progress = result.progress;
      this.#backoffMs = FIRST_BACKOFF_MS;
      this.#context.listener.onBatch(result.report);
      for (const { sink, delivery } of result.deliveries)
        await this.#context.externalSinks.get(sink)?.deliver(delivery);
    }
  }

  /** Runs the batch until it is committed; one that is definitely not committed is done again with the same input. */
  async #runBatch(ownership: Ownership, input: BatchInput, signal: AbortSignal): Promise<BatchResult | null> {
    for (;;) {
      try {
        return await ownership.runner.run(input, ownership.progress, ownership.producer);
      } catch (thrown) {
        const error = asMillraceError(thrown);
        this.#context.listener.onEvent({
          kind: 'aborted',
          task: this.id,
          batchId: ownership.progress.batchId + 1,
          error,
        });
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
    await this.#letGo(false);
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

  async #backOff(): Promise<void> {
    const { clock, random } = this.#context;
    const wait = this.#backoffMs * (0.5 + random());
    this.#backoffMs = Math.min(this.#backoffMs * 1.5, MAX_BACKOFF_MS);
    await clock.sleep(wait, this.#stop.signal);
  }

  /** Gives back what the task holds; in peace, its state is first written out for the next owner. */
  async #letGo(inPeace: boolean): Promise<void> {
    const ownership = this.#ownership;
    if (ownership === null) return;
    this.#ownership = null;
    ownership.queue.close();
    ownership.producer.close();
    try {
      if (inPeace) await ownership.state.flush();
    } catch (error) {
      // The next owner catches up from the changelog.
      this.#context.listener.onEvent({ kind: 'error', task: this.id, error: asMillraceError(error) });
    }
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

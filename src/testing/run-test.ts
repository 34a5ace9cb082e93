import { asMillraceError, MillraceError } from '../core/errors.ts';
import type { Span } from '../core/diagnostic.ts';
import { partitionOf } from '../core/murmur2.ts';
import type { BatchProgress } from '../core/progress.ts';
import { taskName } from '../core/task.ts';
import { runsToAnEnd, type PhysicalPlan } from '../plan/physical-plan.ts';
import type { TestAction, TestRecord, TestSpec, TestStep } from '../topology/test-spec.ts';
import { mismatches, type Mismatch } from './mismatch.ts';
import type { Observation } from './observation.ts';
import { Outputs } from './outputs.ts';
import { Stage } from './stage.ts';

/** How a test went: passed, if there is no mismatch. */
export interface TestResult {
  readonly test: TestSpec;
  readonly mismatches: readonly Mismatch[];
}

/**
 * Runs one test on a broker, a state and a clock of its own. Each step is done and followed to its end before its expectations are looked at.
 * A mismatch does not end the test; a topology that fails, where no failure was expected, does.
 * @param topics the topic of each source
 */
export async function runTest(
  test: TestSpec,
  plan: PhysicalPlan,
  topics: ReadonlyMap<string, string>,
): Promise<TestResult> {
  const run = new TestRun(test, plan, topics);
  return { test, mismatches: await run.run() };
}

/**
 * How long before the test's time the topology is started, ms: as in an hour of its life, it has found by then that nothing is in its
 * partitions, so that those which get nothing hold nobody back. Whole intervals of its trigger, so that one begins with the test.
 */
function warmUpMs({ trigger }: PhysicalPlan): number {
  const stepMs = trigger.kind === 'interval' ? trigger.intervalMs : WARM_UP_MS;
  return Math.ceil(WARM_UP_MS / stepMs) * stepMs;
}

const WARM_UP_MS = 2_000;

class TestRun {
  readonly #test: TestSpec;
  readonly #plan: PhysicalPlan;
  readonly #topics: ReadonlyMap<string, string>;
  readonly #outputs: Outputs;
  readonly #stage: Stage;
  /** Each step is a run of its own. */
  readonly #runsToAnEnd: boolean;
  readonly #stateRows = new Map<string, Map<string, number>>();
  #lateRows = new Map<string, number>();
  #watermarks: ReadonlyMap<string, number> = new Map();

  constructor(test: TestSpec, plan: PhysicalPlan, topics: ReadonlyMap<string, string>) {
    this.#test = test;
    this.#plan = plan;
    this.#topics = topics;
    this.#runsToAnEnd = runsToAnEnd(plan.trigger);
    this.#outputs = new Outputs(plan, test.partitions);
    this.#stage = new Stage({
      plan,
      partitions: test.partitions,
      startTimeMs: test.startTimeMs - warmUpMs(plan),
      listener: { onBatch: (progress) => this.#note(progress), onEvent: () => undefined },
      externalSinks: this.#outputs.externalSinks,
    });
  }

  async run(): Promise<Mismatch[]> {
    const found: Mismatch[] = [];
    try {
      await this.#stage.open();
      if (!this.#runsToAnEnd) await this.#start();
      await this.#stage.clock.moveTo(this.#test.startTimeMs);
      for (const step of this.#test.steps) {
        const before = this.#stage.failure;
        if (before !== null && step.action.kind !== 'restart') {
          found.push(failed(step.span, before, 'the step before; `restart: true` starts it anew'));
          break;
        }
        await this.#do(step.action);
        const observation = await this.#observe();
        if (step.expect !== null) found.push(...mismatches(step.expect, observation));
        const { failure } = observation;
        if (failure === null || step.expect?.error?.value === failure.code) continue;
        if ((step.expect?.error ?? null) === null) found.push(failed(whereOf(step), failure, 'this step'));
        break;
      }
    } catch (error) {
      found.push(failed(this.#test.name.span, asMillraceError(error), 'this test'));
    } finally {
      await this.#stage.close();
    }
    return found;
  }

  async #start(): Promise<void> {
    await this.#stage.start();
    await this.#stage.untilQuiet();
  }

  async #do(action: TestAction): Promise<void> {
    const stage = this.#stage;
    switch (action.kind) {
      case 'none':
        break;
      case 'send':
        await this.#send(action.records);
        break;
      case 'advance':
        await stage.clock.moveTo(stage.clock.now() + action.ms);
        break;
      case 'restart':
        await stage.stop();
        if (!this.#runsToAnEnd) await stage.start();
        break;
    }
    if (this.#runsToAnEnd) await this.#runToTheEnd();
    else await stage.untilQuiet();
  }

  async #runToTheEnd(): Promise<void> {
    await this.#stage.start();
    await this.#stage.untilFinished();
    this.#watermarks = this.#currentWatermarks();
    await this.#stage.stop();
  }

  /** All in one transaction, so that what goes to one partition is one batch of the topology. */
  async #send(records: readonly TestRecord[]): Promise<void> {
    const { transport, clock } = this.#stage;
    const { partitions } = this.#test;
    await this.#stage.passing(
      (async () => {
        const producer = await transport.openProducer({
          transactionalId: 'millrace-test',
          transactionTimeoutMs: 10_000,
          compression: 'none',
        });
        const transaction = await producer.begin();
        for (const { source, key, value, timestampMs, partition, headers } of records) {
          const chosen = partition ?? (key === null ? 0 : partitionOf(partitions, Buffer.from(key)));
          const time = timestampMs ?? Math.floor(clock.now());
          transaction.append(this.#topicOf(source), chosen, time, key, value, headers.length === 0 ? null : headers);
        }
        await transaction.send();
        const sent = records.map(({ source }) => this.#topicOf(source));
        this.#outputs.skipTo(
          await this.#stage.ends(this.#outputs.partitions.filter(({ topic }) => sent.includes(topic))),
        );
        await transaction.commit();
        producer.close();
      })(),
    );
  }

  #topicOf(source: string): string {
    const topic = this.#topics.get(source);
    if (topic === undefined) throw new MillraceError('INTERNAL', `the source ${source} has no topic`);
    return topic;
  }

  async #observe(): Promise<Observation> {
    const stage = this.#stage;
    const ends = await stage.passing(stage.ends(this.#outputs.partitions));
    const sinks = await stage.passing(this.#outputs.take(stage.transport, ends));
    const lateRows = this.#lateRows;
    this.#lateRows = new Map();
    if (!this.#runsToAnEnd) this.#watermarks = this.#currentWatermarks();
    const stateRows = new Map(
      [...this.#stateRows].map(([store, tasks]) => [store, [...tasks.values()].reduce((sum, rows) => sum + rows, 0)]),
    );
    return { sinks, lateRows, watermarks: this.#watermarks, stateRows, failure: stage.failure };
  }

  /** Of a view whose work is shared by two sub-topologies, the one that keeps its state: the later one. Of several tasks the smallest. */
  #currentWatermarks(): Map<string, number> {
    const watermarks = new Map<string, number>();
    for (const { id } of this.#plan.subTopologies) {
      const here = new Map<string, number>();
      for (const { id: task, position } of this.#stage.tasks) {
        if (task.subTopology !== id || position === null) continue;
        for (const [view, watermark] of Object.entries(position.watermarks)) {
          here.set(view, Math.min(here.get(view) ?? Infinity, watermark));
        }
      }
      for (const [view, watermark] of here) watermarks.set(view, watermark);
    }
    return watermarks;
  }

  #note({ task, views, stores }: BatchProgress): void {
    for (const { view, lateRows } of views) this.#lateRows.set(view, (this.#lateRows.get(view) ?? 0) + lateRows);
    for (const { store, rowsTotal } of stores) {
      const tasks = this.#stateRows.get(store) ?? new Map<string, number>();
      this.#stateRows.set(store, tasks.set(taskName(task), rowsTotal));
    }
  }
}

const whereOf = ({ expect, span }: TestStep): Span => expect?.span ?? span;

const failed = (span: Span, error: MillraceError, where: string): Mismatch => ({
  span,
  message: `the topology failed in ${where}: error[${error.code}] ${error.message}`,
  lines: [],
  actual: null,
});

import { describe, expect, test } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { MillraceError } from '../../src/core/errors.ts';
import type { EngineEvent } from '../../src/core/progress.ts';
import { taskName, type TaskId } from '../../src/core/task.ts';
import type { TaskReport, Worker, WorkerListener } from '../../src/runtime/worker.ts';
import { Workers } from '../../src/runtime/workers.ts';

/** A worker that does what it is told when the test says so. */
class FakeWorker implements Worker {
  readonly index: number;
  readonly listener: WorkerListener;
  tasks: TaskReport[] = [];
  told: string[] = [];
  #assigned: readonly TaskId[] = [];

  constructor(index: number, listener: WorkerListener) {
    this.index = index;
    this.listener = listener;
  }

  assign(tasks: readonly TaskId[]): void {
    this.#assigned = tasks;
    this.told = tasks.map(taskName);
    const begun = tasks.filter((task) => !this.tasks.some(({ id }) => taskName(id) === taskName(task)));
    this.tasks.push(...begun.map((id) => ({ id, phase: 'running', position: null }) as const));
  }

  /** Closes the tasks that it was told to give up. */
  finish(): void {
    const wanted = new Set(this.#assigned.map(taskName));
    this.tasks = this.tasks.filter(({ id }) => wanted.has(taskName(id)));
    this.listener.onTasks();
  }

  lose(): void {
    this.listener.onLost(new MillraceError('WORKER_LOST', `worker ${this.index} is lost`));
  }

  read(): Promise<null> {
    return Promise.resolve(null);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function crew(count = 2) {
  const opened: FakeWorker[] = [];
  const events: EngineEvent[] = [];
  const failures: MillraceError[] = [];
  const now = { ms: 0 };
  const clock: Clock = { now: () => now.ms, sleep: () => Promise.resolve() };
  const workers = new Workers({
    supply: {
      count,
      lossWindowMs: 60_000,
      open(index, _, listener) {
        const worker = new FakeWorker(index, listener);
        opened.push(worker);
        return worker;
      },
    },
    prepared: { planEpoch: 1, partitions: new Map(), recordLimits: new Map(), targets: null },
    clock,
    listener: {
      onBatch: () => undefined,
      onEvent: (event) => events.push(event),
      onTasks: () => undefined,
      onFailure: (error) => failures.push(error),
      confirms: () => Promise.resolve(true),
    },
  });
  return { workers, opened, events, failures, now };
}

const task = (partition: number, subTopology = 'a'): TaskId => ({ subTopology, partition });
const FOUR = [0, 1, 2, 3].map((partition) => task(partition));

describe('an assignment', () => {
  test('is dealt out to all workers', () => {
    const { workers, opened } = crew();
    workers.assign(FOUR);
    expect(opened.map(({ told }) => told.length)).toEqual([2, 2]);
    expect(opened.flatMap(({ told }) => told).toSorted()).toEqual(['a/0', 'a/1', 'a/2', 'a/3']);
  });

  test('of no task takes all away, and they come back to where they were', () => {
    const { workers, opened } = crew();
    workers.assign(FOUR);
    const before = opened.map(({ told }) => told.toSorted());
    workers.assign([]);
    expect(opened.map(({ told }) => told)).toEqual([[], []]);
    for (const worker of opened) worker.finish();
    workers.assign(FOUR.toReversed());
    expect(opened.map(({ told }) => told.toSorted())).toEqual(before);
  });

  test('is told again to a worker that dropped a task by itself', () => {
    const { workers, opened } = crew(1);
    workers.assign([task(0)]);
    opened[0].tasks = [];
    workers.assign([task(0)]);
    expect(opened[0].tasks).toHaveLength(1);
  });
});

describe('a task that moves to another worker', () => {
  test('begins there when the first has closed it, and is confirmed to the new one only', async () => {
    const { workers, opened } = crew();
    const [first, second] = opened;
    workers.assign(FOUR);
    expect([first.told, second.told]).toEqual([
      ['a/0', 'a/1'],
      ['a/2', 'a/3'],
    ]);
    workers.assign([task(0), task(1)]);
    expect([first.told, second.told]).toEqual([['a/0'], []]);
    first.finish();
    expect([first.told, second.told]).toEqual([['a/0'], ['a/1']]);
    expect(await first.listener.confirms(task(1))).toBe(false);
    expect(await second.listener.confirms(task(1))).toBe(true);
  });
});

describe('a worker that is lost', () => {
  test('is replaced by one with the same tasks, and the others are not touched', () => {
    const { workers, opened, events } = crew();
    workers.assign(FOUR);
    const [lost, other] = opened;
    const kept = other.tasks;
    lost.lose();
    expect(opened).toHaveLength(3);
    expect(opened[2].index).toBe(0);
    expect(opened[2].told).toEqual(lost.told);
    expect(other.tasks).toBe(kept);
    expect(
      events.map((event) => [event.kind, event.kind === 'task' ? `${taskName(event.task)} ${event.state}` : '']),
    ).toEqual([['error', ''], ...lost.told.map((name) => ['task', `${name} created`])]);
  });

  test('takes the tasks along that it was closing for good', () => {
    const { workers, opened, events } = crew();
    workers.assign(FOUR);
    workers.assign([task(0), task(2)]);
    opened[0].lose();
    const told = events.flatMap((event) => (event.kind === 'task' ? [`${taskName(event.task)} ${event.state}`] : []));
    expect(told).toEqual(['a/0 created', 'a/1 closed']);
    expect(opened[2].told).toEqual(['a/0']);
  });

  test('five times within the window fails the topology and is not replaced', () => {
    const { workers, opened, failures } = crew();
    workers.assign(FOUR);
    for (let i = 0; i < 5; i++) opened.findLast(({ index }) => index === 0)?.lose();
    expect(failures.map(({ code }) => code)).toEqual(['WORKER_FAILED']);
    expect(opened).toHaveLength(2 + 4);
  });

  test('now and then is replaced for ever', () => {
    const { workers, opened, failures, now } = crew();
    workers.assign(FOUR);
    for (let i = 0; i < 12; i++) {
      now.ms += 20_000;
      opened.findLast(({ index }) => index === 0)?.lose();
    }
    expect(failures).toEqual([]);
    expect(opened).toHaveLength(2 + 12);
  });

  test('while the workers close is not replaced', async () => {
    const { workers, opened, failures } = crew();
    workers.assign(FOUR);
    const closed = workers.close();
    opened[0].lose();
    await closed;
    expect(opened).toHaveLength(2);
    expect(failures).toEqual([]);
  });
});

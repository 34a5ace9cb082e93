import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MillraceError } from '../../../src/core/errors.ts';
import type { SourcePosition, TaskState } from '../../../src/core/progress.ts';
import { Recent } from '../../../src/service/progress/recent.ts';
import { ThroughputMeter } from '../../../src/service/progress/throughput.ts';
import { TopologyStatus } from '../../../src/service/progress/topology-status.ts';
import type { TopologyStatusOptions } from '../../../src/service/progress/topology-status.ts';
import { HeldClock, batchBeforeRepartition, batchBehindRepartition, batchOf } from '../batches.ts';

const task = (partition: number) => ({ subTopology: 'counts', partition });

function fixture(options: Partial<TopologyStatusOptions> = {}) {
  const clock = new HeldClock();
  const status = new TopologyStatus({ name: 'wc', clock, batches: 3, ...options });
  const enter = (partition: number, state: TaskState, reason = '') =>
    status.onEvent({ kind: 'task', task: task(partition), state, reason });
  return { clock, status, enter };
}

describe('progress', () => {
  test('holds the last batches, oldest first, no more than asked for', () => {
    const { status } = fixture();
    for (const batchId of [1, 2, 3, 4]) status.onBatch(batchOf(0, { batchId }));
    expect(status.progress(10).map((progress) => progress.batchId)).toEqual([2, 3, 4]);
    expect(status.progress(2).map((progress) => progress.batchId)).toEqual([3, 4]);
  });

  test('takes the input rate from the batch before of the same task', () => {
    const { status } = fixture();
    const { timestamp } = batchOf(0);
    status.onBatch(batchOf(0));
    status.onBatch(batchOf(1, { timestamp: timestamp + 900 }));
    status.onBatch(batchOf(0, { timestamp: timestamp + 1_000 }));
    expect(status.progress(3).map((progress) => progress.inputRowsPerSecond)).toEqual([0, 0, 50]);
  });

  test('names a topology the same over restarts and every start differently', () => {
    const [first, second] = [fixture().status.identity, fixture().status.identity];
    expect(first.id).toBe(second.id);
    expect(first.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(first.runId).not.toBe(second.runId);
    expect(new TopologyStatus({ name: 'other', clock: new HeldClock() }).identity.id).not.toBe(first.id);
  });
});

describe('tasks', () => {
  test('show where they stand, by partition number', () => {
    const { status, enter } = fixture();
    status.onEvent({ kind: 'assigned', generation: 1, tasks: [task(10), task(2)] });
    enter(2, 'running');
    status.onBatch(batchOf(2));
    const [two, ten] = status.tasks();
    expect(ten).toMatchObject({ task: 'counts/10', state: 'created', batchId: null, watermark: null, sources: [] });
    expect(two).toMatchObject({ task: 'counts/2', state: 'running', batchId: 7, position: 4_000 });
    expect(two.committedAt).toBe('2026-01-01T12:00:01.000Z');
    expect(two.sources).toEqual([
      { source: 'lines', internal: false, topic: 'lines', partition: 2, position: 150, latestOffset: 170, lag: 20 },
    ]);
  });

  test('stand where their partitions stand now, between batches too', () => {
    const live = {
      source: 'lines',
      internal: false,
      topic: 'lines',
      partition: 0,
      position: 171,
      latestOffset: 171,
      subTopology: 'counts',
      watermark: null,
    };
    let positions: SourcePosition[] = [live];
    const { status, enter } = fixture({ positions: () => positions });
    enter(0, 'running');
    enter(1, 'running');
    status.onBatch(batchOf(0));
    status.onBatch(batchOf(1));
    const standing = () => status.tasks().map(({ sources: [s] }) => [s.position, s.latestOffset, s.lag]);
    expect(standing()).toEqual([
      [171, 171, 0],
      [150, 170, 20],
    ]);
    positions = [{ ...live, latestOffset: 180 }];
    expect(standing()[0]).toEqual([171, 180, 9]);
    positions = [{ ...live, position: 160, latestOffset: -1 }];
    expect(standing()[0]).toEqual([160, 170, 10]);
  });

  test('say how much is left to restore, as long as they restore', () => {
    const { status, enter } = fixture();
    enter(0, 'restoring');
    status.onEvent({ kind: 'restoring', task: task(0), remaining: 12, rebuild: true });
    expect(status.tasks()[0].restoreRemaining).toBe(12);
    enter(0, 'running');
    expect(status.tasks()[0].restoreRemaining).toBeNull();
  });

  test('that are closed are gone, and a batch told late does not bring them back', () => {
    const { status, enter } = fixture();
    enter(0, 'running');
    enter(0, 'closed', 'revoked');
    status.onBatch(batchOf(0));
    expect(status.tasks()).toEqual([]);
  });

  test('that failed are shown with the reason until an assignment without them', () => {
    const { status, enter } = fixture();
    enter(0, 'failed', 'division by zero');
    status.onEvent({ kind: 'assigned', generation: 2, tasks: [task(0)] });
    expect(status.tasks()).toMatchObject([{ state: 'failed', reason: 'division by zero' }]);
    status.onEvent({ kind: 'assigned', generation: 3, tasks: [] });
    expect(status.tasks()).toEqual([]);
  });
});

test('an error is reported once though it is told of the batch and of the task', () => {
  const { status } = fixture();
  const error = new MillraceError('EXPRESSION_FAILED', 'division by zero', { details: { view: 'big' } });
  status.onEvent({ kind: 'aborted', task: task(1), batchId: 4, error });
  status.onEvent({ kind: 'error', task: task(1), error });
  expect(status.errors()).toEqual([
    {
      at: '2026-01-01T12:00:00.000Z',
      task: 'counts/1',
      code: 'EXPRESSION_FAILED',
      recovery: 'user',
      message: 'division by zero',
      remedy: error.remedy,
      details: { view: 'big' },
    },
  ]);
});

test('totals count every batch since the start, not only those remembered', () => {
  const { status } = fixture({ batches: 2 });
  for (let batchId = 0; batchId < 5; batchId++) status.onBatch(batchOf(0, { batchId }));
  expect(status.totals()).toEqual({ batches: 5, inputRows: 250, outputRows: 100 });
});

test('rows on their way from one sub-topology to the next are neither input nor output', () => {
  const { status, clock } = fixture();
  status.onBatch(batchBeforeRepartition());
  status.onBatch(batchBehindRepartition());
  clock.ms += 1_000;
  expect(status.totals()).toEqual({ batches: 2, inputRows: 50, outputRows: 20 });
  expect(status.throughput()).toMatchObject({ inputRowsPerSecond: 50, outputRowsPerSecond: 20 });
});

describe('throughput', () => {
  test('is the mean of the last five whole seconds', () => {
    const clock = new HeldClock();
    const meter = new ThroughputMeter(clock);
    for (let second = 0; second < 10; second++) {
      meter.add(100 * second, second);
      clock.ms += 1_000;
    }
    meter.add(1_000_000, 1_000_000);
    expect(meter.read()).toMatchObject({ inputRowsPerSecond: 700, outputRowsPerSecond: 7 });
    expect(meter.read().history.slice(-3)).toEqual([700, 800, 900]);
  });

  test('of a young topology is the mean over its life', () => {
    const clock = new HeldClock();
    const meter = new ThroughputMeter(clock);
    meter.add(10, 0);
    clock.ms += 1_000;
    meter.add(20, 0);
    clock.ms += 1_000;
    expect(meter.read().inputRowsPerSecond).toBe(15);
  });

  test('falls to 0 when nothing comes, also after hours', () => {
    const clock = new HeldClock();
    const meter = new ThroughputMeter(clock);
    meter.add(10, 10);
    clock.ms += 61_000 * 60;
    expect(meter.read()).toEqual({ inputRowsPerSecond: 0, outputRowsPerSecond: 0, history: Array(60).fill(0) });
  });
});

test('the last things are kept, whatever the capacity and the limit', () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), fc.integer({ min: 1, max: 9 }), fc.nat({ max: 12 }), (items, capacity, limit) => {
      const recent = new Recent<number>(capacity);
      for (const item of items) recent.add(item);
      const most = Math.min(capacity, limit);
      expect(recent.last(limit)).toEqual(most === 0 ? [] : items.slice(-most));
    }),
  );
});

test('what an error policy left out is among the failures, with the place of the last and the number of all', () => {
  const { status } = fixture();
  const last = { code: 'RECORD_UNDECODABLE' as const, message: 'bad', details: { topic: 'lines', offset: 3 } };
  const errors = [{ place: 'source' as const, name: 'lines', action: 'dlq' as const, topic: 'dead', rows: 4, last }];
  status.onBatch(batchOf(1, { errors }));
  status.onBatch(batchOf(1));
  expect(status.errors()).toMatchObject([
    {
      task: 'counts/1',
      code: 'RECORD_UNDECODABLE',
      message: 'bad',
      details: { topic: 'lines', offset: 3, action: 'dlq', rows: 4 },
    },
  ]);
  expect(status.progress(2).map((progress) => progress.errors)).toEqual([
    [{ description: 'source lines', action: 'dlq', numRows: 4 }],
    undefined,
  ]);
});

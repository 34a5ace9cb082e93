import { describe, expect, test } from 'vitest';
import type { TaskState, TopologyState } from '../../src/core/progress.ts';
import { liveness, readiness, startup } from '../../src/service/health.ts';

const topology = (state: TopologyState, ...tasks: TaskState[]) => ({
  name: 'wc',
  state: () => state,
  tasks: () => tasks.map((of, i) => ({ task: `counts/${i}`, state: of })),
});

describe('live', () => {
  test.each<TopologyState>(['starting', 'restoring', 'running', 'stopping', 'stopped'])(
    'is a topology that is %s',
    (state) => {
      expect(liveness([topology(state)])).toEqual({ ok: true, reasons: [] });
    },
  );

  test('is not one that failed, whatever the others do', () => {
    expect(liveness([topology('running'), topology('failed')])).toEqual({
      ok: false,
      reasons: ['topology wc has failed'],
    });
  });
});

describe('ready', () => {
  test('is a topology whose tasks all run, and one that was assigned none', () => {
    expect(readiness([topology('running', 'running', 'closing'), topology('running')]).ok).toBe(true);
  });

  test.each<TaskState>(['created', 'claiming', 'restoring', 'failed'])('is not one with a task that is %s', (state) => {
    expect(readiness([topology('running', 'running', state)])).toEqual({
      ok: false,
      reasons: [`task counts/1 of topology wc is ${state}`],
    });
  });

  test.each<TopologyState>(['starting', 'restoring', 'stopping', 'stopped', 'failed'])(
    'is not one that is %s',
    (state) => {
      expect(readiness([topology(state)])).toEqual({ ok: false, reasons: [`topology wc is ${state}`] });
    },
  );

  test('is no process without topologies', () => {
    expect(readiness([]).ok).toBe(false);
    expect(startup([]).ok).toBe(false);
  });
});

describe('started', () => {
  test('is what has joined its group, though it still restores', () => {
    expect(startup([topology('restoring')]).ok).toBe(true);
    expect(startup([topology('running'), topology('starting')]).ok).toBe(false);
  });
});

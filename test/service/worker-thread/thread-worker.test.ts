import { afterEach, describe, expect, test } from 'vitest';
import { Diagnostics } from '../../../src/core/diagnostic.ts';
import type { MillraceError } from '../../../src/core/errors.ts';
import type { EngineEvent } from '../../../src/core/progress.ts';
import { systemClock } from '../../../src/core/system-clock.ts';
import { planTopology } from '../../../src/plan/plan.ts';
import { toConfig } from '../../../src/service/config/config.ts';
import { settingsShape } from '../../../src/service/config/settings.ts';
import type { ThreadWorker } from '../../../src/service/worker-thread/thread-worker.ts';
import { WorkerThreads } from '../../../src/service/worker-thread/worker-threads.ts';
import { loadTopology } from '../../../src/topology/load-topology.ts';
import { SETTINGS } from '../../support/engine-harness.ts';
import { eventually } from '../../support/eventually.ts';

const TOPOLOGY = `
apiVersion: millrace/v1
name: lines
sources: { lines: { topic: lines, value: { format: text } } }
sinks: { copies: { from: lines, topic: copies, value: { format: text, select: [ value ] } } }
`;
const TASK = { subTopology: 'lines', partition: 0 };

const atEnd: WorkerThreads[] = [];
afterEach(async () => {
  for (const threads of atEnd.splice(0)) await threads.terminate();
});

/** A thread whose brokers are away: nobody listens on that port. */
function openThread(fingerprint?: string) {
  const diagnostics = new Diagnostics();
  const spec = loadTopology(TOPOLOGY, 'test.yaml', diagnostics, () => undefined)!;
  const plan = planTopology(spec, diagnostics)!;
  const events: EngineEvent[] = [];
  const failures: MillraceError[] = [];
  const losses: MillraceError[] = [];
  const threads = new WorkerThreads({
    spec,
    plan: fingerprint === undefined ? plan : { ...plan, fingerprint },
    config: toConfig(settingsShape.parse({ kafka: { ssl: {}, sasl: {} }, redis: {}, state: {}, http: {}, log: {} })),
    addresses: { brokers: ['127.0.0.1:9'], redisUrl: 'redis://127.0.0.1:9' },
    settings: SETTINGS,
    clock: systemClock,
    print: () => undefined,
  });
  atEnd.push(threads);
  const worker: ThreadWorker = threads.open(
    1,
    { planEpoch: 1, partitions: new Map([['lines', 1]]), recordLimits: new Map(), targets: null },
    {
      onBatch: () => undefined,
      onEvent: (event) => events.push(event),
      onTasks: () => undefined,
      onBatchBegun: () => undefined,
      onFailure: (error) => failures.push(error),
      onLost: (error) => losses.push(error),
      confirms: () => Promise.resolve(true),
    },
  );
  return { worker, events, failures, losses };
}

const codes = (events: readonly EngineEvent[]): string[] =>
  events.flatMap((event) => (event.kind === 'error' ? [event.error.code] : []));

describe('a worker in a thread', () => {
  test('waits for brokers that are away, tells so, and counts as the holder of what it was given', async () => {
    const { worker, events, failures, losses } = openThread();
    worker.assign([TASK]);
    expect(worker.tasks).toEqual([{ id: TASK, phase: 'created', position: null }]);
    await eventually(() => expect(codes(events)).toContain('BROKER_UNAVAILABLE'));
    expect(worker.tasks).toEqual([{ id: TASK, phase: 'created', position: null }]);
    await worker.close();
    expect([failures, losses]).toEqual([[], []]);
  }, 30_000);

  test('is lost once when its thread ends, and has nothing to say or to close after that', async () => {
    const { worker, events, losses } = openThread();
    worker.assign([TASK]);
    await eventually(() => expect(codes(events)).toContain('BROKER_UNAVAILABLE'));
    await worker.terminate();
    expect(losses).toMatchObject([{ code: 'WORKER_LOST', details: { tasks: ['lines/0'] } }]);
    const heard = events.length;
    await worker.close();
    expect(
      await worker.read(
        TASK,
        { name: 'none', columns: [], keyColumns: [], segmented: false, compression: 'none' },
        'k',
      ),
    ).toBeNull();
    expect(losses).toHaveLength(1);
    expect(events).toHaveLength(heard);
  }, 30_000);

  test('refuses a plan that is not the one of the main thread', async () => {
    const { worker, failures } = openThread('another');
    await eventually(() => expect(failures.map(({ code }) => code)).toEqual(['INTERNAL']));
    await worker.close();
  }, 30_000);
});

import type { Clock } from '../../src/core/clock.ts';
import type { BatchProgress } from '../../src/core/progress.ts';

/** A committed batch with one source, view, store and sink; what a test is about is given by the test. */
export function batch(overrides: Partial<BatchProgress> = {}): BatchProgress {
  return {
    task: { subTopology: 'counts', partition: 0 },
    batchId: 7,
    timestamp: Date.parse('2026-01-01T12:00:01.000Z'),
    batchTime: Date.parse('2026-01-01T12:00:00.990Z'),
    watermark: null,
    eventTimes: null,
    durations: { decode: 1, process: 2, stateRead: 3, encode: 4, produce: 5, commit: 10, total: 25 },
    sources: [
      {
        source: 'lines',
        internal: false,
        topic: 'lines',
        partition: 0,
        startOffset: 100,
        endOffset: 150,
        latestOffset: 170,
        lastStableOffset: 170,
        rows: 50,
        bytes: 2_000,
      },
    ],
    views: [{ view: 'counts', inputRows: 50, outputRows: 20, lateRows: 0 }],
    stores: [{ store: 'counts', rowsTotal: 300, rowsUpdated: 20, rowsRemoved: 1, memoryBytes: 9_000 }],
    sinks: [{ sink: 'word-counts', internal: false, rows: 20 }],
    errors: [],
    latencyMs: 80,
    position: 4_000,
    ...overrides,
  };
}

/** The same batch of another partition: its source is that partition too. */
export function batchOf(partition: number, overrides: Partial<BatchProgress> = {}): BatchProgress {
  const { task, sources, ...rest } = batch(overrides);
  return {
    ...rest,
    task: { ...task, partition },
    sources: overrides.sources ?? sources.map((source) => ({ ...source, partition })),
  };
}

/** A batch before a repartition topic: it reads the source and sends 500 rows on. */
export function batchBeforeRepartition(): BatchProgress {
  return batch({
    task: { subTopology: 'lines', partition: 0 },
    sinks: [{ sink: 'counts.repartition', internal: true, rows: 500 }],
  });
}

/** A batch behind a repartition topic: its 500 rows came in by the source before. */
export function batchBehindRepartition(): BatchProgress {
  const [source] = batch().sources;
  return batch({
    sources: [{ ...source, source: 'counts', internal: true, topic: 'wc.counts.repartition', rows: 500 }],
  });
}

/** A clock that stands still until a test moves it. */
export class HeldClock implements Clock {
  ms = Date.parse('2026-01-01T12:00:00.000Z');

  now(): number {
    return this.ms;
  }

  sleep(): Promise<void> {
    return Promise.reject(new Error('nothing here may sleep'));
  }
}

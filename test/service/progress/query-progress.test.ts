import { describe, expect, test } from 'vitest';
import type { BatchProgress } from '../../../src/core/progress.ts';
import { queryProgress } from '../../../src/service/progress/query-progress.ts';
import { batch, batchBeforeRepartition } from '../batches.ts';

const identity = { id: 'i', runId: 'r', name: 'wc' };

test('a batch has the fields of a StreamingQueryProgress of Spark', () => {
  const begun = Date.parse('2026-01-01T12:00:00.975Z');
  expect(queryProgress(identity, batch({ watermark: Date.parse('2026-01-01T11:50:00Z') * 1000 }), begun - 500)).toEqual(
    {
      id: 'i',
      runId: 'r',
      name: 'wc',
      task: 'counts/0',
      timestamp: '2026-01-01T12:00:00.975Z',
      batchId: 7,
      batchDuration: 25,
      numInputRows: 50,
      inputRowsPerSecond: 100,
      processedRowsPerSecond: 2_000,
      durationMs: { decode: 1, process: 2, stateRead: 3, encode: 4, produce: 5, commit: 10, triggerExecution: 25 },
      eventTime: { watermark: '2026-01-01T11:50:00.000Z' },
      stateOperators: [
        {
          operatorName: 'counts',
          numRowsTotal: 300,
          numRowsUpdated: 20,
          numRowsRemoved: 1,
          memoryUsedBytes: 9_000,
          numRowsDroppedByWatermark: 0,
        },
      ],
      sources: [
        {
          description: 'Kafka[lines]',
          startOffset: { lines: { 0: 100 } },
          endOffset: { lines: { 0: 150 } },
          latestOffset: { lines: { 0: 170 } },
          numInputRows: 50,
          inputRowsPerSecond: 100,
          processedRowsPerSecond: 2_000,
        },
      ],
      sink: { description: 'word-counts', numOutputRows: 20 },
    },
  );
});

describe('rates', () => {
  test('of the first batch are 0 for the input, as no time has passed that it came in', () => {
    expect(queryProgress(identity, batch(), null).inputRowsPerSecond).toBe(0);
  });

  test('that cannot be told are left out', () => {
    const { durations, timestamp } = batch();
    const progress = queryProgress(identity, batch({ durations: { ...durations, total: 0 } }), timestamp);
    expect(progress).not.toHaveProperty('inputRowsPerSecond');
    expect(progress).not.toHaveProperty('processedRowsPerSecond');
    expect(JSON.stringify(progress)).not.toContain('null');
  });
});

describe('output rows', () => {
  const outputOf = (...sinks: BatchProgress['sinks']) => queryProgress(identity, batch({ sinks }), null).sink;
  const sink = { sink: 'word-counts', internal: false, rows: 20 };
  const repartition = { sink: 'pairs.repartition', internal: true, rows: 500 };

  test('are those of the sinks, not what goes on to another sub-topology', () => {
    expect(outputOf(repartition, sink)).toEqual({ description: 'word-counts', numOutputRows: 20 });
    expect(outputOf(repartition, { ...sink, rows: 0 }).numOutputRows).toBe(0);
  });

  test('of a task without sinks are what it sends on', () => {
    expect(queryProgress(identity, batchBeforeRepartition(), null).sink).toEqual({
      description: 'counts.repartition',
      numOutputRows: 500,
    });
    expect(outputOf()).toEqual({ description: '', numOutputRows: 0 });
  });
});

test('what is not known is left out: the end of a partition, the watermark before the first', () => {
  const [source] = batch().sources;
  const progress = queryProgress(
    identity,
    batch({ watermark: -Infinity, sources: [{ ...source, latestOffset: -1 }] }),
    null,
  );
  expect(progress.sources[0].latestOffset).toEqual({});
  expect(progress.eventTime).toEqual({});
});

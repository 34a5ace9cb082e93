import { describe, expect, test } from 'vitest';
import { MillraceError } from '../../src/core/errors.ts';
import type { EngineEvent, ErrorProgress } from '../../src/core/progress.ts';
import { EngineMetrics } from '../../src/metrics/engine-metrics.ts';
import type { EngineMetricsOptions } from '../../src/metrics/engine-metrics.ts';
import { MetricRegistry } from '../../src/metrics/metric-registry.ts';
import { batch, batchBeforeRepartition, batchBehindRepartition, batchOf } from '../service/batches.ts';

const task = (partition: number) => ({ subTopology: 'counts', partition });
const assigned = (...partitions: number[]): EngineEvent => ({
  kind: 'assigned',
  generation: 1,
  tasks: partitions.map(task),
});

function fixture(options: Partial<EngineMetricsOptions> = {}) {
  const registry = new MetricRegistry({ version: '1.2.3', node: 'v24.0.0' });
  const metrics = new EngineMetrics(registry, { topology: 'wc', fingerprint: 'f00d', ...options });
  return { registry, metrics };
}

/** The values of a scrape by series, without comments. */
async function scrape(registry: MetricRegistry): Promise<Map<string, number>> {
  const lines = (await registry.render()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

const seriesOf = (values: Map<string, number>, metric: string): string[] =>
  [...values.keys()].filter((series) => series.startsWith(`${metric}{`));

describe('counters', () => {
  test('add up the rows, bytes and records of every committed batch, over several scrapes', async () => {
    const { registry, metrics } = fixture();
    metrics.onBatch(batchOf(0));
    await registry.render();
    metrics.onBatch(batchOf(1));
    metrics.onBatch(batchOf(0));
    const values = await scrape(registry);
    expect(values.get('millrace_source_records_total{topology="wc",source="lines"}')).toBe(150);
    expect(values.get('millrace_source_bytes_total{topology="wc",source="lines"}')).toBe(6_000);
    expect(values.get('millrace_view_input_rows_total{topology="wc",view="counts"}')).toBe(150);
    expect(values.get('millrace_view_output_rows_total{topology="wc",view="counts"}')).toBe(60);
    expect(values.get('millrace_sink_records_total{topology="wc",sink="word-counts"}')).toBe(60);
    expect(values.get('millrace_transactions_total{topology="wc",outcome="committed"}')).toBe(3);
  });

  test('leave out what passes between sub-topologies: it came from a source and goes to a sink once', async () => {
    const { registry, metrics } = fixture();
    metrics.onEvent(assigned(0));
    metrics.onBatch(batchBehindRepartition());
    const behind = await scrape(registry);
    for (const metric of ['source_records_total', 'source_bytes_total', 'source_lag_records']) {
      expect(seriesOf(behind, `millrace_${metric}`), metric).toEqual([]);
    }
    metrics.onBatch(batchBeforeRepartition());
    const both = await scrape(registry);
    expect(seriesOf(both, 'millrace_sink_records_total')).toEqual([
      'millrace_sink_records_total{topology="wc",sink="word-counts"}',
    ]);
    expect(both.get('millrace_source_records_total{topology="wc",source="lines"}')).toBe(50);
  });

  test('stay as they are between scrapes without batches', async () => {
    const { registry, metrics } = fixture();
    metrics.onBatch(batch());
    const series = 'millrace_source_records_total{topology="wc",source="lines"}';
    expect((await scrape(registry)).get(series)).toBe(50);
    expect((await scrape(registry)).get(series)).toBe(50);
  });

  test('show 0 before anything happened, so that the first increase is seen', async () => {
    const { registry } = fixture();
    const values = await scrape(registry);
    for (const outcome of ['committed', 'empty', 'aborted']) {
      expect(values.get(`millrace_batches_total{topology="wc",outcome="${outcome}"}`)).toBe(0);
    }
    expect(values.get('millrace_producer_fenced_total{topology="wc"}')).toBe(0);
  });

  test('tell batches without input rows from those with some', async () => {
    const { registry, metrics } = fixture();
    metrics.onBatch(batch({ sources: [], latencyMs: null }));
    metrics.onBatch(batch());
    const values = await scrape(registry);
    expect(values.get('millrace_batches_total{topology="wc",outcome="empty"}')).toBe(1);
    expect(values.get('millrace_batches_total{topology="wc",outcome="committed"}')).toBe(1);
    expect(values.get('millrace_record_latency_seconds_count{topology="wc"}')).toBe(1);
  });

  test('count workers that were lost, and rows that came late', async () => {
    const { registry, metrics } = fixture();
    metrics.onEvent({ kind: 'error', task: null, error: new MillraceError('WORKER_LOST', 'gone') });
    metrics.onBatch(batch({ views: [{ view: 'counts', inputRows: 5, outputRows: 2, lateRows: 3 }] }));
    const values = await scrape(registry);
    expect(values.get('millrace_worker_losses_total{topology="wc"}')).toBe(1);
    expect(values.get('millrace_view_late_rows_dropped_total{topology="wc",view="counts"}')).toBe(3);
  });

  test('tell what became of a transaction, and count a fence once though it is told twice', async () => {
    const { registry, metrics } = fixture();
    const fenced = new MillraceError('PRODUCER_FENCED', 'newer epoch');
    metrics.onEvent({ kind: 'aborted', task: task(0), batchId: 1, error: fenced });
    metrics.onEvent({ kind: 'error', task: task(0), error: fenced });
    for (const code of ['TRANSACTION_ABORTED', 'TRANSACTION_OUTCOME_UNKNOWN'] as const) {
      metrics.onEvent({ kind: 'aborted', task: task(0), batchId: 1, error: new MillraceError(code, 'x') });
    }
    const values = await scrape(registry);
    expect(values.get('millrace_producer_fenced_total{topology="wc"}')).toBe(1);
    expect(values.get('millrace_batches_total{topology="wc",outcome="aborted"}')).toBe(3);
    for (const outcome of ['fenced', 'aborted', 'unknown']) {
      expect(values.get(`millrace_transactions_total{topology="wc",outcome="${outcome}"}`)).toBe(1);
    }
  });

  test('tell what was left out, by place and action, and dead letters by topic', async () => {
    const { registry, metrics } = fixture();
    const last = { code: 'EXPRESSION_FAILED', message: 'x', details: {} } as const;
    const failed = (place: 'source' | 'view' | 'sink', action: 'skip' | 'dlq', rows: number): ErrorProgress => ({
      place,
      name: 'a',
      action,
      topic: action === 'dlq' ? 'dead' : null,
      rows,
      last,
    });
    metrics.onBatch(
      batch({ errors: [failed('source', 'dlq', 2), failed('view', 'skip', 3), failed('sink', 'dlq', 5)] }),
    );
    metrics.onBatch(batch({ errors: [failed('source', 'skip', 7)] }));
    const error = new MillraceError('RECORD_TOO_LARGE', 'x', { details: { sink: 'a' } });
    metrics.onEvent({ kind: 'error', task: task(0), error });
    const values = await scrape(registry);
    const of = (metric: string, action: string): number | undefined => {
      const [place] = metric.split('_');
      return values.get(`millrace_${metric}{topology="wc",${place}="a",action="${action}"}`);
    };
    expect([of('source_decode_errors_total', 'dlq'), of('source_decode_errors_total', 'skip')]).toEqual([2, 7]);
    expect(of('view_errors_total', 'skip')).toBe(3);
    expect([of('sink_errors_total', 'dlq'), of('sink_errors_total', 'fail')]).toEqual([5, 1]);
    expect(values.get('millrace_dlq_records_total{topology="wc",topic="dead"}')).toBe(7);
  });

  test('name the source of a record that could not be decoded', async () => {
    const { registry, metrics } = fixture();
    const error = new MillraceError('RECORD_UNDECODABLE', 'x', { details: { source: 'lines' } });
    metrics.onEvent({ kind: 'error', task: task(0), error });
    const series = 'millrace_source_decode_errors_total{topology="wc",source="lines",action="fail"}';
    expect((await scrape(registry)).get(series)).toBe(1);
  });
});

describe('histograms', () => {
  test('observe every phase of a batch in seconds', async () => {
    const { registry, metrics } = fixture();
    metrics.onBatch(batch());
    const values = await scrape(registry);
    const sum = (phase: string) => values.get(`millrace_batch_duration_seconds_sum{topology="wc",phase="${phase}"}`);
    expect(['decode', 'process', 'state_read', 'encode', 'produce', 'commit', 'total'].map(sum)).toEqual([
      0.001, 0.002, 0.003, 0.004, 0.005, 0.01, 0.025,
    ]);
    expect(values.get('millrace_record_latency_seconds_sum{topology="wc"}')).toBe(0.08);
    expect(values.get('millrace_batch_rows_sum{topology="wc"}')).toBe(50);
  });

  test('take a record from the future as one without latency', async () => {
    const { registry, metrics } = fixture();
    metrics.onBatch(batch({ latencyMs: -5_000 }));
    expect((await scrape(registry)).get('millrace_record_latency_seconds_sum{topology="wc"}')).toBe(0);
  });

  test('tell a rebuild from a catch-up', async () => {
    const { registry, metrics } = fixture();
    metrics.onEvent({ kind: 'restored', task: task(0), records: 9, durationMs: 2_000, rebuild: true });
    metrics.onEvent({ kind: 'restored', task: task(1), records: 0, durationMs: 20, rebuild: false });
    const values = await scrape(registry);
    expect(values.get('millrace_restore_duration_seconds_sum{topology="wc",kind="rebuild"}')).toBe(2);
    expect(values.get('millrace_restore_duration_seconds_sum{topology="wc",kind="catch_up"}')).toBe(0.02);
  });
});

describe('gauges', () => {
  test('show the lag, watermark and state of the tasks, state summed over them', async () => {
    const { registry, metrics } = fixture();
    metrics.onEvent(assigned(0, 1));
    metrics.onBatch(batchOf(0, { watermark: 1_500_000 }));
    metrics.onBatch(batchOf(1));
    const values = await scrape(registry);
    expect(values.get('millrace_assigned_partitions{topology="wc"}')).toBe(2);
    expect(values.get('millrace_source_lag_records{topology="wc",source="lines",topic="lines",partition="1"}')).toBe(
      20,
    );
    expect(values.get('millrace_state_rows{topology="wc",store="counts"}')).toBe(600);
    expect(values.get('millrace_state_bytes{topology="wc",store="counts"}')).toBe(18_000);
    expect(seriesOf(values, 'millrace_watermark_timestamp_seconds')).toEqual([
      'millrace_watermark_timestamp_seconds{topology="wc",sub_topology="counts",partition="0"}',
    ]);
    expect(values.get(seriesOf(values, 'millrace_watermark_timestamp_seconds')[0])).toBe(1.5);
  });

  const endings: [string, EngineEvent][] = [
    ['closed', { kind: 'task', task: task(1), state: 'closed', reason: 'revoked' }],
    ['failed', { kind: 'task', task: task(1), state: 'failed', reason: '' }],
    ['assigned elsewhere', assigned(0)],
  ];
  test.each(endings)('of a task that is %s are gone, those of the others stay', async (_, ending) => {
    const { registry, metrics } = fixture();
    metrics.onEvent(assigned(0, 1));
    for (const partition of [0, 1]) {
      metrics.onEvent({ kind: 'restoring', task: task(partition), remaining: 40, rebuild: false });
      metrics.onBatch(batchOf(partition, { watermark: 1e6 }));
    }
    metrics.onEvent(ending);
    const values = await scrape(registry);
    for (const metric of ['source_lag_records', 'watermark_timestamp_seconds', 'restore_records_remaining']) {
      const series = seriesOf(values, `millrace_${metric}`);
      expect(series, metric).toHaveLength(1);
      expect(series[0]).toContain('partition="0"');
    }
    expect(values.get('millrace_state_rows{topology="wc",store="counts"}')).toBe(300);
  });

  test('by partition are gone when the membership is lost', async () => {
    const { registry, metrics } = fixture();
    metrics.onEvent(assigned(0));
    metrics.onBatch(batchOf(0));
    metrics.onEvent({ kind: 'lost', reason: 'session expired' });
    const values = await scrape(registry);
    expect(seriesOf(values, 'millrace_source_lag_records')).toEqual([]);
    expect(values.get('millrace_assigned_partitions{topology="wc"}')).toBe(0);
  });

  test('count the restore down to 0', async () => {
    const { registry, metrics } = fixture();
    const series = 'millrace_restore_records_remaining{topology="wc",sub_topology="counts",partition="0"}';
    metrics.onEvent({ kind: 'restoring', task: task(0), remaining: 40, rebuild: false });
    expect((await scrape(registry)).get(series)).toBe(40);
    metrics.onEvent({ kind: 'restored', task: task(0), records: 40, durationMs: 1, rebuild: false });
    expect((await scrape(registry)).get(series)).toBe(0);
  });

  test('take the lag from the live positions where those are given', async () => {
    const position = {
      source: 'lines',
      internal: false,
      topic: 'lines',
      partition: 0,
      position: 165,
      latestOffset: 170,
      subTopology: 'counts',
      watermark: 5_500_000,
    };
    const unknown = { ...position, partition: 1, latestOffset: -1 };
    const { registry, metrics } = fixture({ positions: () => [position, unknown] });
    metrics.onBatch(batchOf(0));
    const values = await scrape(registry);
    const series = 'millrace_source_lag_records{topology="wc",source="lines",topic="lines",partition="0"}';
    expect(seriesOf(values, 'millrace_source_lag_records')).toEqual([series]);
    expect(values.get(series)).toBe(5);
    const watermark = 'millrace_watermark_timestamp_seconds{topology="wc",sub_topology="counts",partition="0"}';
    expect(values.get(watermark)).toBe(5.5);
  });

  test('show exactly one state of the topology, and none of a topology that was taken away', async () => {
    const { registry, metrics } = fixture();
    metrics.onEvent({ kind: 'topology', state: 'running' });
    const running = await scrape(registry);
    const states = seriesOf(running, 'millrace_topology_state').filter((series) => running.get(series) === 1);
    expect(states).toEqual(['millrace_topology_state{topology="wc",state="running"}']);
    expect(running.get('millrace_topology_info{topology="wc",fingerprint="f00d"}')).toBe(1);
    metrics.close();
    const closed = await scrape(registry);
    expect(seriesOf(closed, 'millrace_topology_state')).toEqual([]);
    expect(closed.get('millrace_build_info{version="1.2.3",node="v24.0.0"}')).toBe(1);
  });

  test('of two topologies in one process do not mix', async () => {
    const { registry, metrics } = fixture();
    const other = new EngineMetrics(registry, { topology: 'other', fingerprint: 'x' });
    metrics.onBatch(batchOf(0));
    other.onBatch(batchOf(0));
    other.onBatch(batchOf(1));
    const values = await scrape(registry);
    expect(values.get('millrace_state_rows{topology="wc",store="counts"}')).toBe(300);
    expect(values.get('millrace_state_rows{topology="other",store="counts"}')).toBe(600);
  });
});

test('the process shows its event-loop lag', async () => {
  const { registry } = fixture();
  expect(await registry.render()).toContain('\nnodejs_eventloop_lag_p99_seconds ');
});

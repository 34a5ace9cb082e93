import { taskName } from '../core/task.ts';
import type { TaskId } from '../core/task.ts';
import type { ErrorCode, MillraceError } from '../core/errors.ts';
import type {
  BatchDurations,
  BatchProgress,
  EngineEvent,
  EngineListener,
  ErrorProgress,
  SourcePosition,
  TopologyState,
} from '../core/progress.ts';
import type { MetricRegistry, MetricSource, Tally } from './metric-registry.ts';

const STATES: readonly TopologyState[] = ['starting', 'restoring', 'running', 'stopping', 'stopped', 'failed'];

/** Where what is in the data can fail, and how. */
const PLACES: readonly ErrorProgress['place'][] = ['source', 'view', 'sink'];
const DATA_ERRORS: readonly ErrorCode[] = ['RECORD_UNDECODABLE', 'EXPRESSION_FAILED', 'RECORD_TOO_LARGE'];

const PHASES: readonly (readonly [field: keyof BatchDurations, label: string])[] = [
  ['decode', 'decode'],
  ['process', 'process'],
  ['stateRead', 'state_read'],
  ['encode', 'encode'],
  ['produce', 'produce'],
  ['commit', 'commit'],
  ['total', 'total'],
];

export interface EngineMetricsOptions {
  readonly topology: string;
  /** Fingerprint of the plan. */
  readonly fingerprint: string;
  /**
   * The positions of all source partitions owned, asked at each scrape. Without it the lag is that of the last batch, which does not see
   * what arrived, or what a position skipped, since then.
   */
  readonly positions?: () => Iterable<SourcePosition>;
}

/**
 * Counts what the engine of one topology tells. A batch adds to plain numbers and observes a handful of histograms; gauges are made at the
 * scrape from the last batch of each task that is still owned, so that a task given up takes its series along.
 */
export class EngineMetrics implements EngineListener, MetricSource {
  readonly #registry: MetricRegistry;
  readonly #options: EngineMetricsOptions;
  readonly #topology: string;
  readonly #phases: readonly (readonly [field: keyof BatchDurations, observe: (seconds: number) => void])[];
  readonly #observeRows: (rows: number) => void;
  readonly #observeLatency: (seconds: number) => void;
  readonly #observeRestore: {
    readonly catchUp: (seconds: number) => void;
    readonly rebuild: (seconds: number) => void;
  };
  readonly #batches: Readonly<Record<'committed' | 'empty' | 'aborted', Tally>>;
  readonly #transactions: Readonly<Record<'committed' | 'aborted' | 'fenced' | 'unknown', Tally>>;
  readonly #fenced: Tally;
  readonly #workerLosses: Tally;
  readonly #rebalances: Tally;
  readonly #sources = new Map<string, { readonly records: Tally; readonly bytes: Tally }>();
  readonly #views = new Map<string, { readonly input: Tally; readonly output: Tally; readonly late: Tally }>();
  readonly #sinks = new Map<string, Tally>();
  /** What failed, by metric, name and action. */
  readonly #errors = new Map<string, Tally>();
  readonly #deadLetters = new Map<string, Tally>();
  /** The same error may be told as an event of the batch and of the task. */
  readonly #counted = new WeakSet<MillraceError>();
  #lastBatches = new Map<string, BatchProgress>();
  #restoring = new Map<string, { readonly task: TaskId; readonly remaining: number }>();
  #state: TopologyState = 'starting';
  #assigned = 0;

  constructor(registry: MetricRegistry, options: EngineMetricsOptions) {
    const { topology } = options;
    this.#registry = registry;
    this.#options = options;
    this.#topology = topology;
    this.#phases = PHASES.map(([field, phase]) => [
      field,
      registry.observer('batch_duration_seconds', { topology, phase }),
    ]);
    this.#observeRows = registry.observer('batch_rows', { topology });
    this.#observeLatency = registry.observer('record_latency_seconds', { topology });
    this.#observeRestore = {
      catchUp: registry.observer('restore_duration_seconds', { topology, kind: 'catch_up' }),
      rebuild: registry.observer('restore_duration_seconds', { topology, kind: 'rebuild' }),
    };
    this.#batches = {
      committed: registry.tally('batches_total', { topology, outcome: 'committed' }),
      empty: registry.tally('batches_total', { topology, outcome: 'empty' }),
      aborted: registry.tally('batches_total', { topology, outcome: 'aborted' }),
    };
    this.#transactions = {
      committed: registry.tally('transactions_total', { topology, outcome: 'committed' }),
      aborted: registry.tally('transactions_total', { topology, outcome: 'aborted' }),
      fenced: registry.tally('transactions_total', { topology, outcome: 'fenced' }),
      unknown: registry.tally('transactions_total', { topology, outcome: 'unknown' }),
    };
    this.#fenced = registry.tally('producer_fenced_total', { topology });
    this.#workerLosses = registry.tally('worker_losses_total', { topology });
    this.#rebalances = registry.tally('rebalances_total', { topology });
    registry.add(this);
  }

  onBatch(batch: BatchProgress): void {
    let rows = 0;
    for (const source of batch.sources) {
      rows += source.rows;
      if (source.internal) continue;
      const tallies = this.#source(source.source);
      tallies.records.pending += source.rows;
      tallies.bytes.pending += source.bytes;
    }
    for (const view of batch.views) {
      const tallies = this.#view(view.view);
      tallies.input.pending += view.inputRows;
      tallies.output.pending += view.outputRows;
      tallies.late.pending += view.lateRows;
    }
    for (const sink of batch.sinks) {
      if (!sink.internal) this.#sink(sink.sink).pending += sink.rows;
    }
    for (const { place, name, action, topic, rows: failed } of batch.errors) {
      this.#error(place, name, action).pending += failed;
      if (topic !== null) this.#deadLetter(topic).pending += failed;
    }
    this.#batches[rows > 0 ? 'committed' : 'empty'].pending++;
    this.#transactions.committed.pending++;
    this.#observeRows(rows);
    for (const [field, observe] of this.#phases) observe(batch.durations[field] / 1000);
    // A producer's clock may run ahead of ours.
    if (batch.latencyMs !== null) this.#observeLatency(Math.max(0, batch.latencyMs) / 1000);
    this.#lastBatches.set(taskName(batch.task), batch);
  }

  onEvent(event: EngineEvent): void {
    switch (event.kind) {
      case 'topology':
        this.#state = event.state;
        break;
      case 'assigned':
        this.#rebalances.pending++;
        this.#assigned = event.tasks.length;
        this.#keepOnly(new Set(event.tasks.map(taskName)));
        break;
      case 'lost':
        this.#assigned = 0;
        this.#keepOnly(new Set());
        break;
      case 'task':
        if (event.state === 'closed' || event.state === 'failed') this.#forget(taskName(event.task));
        break;
      case 'restoring':
        this.#restoring.set(taskName(event.task), event);
        break;
      case 'restored':
        this.#restoring.set(taskName(event.task), { task: event.task, remaining: 0 });
        this.#observeRestore[event.rebuild ? 'rebuild' : 'catchUp'](event.durationMs / 1000);
        break;
      case 'aborted':
        this.#batches.aborted.pending++;
        this.#transactions[outcomeOf(event.error)].pending++;
        this.#countError(event.error);
        break;
      case 'error':
        this.#countError(event.error);
        break;
    }
  }

  collect(): void {
    const registry = this.#registry;
    const topology = this.#topology;
    registry.set('topology_info', { topology, fingerprint: this.#options.fingerprint }, 1);
    for (const state of STATES) registry.set('topology_state', { topology, state }, state === this.#state ? 1 : 0);
    registry.set('assigned_partitions', { topology }, this.#assigned);
    for (const at of this.#positions()) {
      const { source, internal, topic, partition, position, latestOffset, subTopology, watermark } = at;
      if (watermark !== null && Number.isFinite(watermark)) {
        registry.set('watermark_timestamp_seconds', this.#taskLabels({ subTopology, partition }), watermark / 1e6);
      }
      if (internal || latestOffset < 0) continue;
      const labels = { topology, source, topic, partition: String(partition) };
      registry.set('source_lag_records', labels, Math.max(0, latestOffset - position));
    }
    for (const { stores } of this.#lastBatches.values()) {
      for (const { store, rowsTotal, memoryBytes } of stores) {
        registry.increase('state_rows', { topology, store }, rowsTotal);
        registry.increase('state_bytes', { topology, store }, memoryBytes);
      }
    }
    for (const { task, remaining } of this.#restoring.values()) {
      registry.set('restore_records_remaining', this.#taskLabels(task), remaining);
    }
  }

  /** Takes the topology's gauges out of the registry; its counters stay. */
  close(): void {
    this.#registry.remove(this);
  }

  #taskLabels(task: TaskId): { topology: string; sub_topology: string; partition: string } {
    return { topology: this.#topology, sub_topology: task.subTopology, partition: String(task.partition) };
  }

  *#positions(): Iterable<SourcePosition> {
    if (this.#options.positions !== undefined) {
      yield* this.#options.positions();
      return;
    }
    for (const { task, watermark, sources } of this.#lastBatches.values()) {
      const { subTopology } = task;
      for (const source of sources) yield { ...source, position: source.endOffset, subTopology, watermark };
    }
  }

  #keepOnly(tasks: ReadonlySet<string>): void {
    for (const name of [...this.#lastBatches.keys(), ...this.#restoring.keys()]) {
      if (!tasks.has(name)) this.#forget(name);
    }
  }

  #forget(task: string): void {
    this.#lastBatches.delete(task);
    this.#restoring.delete(task);
  }

  #countError(error: MillraceError): void {
    if (this.#counted.has(error)) return;
    this.#counted.add(error);
    if (error.code === 'PRODUCER_FENCED') this.#fenced.pending++;
    if (error.code === 'WORKER_LOST') this.#workerLosses.pending++;
    // An error that reaches a listener stopped its task: what is left out never becomes one.
    for (const place of PLACES) {
      const name = error.details[place];
      if (DATA_ERRORS.includes(error.code) && typeof name === 'string') this.#error(place, name, 'fail').pending++;
    }
  }

  #source(source: string): { readonly records: Tally; readonly bytes: Tally } {
    const labels = { topology: this.#topology, source };
    return once(this.#sources, source, () => ({
      records: this.#registry.tally('source_records_total', labels),
      bytes: this.#registry.tally('source_bytes_total', labels),
    }));
  }

  #view(view: string): { readonly input: Tally; readonly output: Tally; readonly late: Tally } {
    const labels = { topology: this.#topology, view };
    return once(this.#views, view, () => ({
      input: this.#registry.tally('view_input_rows_total', labels),
      output: this.#registry.tally('view_output_rows_total', labels),
      late: this.#registry.tally('view_late_rows_dropped_total', labels),
    }));
  }

  #sink(sink: string): Tally {
    return once(this.#sinks, sink, () =>
      this.#registry.tally('sink_records_total', { topology: this.#topology, sink }),
    );
  }

  #error(place: ErrorProgress['place'], name: string, action: ErrorProgress['action'] | 'fail'): Tally {
    const registry = this.#registry;
    const topology = this.#topology;
    return once(this.#errors, `${place} ${name} ${action}`, () => {
      switch (place) {
        case 'source':
          return registry.tally('source_decode_errors_total', { topology, source: name, action });
        case 'view':
          return registry.tally('view_errors_total', { topology, view: name, action });
        case 'sink':
          return registry.tally('sink_errors_total', { topology, sink: name, action });
      }
    });
  }

  #deadLetter(topic: string): Tally {
    return once(this.#deadLetters, topic, () =>
      this.#registry.tally('dlq_records_total', { topology: this.#topology, topic }),
    );
  }
}

function outcomeOf(error: MillraceError): 'aborted' | 'fenced' | 'unknown' {
  const { recovery } = error;
  return recovery === 'fenced' || recovery === 'unknown' ? recovery : 'aborted';
}

/** The handle kept under the name, made when it is first asked for. */
function once<T>(handles: Map<string, T>, name: string, make: () => T): T {
  let handle = handles.get(name);
  if (handle === undefined) {
    handle = make();
    handles.set(name, handle);
  }
  return handle;
}

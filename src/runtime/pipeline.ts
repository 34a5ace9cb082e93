import {
  batchSize,
  EMPTY_STREAM,
  EMPTY_TABLE,
  isEmpty,
  type Batch,
  type EvaluationContext,
  type Operator,
} from '../core/operator.ts';
import { recoveryOf } from '../core/errors.ts';
import type { KeyValueStore } from '../core/state.ts';
import type { ViewProgress } from '../core/progress.ts';
import type { Row } from '../core/types.ts';
import { INPUT, relationOf, type NodeRef, type SubTopology } from '../plan/physical-plan.ts';
import type { ReachedTime } from './event-time.ts';
import type { RejectRow } from './failure-site.ts';
import type { Failures } from './failures.ts';

/** The time that a batch sees. */
export interface BatchTime {
  /** Batch time, ms. */
  readonly nowMs: number;
  /** Watermark of the input, and what each view's batch before ran with; microseconds. */
  readonly event: ReachedTime;
  /** Nothing has come in for a while, and nothing is waiting. */
  readonly idle: boolean;
  /** Trigger `once`: all rows of the run are in. */
  readonly ended: boolean;
}

/** The operators of one task, in the order of the plan. */
export class Pipeline {
  readonly #subTopology: SubTopology;
  readonly #operators: readonly Operator[];
  /** By node. */
  readonly #rejects: readonly RejectRow[];

  constructor(subTopology: SubTopology, store: (name: string) => KeyValueStore, failures: Failures) {
    this.#subTopology = subTopology;
    this.#rejects = subTopology.nodes.map(({ view, from, onError }) =>
      failures.ofRows('view', view, onError, relationOf(subTopology, from).schema),
    );
    this.#operators = subTopology.nodes.map((node, n) =>
      node.make({
        store,
        oldRowsAsked: asksForOldRows(subTopology, n),
        finalRowsAsked: asksForFinalRows(subTopology, n),
      }),
    );
  }

  /** Runs a batch through every node; `outputs[n]` is the output of node n. */
  async run(rows: readonly Row[], time: BatchTime): Promise<PipelineRun> {
    const input: Batch = { kind: 'stream', rows };
    const outputs: Batch[] = [];
    const ran: Record<string, number> = { ...time.event.ran };
    const { nodes } = this.#subTopology;
    for (let n = 0; n < nodes.length; n++) {
      const { from, relation, view } = nodes[n];
      const batch = from === INPUT ? input : outputs[from];
      const { eventTime } = this.#operators[n];
      const lateWatermark = time.event.ran[view] ?? -Infinity;
      const evictionWatermark = this.#watermarkOf(n, time, ran);
      if (isEmpty(batch) && (eventTime === null || eventTime.oldest > evictionWatermark)) {
        outputs.push(relation.kind === 'stream' ? EMPTY_STREAM : EMPTY_TABLE);
      } else {
        const batchTime = time.nowMs * 1000;
        const context = { batchTime, lateWatermark, evictionWatermark, rejectRow: this.#rejects[n] };
        outputs.push(await this.#operators[n].process(batch, context));
      }
      if (eventTime !== null && evictionWatermark > -Infinity) ran[view] = evictionWatermark;
    }
    return new PipelineRun(input, outputs, ran);
  }

  /** What each view's batch would have run with, had one without input run now. */
  caughtUp(time: BatchTime): Readonly<Record<string, number>> {
    const ran: Record<string, number> = { ...time.event.ran };
    for (let n = 0; n < this.#operators.length; n++) {
      if (this.#operators[n].eventTime === null) continue;
      const watermark = this.#watermarkOf(n, time, ran);
      if (watermark > -Infinity) ran[this.#subTopology.nodes[n].view] = watermark;
    }
    return ran;
  }

  /** What each view would run with, had a batch without input run now. */
  watermarks(time: BatchTime): Readonly<Record<string, number>> {
    const ran = this.caughtUp(time);
    const watermarks: Record<string, number> = {};
    this.#subTopology.nodes.forEach(({ view, from }, n) => {
      const before = this.#operators[n].eventTime === null ? undefined : ran[view];
      watermarks[view] =
        before ?? watermarks[view] ?? this.watermarkBehind(from, { watermark: time.event.watermark, ran });
    });
    return watermarks;
  }

  /** When, in ms, there is something to close if no input comes: the past if there is already, Infinity if only input can tell. */
  closesAt(time: BatchTime): number {
    const { nodes } = this.#subTopology;
    const ran = this.caughtUp(time);
    let at = Infinity;
    for (let n = 0; n < nodes.length; n++) {
      const { eventTime } = this.#operators[n];
      if (eventTime === null) continue;
      if (eventTime.oldest <= (ran[nodes[n].view] ?? -Infinity)) return -Infinity;
      const { closeIdleMs } = nodes[n];
      if (closeIdleMs === null || !time.idle) continue;
      // When something of its own closes, or else when those downstream are next told how far the clock has come.
      const told = Math.floor(time.nowMs / closeIdleMs) * closeIdleMs;
      at = Math.min(at, eventTime.oldest / 1000 + closeIdleMs, told + closeIdleMs);
    }
    return at;
  }

  /** Whether something that is yet to come out at the node is open in an operator before it. */
  isOpenBefore(ref: NodeRef): boolean {
    if (ref === INPUT) return false;
    const { eventTime } = this.#operators[ref];
    if (eventTime !== null && eventTime.oldest < Infinity) return true;
    return this.isOpenBefore(this.#subTopology.nodes[ref].from);
  }

  /** The watermark of what a node has put out. */
  watermarkBehind(ref: NodeRef, { watermark, ran }: ReachedTime): number {
    if (ref === INPUT) return watermark;
    const { from, view } = this.#subTopology.nodes[ref];
    const { eventTime } = this.#operators[ref];
    if (eventTime === null) return this.watermarkBehind(from, { watermark, ran });
    return eventTime.outputWatermark(ran[view] ?? -Infinity);
  }

  /** What node n runs with, when the nodes before it have run with `ran`. Never goes back, also when it ran ahead while everything was idle. */
  #watermarkOf(n: number, { nowMs, event, idle }: BatchTime, ran: Readonly<Record<string, number>>): number {
    const { from, closeIdleMs, view } = this.#subTopology.nodes[n];
    const before = event.ran[view] ?? -Infinity;
    const arrived = this.watermarkBehind(from, { watermark: event.watermark, ran });
    if (!idle || closeIdleMs === null) return Math.max(before, arrived);
    return Math.max(before, arrived, this.#byClock(n, nowMs, closeIdleMs));
  }

  /**
   * The wall clock at the distance of `close: { idle }`: to the millisecond where that closes something, otherwise in steps of the distance,
   * since every step is news for those downstream.
   */
  #byClock(n: number, nowMs: number, closeIdleMs: number): number {
    const reached = (nowMs - closeIdleMs) * 1000;
    const oldest = this.#operators[n].eventTime?.oldest ?? Infinity;
    return oldest <= reached ? reached : (Math.floor(nowMs / closeIdleMs) - 1) * closeIdleMs * 1000;
  }

  /** Every row of the table behind the node, as the batch that ran last left it. */
  snapshot(ref: NodeRef, context: EvaluationContext): AsyncIterable<Row> {
    if (relationOf(this.#subTopology, ref).kind === 'stream') throw new TypeError('a stream has no snapshot');
    const { snapshot, name } = this.#operators[ref];
    if (snapshot === null) throw new TypeError(`view ${name} has no snapshot`);
    return snapshot.call(this.#operators[ref], () => this.snapshot(this.#subTopology.nodes[ref].from, context), {
      ...context,
      rejectRow: this.#leavesOut(ref),
    });
  }

  /** In a snapshot a row that fails is left out without a word: it was taken note of when it came. */
  #leavesOut(node: NodeRef): RejectRow {
    if (this.#subTopology.nodes[node].onError.action === 'fail') return this.#rejects[node];
    return (_, error) => {
      if (recoveryOf(error) !== 'user') throw error;
    };
  }

  /** Rows into and out of each view. */
  viewProgress(run: PipelineRun): ViewProgress[] {
    const views = new Map<string, { inputRows: number; outputRows: number; lateRows: number }>();
    this.#subTopology.nodes.forEach((node, n) => {
      const known = views.get(node.view);
      const outputRows = batchSize(run.output(n));
      const late = lateRows(run.output(n));
      if (known === undefined) {
        views.set(node.view, { inputRows: batchSize(run.output(node.from)), outputRows, lateRows: late });
      } else {
        known.outputRows = outputRows;
        known.lateRows += late;
      }
    });
    return [...views].map(([view, rows]) => ({ view, ...rows }));
  }
}

/** What one batch gave at each node. */
export class PipelineRun {
  readonly #input: Batch;
  readonly #outputs: readonly Batch[];
  /** By view: the watermark it ran with. */
  readonly ran: Readonly<Record<string, number>>;

  constructor(input: Batch, outputs: readonly Batch[], ran: Readonly<Record<string, number>>) {
    this.#input = input;
    this.#outputs = outputs;
    this.ran = ran;
  }

  output(ref: NodeRef): Batch {
    return ref === INPUT ? this.#input : this.#outputs[ref];
  }
}

const lateRows = (batch: Batch): number => (batch.kind === 'table' ? batch.late.count : 0);

/** Whether a node behind `ref` looks at old rows. */
const asksForOldRows = (subTopology: SubTopology, ref: NodeRef): boolean =>
  subTopology.nodes.some((node, n) => node.from === ref && (node.asksForOldRows || asksForOldRows(subTopology, n)));

/** Whether a sink or a node behind `ref` looks at final rows: a sink that appends does, and what makes a stream of a table may. */
const asksForFinalRows = ({ nodes, sinks }: Pick<SubTopology, 'nodes' | 'sinks'>, ref: NodeRef): boolean =>
  sinks.some((sink) => sink.from === ref && sink.kind !== 'repartition' && sink.outputMode === 'append') ||
  nodes.some(
    ({ from, relation }, n) => from === ref && (relation.kind === 'stream' || asksForFinalRows({ nodes, sinks }, n)),
  );

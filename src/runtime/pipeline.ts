import {
  batchSize,
  EMPTY_STREAM,
  EMPTY_TABLE,
  type Batch,
  type Operator,
  type OperatorContext,
} from '../core/operator.ts';
import type { KeyValueStore } from '../core/state.ts';
import type { ViewProgress } from '../core/progress.ts';
import type { Row } from '../core/types.ts';
import { INPUT, relationOf, type NodeRef, type SubTopology } from '../plan/physical-plan.ts';

/** The operators of one task, in the order of the plan. */
export class Pipeline {
  readonly #subTopology: SubTopology;
  readonly #operators: readonly Operator[];

  constructor(subTopology: SubTopology, store: (name: string) => KeyValueStore) {
    this.#subTopology = subTopology;
    this.#operators = subTopology.nodes.map((node, n) =>
      node.make({ store, oldRowsAsked: asksForOldRows(subTopology, n) }),
    );
  }

  /** Runs a batch through every node; `outputs[n]` is the output of node n. */
  async run(rows: readonly Row[], context: OperatorContext): Promise<PipelineRun> {
    const input: Batch = { kind: 'stream', rows };
    const outputs: Batch[] = [];
    const { nodes } = this.#subTopology;
    for (let n = 0; n < nodes.length; n++) {
      const from = nodes[n].from === INPUT ? input : outputs[nodes[n].from];
      if (batchSize(from) === 0) outputs.push(nodes[n].relation.kind === 'stream' ? EMPTY_STREAM : EMPTY_TABLE);
      else outputs.push(await this.#operators[n].process(from, context));
    }
    return new PipelineRun(input, outputs);
  }

  /** Every row of the table behind the node, as the batch that ran last left it. */
  snapshot(ref: NodeRef, context: OperatorContext): AsyncIterable<Row> {
    if (relationOf(this.#subTopology, ref).kind === 'stream') throw new TypeError('a stream has no snapshot');
    const { snapshot, name } = this.#operators[ref];
    if (snapshot === null) throw new TypeError(`view ${name} has no snapshot`);
    return snapshot.call(
      this.#operators[ref],
      () => this.snapshot(this.#subTopology.nodes[ref].from, context),
      context,
    );
  }

  /** Rows into and out of each view. */
  viewProgress(run: PipelineRun): ViewProgress[] {
    const views = new Map<string, { inputRows: number; outputRows: number }>();
    this.#subTopology.nodes.forEach((node, n) => {
      const known = views.get(node.view);
      const outputRows = batchSize(run.output(n));
      if (known === undefined) views.set(node.view, { inputRows: batchSize(run.output(node.from)), outputRows });
      else known.outputRows = outputRows;
    });
    return [...views].map(([view, rows]) => ({ view, ...rows }));
  }
}

/** What one batch gave at each node. */
export class PipelineRun {
  readonly #input: Batch;
  readonly #outputs: readonly Batch[];

  constructor(input: Batch, outputs: readonly Batch[]) {
    this.#input = input;
    this.#outputs = outputs;
  }

  output(ref: NodeRef): Batch {
    return ref === INPUT ? this.#input : this.#outputs[ref];
  }
}

/** Whether a node behind `ref` looks at old rows. */
const asksForOldRows = (subTopology: SubTopology, ref: NodeRef): boolean =>
  subTopology.nodes.some((node, n) => node.from === ref && (node.asksForOldRows || asksForOldRows(subTopology, n)));

import type {
  NodeRef,
  PlannedStore,
  PlanNode,
  PlanSink,
  RepartitionInput,
  SourceInput,
  SubTopology,
} from './physical-plan.ts';
import { relationOf } from './physical-plan.ts';
import type { Relation } from './relation.ts';
import { changelogTopic } from './topics.ts';

/** A sub-topology in the making. */
export class SubTopologyBuilder {
  readonly id: string;
  readonly app: string;
  readonly input: SourceInput | RepartitionInput;
  readonly nodes: PlanNode[] = [];
  readonly sinks: PlanSink[] = [];
  readonly stores: PlannedStore[] = [];

  constructor(app: string, id: string, input: SourceInput | RepartitionInput) {
    this.app = app;
    this.id = id;
    this.input = input;
  }

  add(node: PlanNode): NodeRef {
    this.nodes.push(node);
    return this.nodes.length - 1;
  }

  build(): SubTopology {
    const { id, input, nodes, sinks, stores } = this;
    return { id, input, nodes, sinks, stores, changelogTopic: changelogTopic(this.app, id) };
  }
}

/** The output of a node, where more can be attached to it. */
export interface Attachment {
  readonly builder: SubTopologyBuilder;
  readonly ref: NodeRef;
}

export const relationAt = ({ builder, ref }: Attachment): Relation => relationOf(builder, ref);

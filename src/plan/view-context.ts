import type { Diagnostics, Span } from '../core/diagnostic.ts';
import type { Scope } from '../sql/sql.ts';
import type { SinkSpec, ViewSpec } from '../topology/spec.ts';
import { relationAt, type Attachment, type SubTopologyBuilder } from './builder.ts';
import type { PlanNode } from './physical-plan.ts';
import type { Relation } from './relation.ts';

/** Told which columns a node reads of its input, so that sources decode no more than is needed. */
export type ColumnUse = (at: Attachment, columns: ReadonlySet<number>) => void;

/** What every step of planning one view has at hand. */
export class ViewContext {
  readonly view: ViewSpec;
  readonly diagnostics: Diagnostics;
  /** What complaints are about. */
  readonly subject: string;
  readonly uses: ColumnUse;
  /** Takes a sub-topology that the view began into the plan. */
  readonly begin: (builder: SubTopologyBuilder) => void;
  /** The sinks that write the view's table, where it is a grouped view. */
  readonly sinks: readonly SinkSpec[];

  constructor(
    view: ViewSpec,
    sinks: readonly SinkSpec[],
    diagnostics: Diagnostics,
    uses: ColumnUse,
    begin: (builder: SubTopologyBuilder) => void,
  ) {
    this.view = view;
    this.sinks = sinks;
    this.diagnostics = diagnostics;
    this.subject = `view \`${view.name.value}\``;
    this.uses = uses;
    this.begin = begin;
  }

  get name(): string {
    return this.view.name.value;
  }

  scope(relation: Relation): Scope {
    return { columns: relation.schema, qualifiers: [...new Set([this.view.alias, ...relation.qualifiers])] };
  }

  /** Attaches a node of this view behind `at`. */
  add(at: Attachment, node: Omit<PlanNode, 'view' | 'from' | 'onError'>, used: ReadonlySet<number>): Attachment {
    // A dead letter is all of the row.
    this.uses(at, this.view.onError.value.action === 'dlq' ? new Set(relationAt(at).schema.keys()) : used);
    const ref = at.builder.add({ ...node, view: this.name, from: at.ref, onError: this.view.onError.value });
    return { builder: at.builder, ref };
  }

  /** Complains; null, for the caller to give up with. */
  refuse(code: string, span: Span, message: string, remedy: string): null {
    this.diagnostics.error(code, span, message, remedy, this.subject);
    return null;
  }
}

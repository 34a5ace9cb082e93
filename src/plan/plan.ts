import type { Diagnostics } from '../core/diagnostic.ts';
import type { TopologySpec } from '../topology/spec.ts';
import { SubTopologyBuilder, type Attachment } from './builder.ts';
import { fingerprint } from './fingerprint.ts';
import { INPUT, type PhysicalPlan } from './physical-plan.ts';
import { planSink } from './sink-plan.ts';
import { sinksBehind } from './sinks-behind.ts';
import { planSource, pruned } from './source-plan.ts';
import { ViewContext, type ColumnUse } from './view-context.ts';
import { planView } from './view-plan.ts';

/**
 * Plans a topology whose shape is known to be sound: resolves and types its expressions, decides where rows must be repartitioned, and cuts
 * it into sub-topologies. Every complaint goes to `diagnostics`; null when there is an error among them. The same topology always gives the
 * same plan.
 */
export function planTopology(spec: TopologySpec, diagnostics: Diagnostics): PhysicalPlan | null {
  const app = spec.name.value;
  const builders: SubTopologyBuilder[] = [];
  const attachments = new Map<string, Attachment | null>();
  const usedOfSource = new Map<SubTopologyBuilder, Set<number>>();

  for (const source of spec.sources) {
    const builder = new SubTopologyBuilder(app, source.name.value, planSource(source, diagnostics));
    builders.push(builder);
    usedOfSource.set(builder, new Set());
    attachments.set(source.name.value, { builder, ref: INPUT });
  }

  const uses: ColumnUse = ({ builder, ref }, columns) => {
    while (ref !== INPUT && builder.nodes[ref].handsRowsOn) ref = builder.nodes[ref].from;
    const used = ref === INPUT ? usedOfSource.get(builder) : undefined;
    if (used !== undefined) for (const column of columns) used.add(column);
  };

  const sinks = sinksBehind(spec);
  const views = new Map(
    spec.views.flatMap((view) =>
      [view.name, ...(view.lateRows === null ? [] : [view.lateRows])].map((name) => [name.value, view]),
    ),
  );
  const attach = (name: string): Attachment | null => {
    const known = attachments.get(name);
    if (known !== undefined) return known;
    const view = views.get(name);
    const from = view === undefined ? null : attach(view.from.value);
    if (view === undefined || from === null) return null;
    const behind = sinks.get(view.name.value) ?? [];
    const context = new ViewContext(view, behind, diagnostics, uses, (begun) => builders.push(begun));
    const planned = planView(context, from);
    attachments.set(view.name.value, planned?.output ?? null);
    if (view.lateRows !== null) attachments.set(view.lateRows.value, planned?.late ?? null);
    return attachments.get(name) ?? null;
  };

  for (const view of spec.views) attach(view.name.value);
  for (const sink of spec.sinks) {
    const from = attach(sink.from.value);
    if (from !== null) planSink(sink, from, diagnostics, uses);
  }
  warnOfUnread(spec, diagnostics);
  if (diagnostics.hasErrors) return null;

  const subTopologies = builders
    // A source that nothing reads has nothing to run.
    .filter((builder) => builder.nodes.length > 0 || builder.sinks.length > 0)
    .map((builder) => {
      const subTopology = builder.build();
      const { input } = subTopology;
      return input.kind === 'source'
        ? { ...subTopology, input: pruned(input, usedOfSource.get(builder) ?? new Set()) }
        : subTopology;
    });
  return { name: app, trigger: spec.trigger, subTopologies, fingerprint: fingerprint(app, subTopologies) };
}

function warnOfUnread(spec: TopologySpec, diagnostics: Diagnostics): void {
  const read = new Set([...spec.views, ...spec.sinks].map(({ from }) => from.value));
  for (const { name } of spec.sources) {
    if (read.has(name.value)) continue;
    diagnostics.warning(
      'MILLRACE_UNREAD',
      name.span,
      `nothing reads the source \`${name.value}\``,
      'remove it, or read it in a view',
    );
  }
}

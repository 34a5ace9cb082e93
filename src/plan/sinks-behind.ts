import type { SinkSpec, TopologySpec } from '../topology/spec.ts';

/** By grouped view: the sinks that write its table, as it is or through views that filter and select. */
export function sinksBehind(spec: TopologySpec): Map<string, SinkSpec[]> {
  const views = new Map(spec.views.map((view) => [view.name.value, view]));
  const behind = new Map<string, SinkSpec[]>();
  for (const sink of spec.sinks) {
    let view = views.get(sink.from.value);
    while (view !== undefined && view.groupBy === null && view.aggregate === null) view = views.get(view.from.value);
    // What `emit` makes of a table is a stream.
    if (view === undefined || view.emit.value !== 'changes') continue;
    behind.set(view.name.value, [...(behind.get(view.name.value) ?? []), sink]);
  }
  return behind;
}

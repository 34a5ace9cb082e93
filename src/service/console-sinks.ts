import { ConsoleSink } from '../connectors/console/console-sink.ts';
import type { ExternalSink } from '../core/sink.ts';
import type { PhysicalPlan } from '../plan/physical-plan.ts';

/** The plan's console sinks, by name. `print` gets a whole table at a time. */
export function consoleSinks(plan: PhysicalPlan, print: (text: string) => void): Map<string, ExternalSink> {
  const sinks = plan.subTopologies.flatMap((sub) => sub.sinks).filter((sink) => sink.kind === 'console');
  return new Map(sinks.map((sink) => [sink.name, new ConsoleSink(sink.schema, sink.options, print)]));
}

import { schemaName } from '../core/types.ts';
import type { PlanSink, SubTopology } from './physical-plan.ts';

/** A short text that differs whenever the plans differ in anything that changes what they do. FNV-1a, 64 bits as two halves. */
export function fingerprint(app: string, subTopologies: readonly SubTopology[]): string {
  const text = JSON.stringify([
    app,
    subTopologies.map(({ id, input, nodes, sinks, stores }) => [
      id,
      [
        input.kind,
        input.topic,
        schemaName(input.relation.schema),
        input.kind === 'source' ? input.format : '',
        timeText(input),
        input.kind === 'source' ? input.onError : '',
      ],
      nodes.map((node) => [
        node.view,
        node.operation,
        node.detail,
        node.from,
        schemaName(node.relation.schema),
        node.closeIdleMs,
        node.onError,
      ]),
      sinks.map(sinkText),
      stores.map((store) => [store.name, store.fingerprint]),
    ]),
  ]);
  return hash(text, 0x811c9dc5) + hash(text, 0x01000193);
}

const timeText = (input: SubTopology['input']): unknown => (input.kind === 'source' ? input.eventTime : input.timed);

function sinkText(sink: PlanSink): unknown {
  switch (sink.kind) {
    case 'kafka': {
      const key = sink.key === null ? '' : schemaName(sink.key.schema);
      const { format, schema } = sink.value;
      return [sink.name, sink.from, sink.topic, sink.outputMode, key, format, schemaName(schema), sink.onError];
    }
    case 'console':
      return [sink.name, sink.from, sink.outputMode];
    case 'repartition':
      return [sink.name, sink.from, sink.topic, sink.timed];
  }
}

function hash(text: string, seed: number): string {
  let value = seed;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value >>> 0).toString(16).padStart(8, '0');
}

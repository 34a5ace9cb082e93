import type { ErrorPolicy } from '../core/error-policy.ts';
import { durationText } from '../core/duration.ts';
import type { Format } from '../core/format.ts';
import { schemaName } from '../core/types.ts';
import {
  deadLetterTopics,
  INPUT,
  type NodeRef,
  type PhysicalPlan,
  type PlanSink,
  type SourceInput,
  type SubTopology,
} from './physical-plan.ts';
import type { Relation } from './relation.ts';
import { planTopic, transactionalId } from './topics.ts';

export type ExplainFormat = 'text' | 'mermaid' | 'json';

/** The plan for people (`text`), as a drawing (`mermaid`), or as data (`json`). */
export function explain(plan: PhysicalPlan, format: ExplainFormat): string {
  switch (format) {
    case 'text':
      return explainText(plan);
    case 'mermaid':
      return explainMermaid(plan);
    case 'json':
      return JSON.stringify(explainJson(plan), null, 2);
  }
}

function explainText(plan: PhysicalPlan): string {
  const lines = [`topology ${plan.name} (trigger ${plan.trigger.kind}, plan ${plan.fingerprint})`];
  for (const sub of plan.subTopologies) {
    lines.push('', `sub-topology ${sub.id}`, `  input  ${inputText(sub)}`);
    const children = (ref: NodeRef, indent: string): void => {
      sub.nodes.forEach((node, n) => {
        if (node.from !== ref) return;
        lines.push(`${indent}${node.view}: ${node.operation} ${node.detail}${errorText(node.onError)}`);
        lines.push(`${indent}    ${relationText(node.relation)}`);
        if (node.closeIdleMs !== null)
          lines.push(`${indent}    closes ${spoken(node.closeIdleMs)} behind the wall clock while every input is idle`);
        children(n, indent + '  ');
      });
      for (const sink of sub.sinks) if (sink.from === ref) lines.push(`${indent}→ ${sinkText(sink)}`);
    };
    children(INPUT, '    ');
    for (const store of sub.stores) lines.push(`  store  ${store.name}: ${store.fingerprint}`);
    lines.push(`  log    ${sub.changelogTopic}`);
  }
  lines.push('', 'topics');
  for (const { topic, use } of topicsOf(plan)) lines.push(`  ${use.padEnd(12)} ${topic}`);
  lines.push('', 'ACLs', `  group ${plan.name}: READ`);
  for (const { topic, access } of topicsOf(plan)) lines.push(`  topic ${topic}: ${access}`);
  for (const sub of plan.subTopologies) {
    const prefix = transactionalId(plan.name, sub.id, 0).slice(0, -1);
    lines.push(`  transactional id ${prefix}* (prefixed): WRITE, DESCRIBE`);
  }
  lines.push(`  transactional id ${planTopic(plan.name)}: WRITE, DESCRIBE`);
  lines.push('', 'ACLs for `millrace reset` besides', `  group ${plan.name}: DELETE`);
  const kept = topicsOf(plan).filter(({ use }) => use === 'changelog' || use === 'plan');
  for (const { topic } of kept) lines.push(`  topic ${topic}: DELETE`);
  return lines.join('\n') + '\n';
}

function inputText({ input }: SubTopology): string {
  if (input.kind === 'repartition') {
    return `${input.topic} (repartition${input.timed ? `; watermark by markers from ${input.upstream}` : ''})`;
  }
  const partitioned =
    input.partitionColumn < 0 ? '' : `, partitioned by ${input.relation.schema[input.partitionColumn].name}`;
  const read = input.relation.schema.filter((_, column) => input.needed[column]).map((column) => column.name);
  return `${input.topic} as ${input.source} (${formatText(input.format)}, from ${input.startingOffsets}${partitioned}${watermarkText(input)}${errorText(input.onError)}; reads ${read.join(', ') || 'no column'})`;
}

const formatText = (format: Format): string =>
  format.name === 'json' && format.timestampFormat !== undefined
    ? `json with timestamps as ${format.timestampFormat}`
    : format.name;

function watermarkText({ eventTime, relation }: SourceInput): string {
  if (eventTime === null) return '';
  const { column, delayUs, idleTimeoutMs } = eventTime;
  const { name } = relation.schema[column];
  return `; watermark ${name} - ${durationText(delayUs)}, a partition is idle after ${spoken(idleTimeoutMs)}`;
}

function errorText(policy: ErrorPolicy): string {
  if (policy.action === 'fail') return '';
  return policy.action === 'skip' ? '; what fails is skipped' : `; what fails goes to ${policy.topic}`;
}

/** Milliseconds in words. */
const spoken = (ms: number): string => durationText(ms * 1_000);

function relationText({ kind, schema, eventTimes, neverFinal }: Relation): string {
  const times = eventTimes.map(({ column }) => schema[column].name);
  const final = kind === 'table' ? `; ${neverFinal === null ? 'rows become final' : 'rows are kept for ever'}` : '';
  return `${kind} ${schemaName(schema)}${times.length === 0 ? '' : `; event time ${times.join(', ')}`}${final}`;
}

function sinkText(sink: PlanSink): string {
  switch (sink.kind) {
    case 'kafka':
      return `sink ${sink.name}: topic ${sink.topic}, ${sink.outputMode}, ${formatText(sink.value.format)}${
        sink.key === null ? ', no key' : `, key ${sink.key.schema.map((c) => c.name).join(', ')}`
      }${errorText(sink.onError)}`;
    case 'console':
      return `sink ${sink.name}: console, ${sink.outputMode}`;
    case 'repartition':
      return `repartition ${sink.topic}${sink.timed ? ', with markers' : ''}`;
  }
}

interface TopicUse {
  readonly topic: string;
  readonly use: 'source' | 'sink' | 'repartition' | 'changelog' | 'dead letters' | 'plan';
  readonly access: string;
}

function topicsOf(plan: PhysicalPlan): TopicUse[] {
  const uses: TopicUse[] = [];
  for (const { input, sinks, changelogTopic } of plan.subTopologies) {
    if (input.kind === 'source') uses.push({ topic: input.topic, use: 'source', access: 'READ, DESCRIBE' });
    else uses.push({ topic: input.topic, use: 'repartition', access: 'READ, WRITE, CREATE, DELETE, DESCRIBE' });
    for (const sink of sinks) {
      if (sink.kind === 'kafka') uses.push({ topic: sink.topic, use: 'sink', access: 'WRITE, DESCRIBE' });
    }
    uses.push({ topic: changelogTopic, use: 'changelog', access: 'READ, WRITE, CREATE, DESCRIBE' });
  }
  for (const topic of deadLetterTopics(plan)) uses.push({ topic, use: 'dead letters', access: 'WRITE, DESCRIBE' });
  uses.push({ topic: planTopic(plan.name), use: 'plan', access: 'READ, WRITE, CREATE, DESCRIBE' });
  return uses;
}

function explainMermaid(plan: PhysicalPlan): string {
  const lines = ['flowchart LR'];
  const topics = new Map<string, string>();
  const topicNode = (topic: string): string => {
    const known = topics.get(topic);
    if (known !== undefined) return known;
    const id = `t${topics.size}`;
    topics.set(topic, id);
    lines.push(`  ${id}[("${escape(topic)}")]`);
    return id;
  };
  plan.subTopologies.forEach((sub, s) => {
    const name = (ref: NodeRef): string => (ref === INPUT ? topicNode(sub.input.topic) : `s${s}n${ref}`);
    name(INPUT);
    lines.push(`  subgraph s${s}["${escape(sub.id)}"]`);
    sub.nodes.forEach((node, n) => lines.push(`    s${s}n${n}["${escape(`${node.view}: ${node.operation}`)}"]`));
    for (const store of sub.stores) lines.push(`    s${s}store${store.name}[("${escape(`store ${store.name}`)}")]`);
    lines.push('  end');
    sub.nodes.forEach((node, n) => {
      lines.push(`  ${name(node.from)} --> ${name(n)}`);
      if (KEEPS_STATE.includes(node.operation)) lines.push(`  ${name(n)} -.- s${s}store${node.view}`);
    });
    sub.sinks.forEach((sink, k) => {
      if (sink.kind !== 'console') return lines.push(`  ${name(sink.from)} --> ${topicNode(sink.topic)}`);
      lines.push(`  s${s}c${k}>"${escape(`console ${sink.name}`)}"]`);
      return lines.push(`  ${name(sink.from)} --> s${s}c${k}`);
    });
  });
  return lines.join('\n') + '\n';
}

const KEEPS_STATE: readonly string[] = ['aggregate', 'timed aggregate'];

const escape = (text: string): string => text.replaceAll('"', '#quot;');

/** The plan as the HTTP API and the page show it. */
export function explainJson(plan: PhysicalPlan): object {
  return {
    name: plan.name,
    trigger: plan.trigger,
    fingerprint: plan.fingerprint,
    topics: topicsOf(plan),
    subTopologies: plan.subTopologies.map((sub) => ({
      id: sub.id,
      input: {
        kind: sub.input.kind,
        topic: sub.input.topic,
        schema: schemaName(sub.input.relation.schema),
        watermark: watermarkJson(sub.input),
      },
      nodes: sub.nodes.map(({ view, operation, detail, from, relation }, n) => ({
        id: n,
        view,
        operation,
        detail,
        from,
        kind: relation.kind,
        schema: schemaName(relation.schema),
        eventTime: relation.eventTimes.map(({ column }) => relation.schema[column].name),
      })),
      stores: sub.stores.map(({ name, fingerprint, segmented }) => ({ name, fingerprint, segmented })),
      sinks: sub.sinks.map((sink) => ({
        kind: sink.kind,
        name: sink.name,
        from: sink.from,
        topic: sink.kind === 'console' ? null : sink.topic,
      })),
      changelogTopic: sub.changelogTopic,
    })),
  };
}

/** Null where nothing has event time; `markers` where the tasks upstream say it. */
function watermarkJson(input: SubTopology['input']): object | null {
  if (input.kind === 'repartition') return input.timed ? { markers: input.upstream } : null;
  if (input.eventTime === null) return null;
  const { column, delayUs, idleTimeoutMs } = input.eventTime;
  return {
    column: input.relation.schema[column].name,
    delay: durationText(delayUs),
    idleTimeout: spoken(idleTimeoutMs),
  };
}

import type { ErrorPolicy } from '../core/error-policy.ts';
import type { Format } from '../core/format.ts';
import type { OperatorFactory } from '../core/operator.ts';
import type { EvaluationContext } from '../core/operator.ts';
import type { ConsoleOptions } from '../core/sink.ts';
import type { StoreSpec } from '../core/state.ts';
import type { Row, Schema } from '../core/types.ts';
import type { OutputMode, TriggerSpec } from '../topology/spec.ts';
import type { Relation } from './relation.ts';

/**
 * A topology ready to run: sub-topologies, each a chain of operators between topics. Pure data and pure functions; the same files give the
 * same plan in every process.
 */
export interface PhysicalPlan {
  /** The topology's name: consumer group, prefix of internal topics and of transactional ids. */
  readonly name: string;
  readonly trigger: TriggerSpec;
  /** Upstream before downstream. */
  readonly subTopologies: readonly SubTopology[];
  readonly fingerprint: string;
}

/** What runs between topics: each of its tasks reads one partition of the input and owns that partition of the changelog. */
export interface SubTopology {
  /** The view that caused the repartition before it, else the source. */
  readonly id: string;
  readonly input: SourceInput | RepartitionInput;
  readonly nodes: readonly PlanNode[];
  readonly sinks: readonly PlanSink[];
  readonly stores: readonly PlannedStore[];
  readonly changelogTopic: string;
}

/** Output of node n, or of the input where n is INPUT. */
export type NodeRef = number;
export const INPUT: NodeRef = -1;

export interface SourceInput {
  readonly kind: 'source';
  readonly source: string;
  readonly topic: string;
  readonly startingOffsets: 'earliest' | 'latest';
  readonly format: Format;
  readonly relation: Relation;
  readonly layout: SourceLayout;
  /** By column of the relation: whether anything reads it. */
  readonly needed: readonly boolean[];
  /** The column that `partitionedBy` declares; -1 = none. */
  readonly partitionColumn: number;
  /** Null = the source has no watermark. */
  readonly eventTime: SourceEventTime | null;
  /** What becomes of a record that cannot be decoded. */
  readonly onError: ErrorPolicy;
}

/** A source's `watermark`: the largest event time seen in a partition, less the delay. */
export interface SourceEventTime {
  /** Position of the timestamp column in the relation. */
  readonly column: number;
  readonly delayUs: number;
  /** How long a partition with nothing to read may hold the others back. */
  readonly idleTimeoutMs: number;
}

/** Which columns of a source's relation come from which part of a record. */
export interface SourceLayout {
  readonly value: { readonly at: number; readonly schema: Schema };
  readonly key: { readonly at: number; readonly schema: Schema } | null;
  /** Topic, partition, offset, timestamp and headers: as columns of their own from `at` on, or with the key in one struct column. */
  readonly metadata: { readonly as: 'columns' | 'struct'; readonly at: number };
}

export interface RepartitionInput {
  readonly kind: 'repartition';
  readonly topic: string;
  /** Fixed number of partitions (a global aggregate has one); null = as many as the largest source has. */
  readonly partitions: number | null;
  readonly relation: Relation;
  /** The sub-topology whose tasks write it. */
  readonly upstream: string;
  /** Its tasks send their watermarks along, since something behind it keeps event time. */
  readonly timed: boolean;
}

export interface PlanNode {
  /** The view it belongs to. */
  readonly view: string;
  /** What it does, for `explain`: `filter`, `aggregate`, … */
  readonly operation: string;
  /** In what way, for `explain` and fingerprints: canonical text. */
  readonly detail: string;
  readonly from: NodeRef;
  readonly relation: Relation;
  /** Rows go on as they came, if they go on: whoever reads a column behind the node reads that column before it. */
  readonly handsRowsOn: boolean;
  /** It compares a changed row of a table with what the row was. */
  readonly asksForOldRows: boolean;
  /** `close: { idle }`: once every input is idle, its watermark follows the wall clock at this distance; null = it then stands still. */
  readonly closeIdleMs: number | null;
  /** What becomes of a row for which an expression fails. */
  readonly onError: ErrorPolicy;
  readonly make: OperatorFactory;
}

export interface PlannedStore extends StoreSpec {
  /** Canonical text of everything that gives the stored bytes their meaning; a store with another fingerprint cannot be read. */
  readonly fingerprint: string;
  /** How a key finds its task. */
  readonly partitioning: StorePartitioning;
  /** The segment of the entry with these key values; null where the store is not segmented. */
  readonly segmentOf: ((key: Row) => number) | null;
  /** Names and types of the key's columns, and of the columns a query shows. */
  readonly keySchema: Schema;
  readonly rowSchema: Schema;
  /** The row a query shows, from key values and stored row. */
  readonly present: (key: Row, stored: Row, context: EvaluationContext) => Row;
}

/** `key`: the partition of the canonical key string. `column`: the partition of the text of one key column, as the source's producer chose it. */
export type StorePartitioning = { readonly by: 'key' } | { readonly by: 'column'; readonly keyColumn: number };

export type PlanSink = KafkaPlanSink | ConsolePlanSink | RepartitionSink;

export interface KafkaPlanSink {
  readonly kind: 'kafka';
  readonly name: string;
  readonly from: NodeRef;
  readonly topic: string;
  readonly outputMode: OutputMode;
  /** Null = records without a key. */
  readonly key: RowShape | null;
  /** The key holds the table's whole key, so that a row can be deleted by it. False for a stream. */
  readonly wholeKey: boolean;
  readonly value: RowShape & { readonly format: Format };
  /** What becomes of a row that cannot be written as a record. */
  readonly onError: ErrorPolicy;
}

export interface RowShape {
  readonly schema: Schema;
  readonly row: (row: Row, context: EvaluationContext) => Row;
}

export interface ConsolePlanSink {
  readonly kind: 'console';
  readonly name: string;
  readonly from: NodeRef;
  readonly outputMode: OutputMode;
  readonly schema: Schema;
  readonly options: ConsoleOptions;
}

/** Sends rows to the sub-topology that owns their group. */
export interface RepartitionSink {
  readonly kind: 'repartition';
  /** The sub-topology behind it. */
  readonly name: string;
  readonly from: NodeRef;
  readonly topic: string;
  /** The values rows are partitioned by; their canonical key string is the record's key. */
  readonly keyOf: (row: Row) => Row;
  /** Markers with the watermark of `from` go along. */
  readonly timed: boolean;
}

/** Whether its tasks have a watermark. */
export const hasEventTime = ({ input }: Pick<SubTopology, 'input'>): boolean =>
  input.kind === 'source' ? input.eventTime !== null : input.timed;

/** Whether the trigger ends by itself, when all that was there at the start is done. */
export const runsToAnEnd = ({ kind }: TriggerSpec): boolean => kind === 'availableNow' || kind === 'once';

/** The sub-topology's relation behind a node reference. */
export const relationOf = (subTopology: Pick<SubTopology, 'input' | 'nodes'>, ref: NodeRef): Relation =>
  ref === INPUT ? subTopology.input.relation : subTopology.nodes[ref].relation;

/** The error policies in the sub-topology. */
export const errorPolicies = ({
  input,
  nodes,
  sinks,
}: Pick<SubTopology, 'input' | 'nodes' | 'sinks'>): ErrorPolicy[] => [
  ...(input.kind === 'source' ? [input.onError] : []),
  ...nodes.map(({ onError }) => onError),
  ...sinks.flatMap((sink) => (sink.kind === 'kafka' ? [sink.onError] : [])),
];

/** Topics that get dead letters of the plan, each once. */
export const deadLetterTopics = ({ subTopologies }: Pick<PhysicalPlan, 'subTopologies'>): string[] => [
  ...new Set(subTopologies.flatMap(errorPolicies).flatMap((policy) => (policy.action === 'dlq' ? [policy.topic] : []))),
];

/** Topics of the user that the plan reads or writes, each once; one that it reads and writes is a source. Dead letters are written. */
export function userTopics(plan: PhysicalPlan): { readonly sources: string[]; readonly sinks: string[] } {
  const sources = plan.subTopologies.flatMap(({ input }) => (input.kind === 'source' ? [input.topic] : []));
  const sinks = plan.subTopologies.flatMap((sub) => sub.sinks.flatMap((s) => (s.kind === 'kafka' ? [s.topic] : [])));
  const written = new Set([...sinks, ...deadLetterTopics(plan)]);
  return { sources: [...new Set(sources)], sinks: [...written].filter((topic) => !sources.includes(topic)) };
}

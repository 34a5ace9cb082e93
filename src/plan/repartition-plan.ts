import type { EvaluationContext } from '../core/operator.ts';
import { BIGINT, type Row, type Schema } from '../core/types.ts';
import { AssignGroups } from '../operators/assign-groups.ts';
import { ValueGrouping, type Grouping } from '../operators/grouping.ts';
import { PartialAggregate } from '../operators/partial-aggregate.ts';
import { usedColumnsOfCalls } from '../sql/sql.ts';
import { relationAt, SubTopologyBuilder, type Attachment } from './builder.ts';
import { aggregateText, inputGrouping, type GroupedView } from './grouped-view.ts';
import { INPUT } from './physical-plan.ts';
import type { Relation } from './relation.ts';
import { repartitionTopic } from './topics.ts';
import type { ViewContext } from './view-context.ts';

/** Where the rows of an aggregation come from, and what it does with them. */
export interface Intake {
  readonly at: Attachment;
  readonly grouping: Grouping;
  readonly absorb: (buffer: Row, row: Row, context: EvaluationContext) => void;
  /** Position of the number of rows that a row stands for; -1 = itself only. */
  readonly countColumn: number;
  /** The row of the view's input in it. */
  readonly inputRow: (row: Row) => Row;
}

/**
 * Sends rows to the task that owns their group. Each batch is first aggregated where it is and only what comes of it travels, unless the
 * rows themselves are needed behind the topic. The aggregation is then in a sub-topology of the view's own.
 */
export function planRepartition(context: ViewContext, grouped: GroupedView, from: Attachment): Intake {
  const reason = whyRowsTravel(context, grouped);
  return reason === null ? sendParts(context, grouped, from) : sendRows(context, grouped, from, reason);
}

function whyRowsTravel(context: ViewContext, { aggregator }: GroupedView): string | null {
  if (context.view.lateRows !== null) return 'late rows go to a stream of their own';
  return aggregator.commutative ? null : 'the order of rows matters';
}

const isTimed = ({ eventTimes }: GroupedView): boolean => eventTimes.length > 0;

const groupSchema = ({ groups }: GroupedView): Schema =>
  groups.map(({ name, expression }) => ({ name, type: expression.type }));

/** The relation of rows that hold the group's values from `at` on. */
const travelling = (context: ViewContext, grouped: GroupedView, schema: Schema, at: number): Relation => ({
  kind: 'stream',
  schema,
  qualifiers: [context.name],
  partitioning: null,
  eventTimes: grouped.eventTimes.map(({ column, kind }) => ({ column: column + at, kind })),
  neverFinal: null,
  key: null,
});

function sendParts(context: ViewContext, grouped: GroupedView, from: Attachment): Intake {
  const { aggregator, groups } = grouped;
  const count = groups.length;
  const width = count + aggregator.bufferTypes.length;
  const counted = isTimed(grouped);
  const schema: Schema = [
    ...groupSchema(grouped),
    ...aggregator.bufferTypes.map((type, i) => ({ name: `_buffer${i}`, type })),
    ...(counted ? [{ name: '_rows', type: BIGINT }] : []),
  ];
  const relation = travelling(context, grouped, schema, 0);
  const options = { grouping: inputGrouping(grouped), aggregator, counted };
  const at = context.add(
    from,
    {
      operation: 'partial aggregate',
      detail: aggregateText(grouped),
      relation,
      handsRowsOn: false,
      asksForOldRows: false,
      closeIdleMs: null,
      make: () => new PartialAggregate(context.name, options),
    },
    grouped.used,
  );
  return {
    ...cutBehind(context, grouped, at, 0),
    absorb: (buffer, row) => aggregator.merge(buffer, row.slice(count, width)),
    countColumn: counted ? width : -1,
    inputRow: () => {
      throw new TypeError('a part stands for many rows');
    },
  };
}

function sendRows(context: ViewContext, grouped: GroupedView, from: Attachment, reason: string): Intake {
  const { schema: input } = relationAt(from);
  const { aggregator, calls } = grouped;
  const { lateRows, onError } = context.view;
  // Whoever gets late rows or dead letters gets all of them.
  const whole = lateRows !== null || onError.value.action === 'dlq';
  const aggregated = usedColumnsOfCalls(calls);
  const needed = input.map((_, column) => whole || aggregated.has(column));
  const relation = travelling(context, grouped, [...input, ...groupSchema(grouped)], input.length);
  const grouping = inputGrouping(grouped);
  const at = context.add(
    from,
    {
      operation: 'assign groups',
      detail: `${aggregateText(grouped)} (not aggregated yet: ${reason})`,
      relation,
      handsRowsOn: false,
      asksForOldRows: false,
      closeIdleMs: null,
      make: () => new AssignGroups(context.name, grouping, needed),
    },
    whole ? new Set(input.keys()) : grouped.used,
  );
  return {
    ...cutBehind(context, grouped, at, input.length),
    absorb: (buffer, row, evaluation) => aggregator.update(buffer, row, evaluation),
    countColumn: -1,
    inputRow: (row) => row.slice(0, input.length),
  };
}

/** Begins the view's own sub-topology behind `at`, whose rows hold the group's values from column `first` on. */
function cutBehind(
  context: ViewContext,
  grouped: GroupedView,
  at: Attachment,
  first: number,
): Pick<Intake, 'at' | 'grouping'> {
  const { app, id: upstream } = at.builder;
  const { name } = context;
  const topic = repartitionTopic(app, name);
  const count = grouped.groups.length;
  const timed = isTimed(grouped);
  const keyOf = (row: Row): Row => row.slice(first, first + count);
  at.builder.sinks.push({ kind: 'repartition', name, from: at.ref, topic, keyOf, timed });
  // One group needs one partition; more of them would have nothing to do.
  const partitions = count === 0 ? 1 : null;
  const relation = relationAt(at);
  const builder = new SubTopologyBuilder(app, name, {
    kind: 'repartition',
    topic,
    partitions,
    relation,
    upstream,
    timed,
  });
  context.begin(builder);
  return { at: { builder, ref: INPUT }, grouping: new ValueGrouping(keyOf, count === 1 ? first : -1) };
}

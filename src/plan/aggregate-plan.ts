import type { OperatorFactory } from '../core/operator.ts';
import type { Row, Schema } from '../core/types.ts';
import { schemaName, typeName } from '../core/types.ts';
import { Aggregate, type AggregateOptions } from '../operators/aggregate.ts';
import { Grouping } from '../operators/grouping.ts';
import { PartialAggregate } from '../operators/partial-aggregate.ts';
import {
  analyzeItems,
  compileAggregator,
  compileRow,
  expressionText,
  GroupedAnalysis,
  usedColumns,
  usedColumnsOfCalls,
  type AggregateCall,
  type Aggregator,
  type Expression,
  type SelectItem,
} from '../sql/sql.ts';
import { relationAt, SubTopologyBuilder, type Attachment } from './builder.ts';
import { INPUT, type StorePartitioning } from './physical-plan.ts';
import type { Relation } from './relation.ts';
import { repartitionTopic } from './topics.ts';
import type { ViewContext } from './view-context.ts';

/** The aggregation itself, and what `having` and `select` make of its rows [group values…, aggregate values…]. */
export interface PlannedAggregate {
  readonly at: Attachment;
  readonly having: Expression | null;
  readonly items: readonly SelectItem[];
}

/** A `groupBy` with everything that its steps need to know of it. */
interface Grouped {
  readonly groups: readonly SelectItem[];
  readonly expressions: readonly Expression[];
  /** Position of each group that is a column as it stands, else -1. */
  readonly columns: readonly number[];
  readonly calls: readonly AggregateCall[];
  readonly aggregator: Aggregator;
  readonly items: readonly SelectItem[];
  /** Of the rows that come out. */
  readonly schema: Schema;
  /** Columns of the input that are read. */
  readonly used: ReadonlySet<number>;
}

/**
 * Plans `groupBy`, `aggregate`, and the analysis of `having` and `select`. Where rows of a group may lie in several partitions, each batch
 * is first aggregated where it is, and what comes of it goes through a repartition topic to a sub-topology of the view's own.
 */
export function planAggregate(context: ViewContext, from: Attachment): PlannedAggregate | null {
  const input = relationAt(from);
  const { groupBy, aggregate, having, select, name, repartition } = context.view;
  const place = groupBy?.[0]?.span ?? aggregate?.[0]?.span ?? name.span;
  if (input.kind === 'table') {
    const message = `\`${context.view.from.value}\` is aggregated already, and aggregating it again is not available in this version`;
    return context.refuse('MILLRACE_NOT_YET', place, message, 'group the stream it is made from');
  }
  const scope = context.scope(input);
  const groups = analyzeItems(groupBy ?? [], scope, context.diagnostics, context.subject);
  if (groups === null) return null;
  const generator = groups.find((group) => group.expression.kind === 'generator');
  if (generator !== undefined) {
    return context.refuse(
      'UNSUPPORTED_GENERATOR',
      generator.expression.span,
      'groups cannot be exploded',
      'explode in a view before this one',
    );
  }
  const analysis = new GroupedAnalysis(scope, groups, context.diagnostics, context.subject);
  const aggregates = aggregate === null ? [] : analysis.items(aggregate);
  const filter = having === null ? null : analysis.predicate(having);
  const selected = select === null ? null : analysis.items(select);
  if (aggregates === null || (having !== null && filter === null) || (select !== null && selected === null))
    return null;

  const expressions = groups.map((group) => group.expression);
  const calls = [...analysis.calls];
  const grouped: Grouped = {
    groups,
    expressions,
    columns: expressions.map((expression) => (expression.kind === 'column' ? expression.index : -1)),
    calls,
    aggregator: compileAggregator(calls),
    items: selected ?? [...groupColumns(groups), ...aggregates],
    schema: analysis.groupSchema,
    used: new Set([...usedColumns(expressions), ...usedColumnsOfCalls(calls)]),
  };
  const { partitioning } = input;
  const inPlace = partitioning !== null && partitioning.every((column) => grouped.columns.includes(column));
  if (!inPlace && repartition === 'deny') {
    const message = 'grouping by these columns needs a repartition, which `repartition: deny` forbids';
    const remedy = 'declare partitionedBy on the source, or allow the repartition';
    return context.refuse('MILLRACE_REPARTITION_DENIED', place, message, remedy);
  }
  const at = inPlace
    ? aggregateInPlace(context, grouped, from, grouped.columns.indexOf(partitioning[0]))
    : aggregateBehindRepartition(context, grouped, from);
  return { at, having: filter, items: grouped.items };
}

/** The groups as columns of the aggregation's rows. */
const groupColumns = (groups: readonly SelectItem[]): SelectItem[] =>
  groups.map(({ name, expression: { type, span } }, index) => ({
    name,
    expression: { kind: 'column', index, name, type, span },
  }));

/** Groups the input's own rows. */
const inputGrouping = ({ expressions, columns }: Grouped): Grouping =>
  new Grouping(compileRow(expressions), columns.length === 1 ? columns[0] : -1);

function aggregateInPlace(context: ViewContext, grouped: Grouped, at: Attachment, keyColumn: number): Attachment {
  const { aggregator } = grouped;
  const how = {
    grouping: inputGrouping(grouped),
    absorb: (buffer: Row, row: Row, evaluation: Parameters<Aggregator['update']>[2]) =>
      aggregator.update(buffer, row, evaluation),
  };
  return addAggregate(context, grouped, at, how, { by: 'column', keyColumn }, relationAt(at));
}

function aggregateBehindRepartition(context: ViewContext, grouped: Grouped, from: Attachment): Attachment {
  const { groups, aggregator } = grouped;
  const count = groups.length;
  const schema: Schema = [
    ...groups.map(({ name, expression }) => ({ name, type: expression.type })),
    ...aggregator.bufferTypes.map((type, i) => ({ name: `_buffer${i}`, type })),
  ];
  const relation: Relation = { kind: 'stream', schema, qualifiers: [context.name], partitioning: null, key: null };
  const partial = inputGrouping(grouped);
  const at = context.add(
    from,
    {
      operation: 'partial aggregate',
      detail: aggregateText(grouped),
      relation,
      handsRowsOn: false,
      asksForOldRows: false,
      make: () => new PartialAggregate(context.name, partial, aggregator),
    },
    grouped.used,
  );

  const { app } = at.builder;
  const topic = repartitionTopic(app, context.name);
  const keyOf = (row: Row): Row => row.slice(0, count);
  at.builder.sinks.push({ kind: 'repartition', name: context.name, from: at.ref, topic, keyOf });
  // One group needs one partition; more of them would have nothing to do.
  const partitions = count === 0 ? 1 : null;
  const builder = new SubTopologyBuilder(app, context.name, { kind: 'repartition', topic, partitions, relation });
  context.begin(builder);

  const how = {
    grouping: new Grouping(keyOf, count === 1 ? 0 : -1),
    absorb: (buffer: Row, row: Row) => aggregator.merge(buffer, row.slice(count)),
  };
  return addAggregate(context, grouped, { builder, ref: INPUT }, how, { by: 'key' }, relationAt(from));
}

function addAggregate(
  context: ViewContext,
  grouped: Grouped,
  at: Attachment,
  how: Pick<AggregateOptions, 'grouping' | 'absorb'>,
  partitioning: StorePartitioning,
  input: Relation,
): Attachment {
  const { name } = context;
  const { groups, items, aggregator, schema, used } = grouped;
  const groupTypes = groups.map((group) => group.expression.type);
  const detail = aggregateText(grouped);
  const present = compileRow(items.map((item) => item.expression));
  at.builder.stores.push({
    name,
    columns: aggregator.bufferTypes,
    keyColumns: groupTypes,
    fingerprint: `${detail} of ${schemaName(input.schema.filter((_, column) => used.has(column)))}`,
    partitioning,
    keySchema: groups.map((group) => ({ name: group.name, type: group.expression.type })),
    rowSchema: items.map((item) => ({ name: item.name, type: item.expression.type })),
    present: (key, stored, evaluation) => {
      const row = key.slice();
      aggregator.finish(stored, row);
      return present(row, evaluation);
    },
  });
  const keyColumns = groups.map((_, i) => i);
  const relation: Relation = {
    kind: 'table',
    schema,
    qualifiers: [name],
    partitioning: partitioning.by === 'key' ? keyColumns : [partitioning.keyColumn],
    key: { columns: keyColumns, whole: true },
  };
  const make: OperatorFactory = ({ store, oldRowsAsked }) =>
    new Aggregate(name, { ...how, store: store(name), groupTypes, aggregator, oldRowsAsked });
  return context.add(
    at,
    { operation: 'aggregate', detail, relation, handsRowsOn: false, asksForOldRows: false, make },
    used,
  );
}

function aggregateText({ groups, calls }: Grouped): string {
  const texts = groups.map(({ expression }) => `${expressionText(expression)} ${typeName(expression.type)}`);
  return `[${texts.join(', ')}] ${calls.map((call) => call.text).join(', ')}`;
}

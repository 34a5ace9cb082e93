import type { Span } from '../core/diagnostic.ts';
import { FAIL } from '../core/error-policy.ts';
import type { OperatorFactory } from '../core/operator.ts';
import { schemaName } from '../core/types.ts';
import { Aggregate } from '../operators/aggregate.ts';
import { LateRowsStream } from '../operators/late-rows-stream.ts';
import { TimedAggregate } from '../operators/timed-aggregate.ts';
import { compileRow } from '../sql/sql.ts';
import { relationAt, type Attachment } from './builder.ts';
import { segmentOf } from './event-time.ts';
import { aggregateText, analyzeGroupedView, inputGrouping, type GroupedView } from './grouped-view.ts';
import type { StorePartitioning } from './physical-plan.ts';
import type { Relation } from './relation.ts';
import { planRepartition, type Intake } from './repartition-plan.ts';
import { keyOfGroups } from './table-key.ts';
import type { ViewContext } from './view-context.ts';

/** Groups that a batch closes at most, about, so that none grows beyond measure when the watermark leaps. */
const CLOSE_LIMIT = 20_000;

/** The aggregation's table [group values…, aggregate values…], and what `having` and `select` make of it. */
export interface PlannedAggregate {
  readonly table: Attachment;
  /** The stream of its late rows, where the view routes them. */
  readonly late: Attachment | null;
  readonly grouped: GroupedView;
}

/** Plans `groupBy` up to the aggregation itself, where that is known to be in place or behind a repartition. Null when it has errors. */
export function planAggregate(context: ViewContext, from: Attachment): PlannedAggregate | null {
  const input = relationAt(from);
  if (input.kind === 'table') return refuseTable(context, input);
  const grouped = analyzeGroupedView(context, input);
  if (grouped === null || !closesAsAsked(context, grouped)) return null;

  const { partitioning } = input;
  const inPlace = partitioning !== null && partitioning.every((column) => grouped.columns.includes(column));
  if (!inPlace && context.view.repartition === 'deny') {
    const message = 'grouping by these columns needs a repartition, which `repartition: deny` forbids';
    const remedy = 'declare partitionedBy on the source, or allow the repartition';
    return context.refuse('MILLRACE_REPARTITION_DENIED', placeOf(context), message, remedy);
  }
  const intake = inPlace ? takeInput(context, grouped, from) : planRepartition(context, grouped, from);
  const stored: StorePartitioning = inPlace
    ? { by: 'column', keyColumn: grouped.columns.indexOf(partitioning[0]) }
    : { by: 'key' };
  const table = addAggregate(context, grouped, intake, stored, input);
  return { table, late: addLateRows(context, table, input, inPlace), grouped };
}

/** The groups, or what stands for them. */
const placeOf = ({ view: { groupBy, aggregate, name } }: ViewContext): Span =>
  groupBy?.[0]?.span ?? aggregate?.[0]?.span ?? name.span;

function refuseTable(context: ViewContext, input: Relation): null {
  const name = context.view.from.value;
  const message = `\`${name}\` is aggregated already, and aggregating its changes is not available in this version`;
  const remedy =
    input.neverFinal === null
      ? `write \`emit: final\` on the aggregation in \`${name}\`, so that each row comes once, when it is final`
      : 'group the stream it is made from';
  return context.refuse('MILLRACE_NOT_YET', placeOf(context), message, remedy);
}

/** Complains of everything that only groups with an end can give. */
function closesAsAsked(context: ViewContext, { neverFinal }: GroupedView): boolean {
  const { emit, closeIdleMs, lateRows } = context.view;
  if (neverFinal === null) return true;
  const asked: (readonly [what: string, span: Span])[] = [];
  if (emit.value === 'final') asked.push(['emit: final', emit.span]);
  if (closeIdleMs !== null) asked.push(['close', closeIdleMs.span]);
  if (lateRows !== null) asked.push(['lateRows', lateRows.span]);
  for (const [what, span] of asked) {
    const message = `\`${what}\` has no meaning here: ${neverFinal.why}`;
    context.refuse('STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION', span, message, neverFinal.remedy);
  }
  return asked.length === 0;
}

/** Rows of the input go into the aggregation where they are. */
function takeInput(context: ViewContext, grouped: GroupedView, at: Attachment): Intake {
  const { aggregator } = grouped;
  if (context.view.lateRows !== null) context.uses(at, new Set(relationAt(at).schema.keys()));
  return {
    at,
    grouping: inputGrouping(grouped),
    absorb: (buffer, row, evaluation) => aggregator.update(buffer, row, evaluation),
    countColumn: -1,
    inputRow: (row) => row,
  };
}

function addAggregate(
  context: ViewContext,
  grouped: GroupedView,
  { at, grouping, absorb, countColumn, inputRow }: Intake,
  partitioning: StorePartitioning,
  input: Relation,
): Attachment {
  const { name, view } = context;
  const { groups, items, aggregator, schema, used, eventTimes, neverFinal } = grouped;
  const groupTypes = groups.map((group) => group.expression.type);
  const detail = aggregateText(grouped);
  const timed = eventTimes.length > 0;
  const segment = timed ? segmentOf(eventTimes[0]) : null;
  const present = compileRow(items.map((item) => item.expression));
  const segments = timed ? `, in segments by ${groups[eventTimes[0].column].name}` : '';
  at.builder.stores.push({
    name,
    columns: aggregator.bufferTypes,
    keyColumns: groupTypes,
    fingerprint: `${detail} of ${schemaName(input.schema.filter((_, column) => used.has(column)))}${segments}`,
    partitioning,
    segmented: timed,
    compression: view.compression,
    segmentOf: segment,
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
    eventTimes,
    neverFinal,
    key: keyOfGroups(grouped.expressions),
  };
  const make: OperatorFactory = ({ store, oldRowsAsked, finalRowsAsked }) => {
    const options = { grouping, absorb, store: store(name), groupTypes, aggregator, oldRowsAsked };
    if (segment === null) return new Aggregate(name, options);
    const lateRow = view.lateRows === null ? null : inputRow;
    const timing = { segmentOf: segment, countColumn, lateRow, closeLimit: CLOSE_LIMIT, finalRowsAsked };
    return new TimedAggregate(name, { ...options, ...timing });
  };
  const node = {
    operation: timed ? 'timed aggregate' : 'aggregate',
    detail,
    relation,
    handsRowsOn: false,
    asksForOldRows: false,
    closeIdleMs: view.closeIdleMs?.value ?? null,
    make,
  };
  return context.add(at, node, used);
}

/** The late rows as a stream: nothing is known of their time but that it has passed. */
function addLateRows(context: ViewContext, table: Attachment, input: Relation, inPlace: boolean): Attachment | null {
  const name = context.view.lateRows?.value;
  if (name === undefined) return null;
  const relation: Relation = {
    ...input,
    qualifiers: [name],
    eventTimes: [],
    partitioning: inPlace ? input.partitioning : null,
  };
  const ref = table.builder.add({
    view: name,
    operation: 'late rows',
    detail: `of ${context.name}`,
    from: table.ref,
    relation,
    handsRowsOn: false,
    asksForOldRows: false,
    closeIdleMs: null,
    onError: FAIL,
    make: () => new LateRowsStream(name),
  });
  return { builder: table.builder, ref };
}

import type { Schema } from '../core/types.ts';
import { typeName } from '../core/types.ts';
import type { Grouping } from '../operators/grouping.ts';
import { ValueGrouping } from '../operators/grouping.ts';
import { WindowGrouping } from '../operators/window-grouping.ts';
import {
  analyzeItems,
  compileAggregator,
  compileRow,
  compileValue,
  expressionText,
  GroupedAnalysis,
  usedColumns,
  usedColumnsOfCalls,
  windowsOf,
  type AggregateCall,
  type Aggregator,
  type Expression,
  type SelectItem,
} from '../sql/sql.ts';
import { eventTimesAmong } from './event-time.ts';
import type { EventTimeColumn, NeverFinal, Relation } from './relation.ts';
import type { ViewContext } from './view-context.ts';

/** A `groupBy` with everything that its steps need to know of it. */
export interface GroupedView {
  readonly groups: readonly SelectItem[];
  readonly expressions: readonly Expression[];
  /** Position of each group that is a column as it stands, else -1. */
  readonly columns: readonly number[];
  readonly calls: readonly AggregateCall[];
  readonly aggregator: Aggregator;
  readonly having: Expression | null;
  readonly items: readonly SelectItem[];
  /** Of the rows that come out: [group values…, aggregate values…]. */
  readonly schema: Schema;
  /** Columns of the input that are read. */
  readonly used: ReadonlySet<number>;
  /** The groups that hold event time; the first of them says when a group is final. None where groups are kept for ever. */
  readonly eventTimes: readonly EventTimeColumn[];
  readonly neverFinal: NeverFinal | null;
}

/** Analyses the clauses of a grouped view over the relation that it groups. Null when there are errors. */
export function analyzeGroupedView(context: ViewContext, input: Relation): GroupedView | null {
  const { groupBy, aggregate, having, select } = context.view;
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
  const neverFinal = whyNeverFinal(context, expressions, input);
  return {
    groups,
    expressions,
    columns: expressions.map((expression) => (expression.kind === 'column' ? expression.index : -1)),
    calls,
    aggregator: compileAggregator(calls),
    having: filter,
    items: selected ?? [...groupColumns(groups), ...aggregates],
    schema: analysis.groupSchema,
    used: new Set([...usedColumns(expressions), ...usedColumnsOfCalls(calls)]),
    eventTimes: neverFinal === null ? windowsFirst(eventTimesAmong(expressions, input)) : [],
    neverFinal,
  };
}

const windowsFirst = (columns: readonly EventTimeColumn[]): EventTimeColumn[] => [
  ...columns.filter(({ kind }) => kind === 'window'),
  ...columns.filter(({ kind }) => kind !== 'window'),
];

/** The groups as columns of the aggregation's rows. */
const groupColumns = (groups: readonly SelectItem[]): SelectItem[] =>
  groups.map(({ name, expression: { type, span } }, index) => ({
    name,
    expression: { kind: 'column', index, name, type, span },
  }));

function whyNeverFinal(context: ViewContext, groups: readonly Expression[], input: Relation): NeverFinal | null {
  const whole = context.sinks.find((sink) => sink.outputMode.value === 'complete');
  if (whole !== undefined) {
    return {
      why: `the sink \`${whole.name.value}\` writes all of \`${context.name}\` (outputMode complete), so that every group is kept`,
      remedy: 'make two views',
    };
  }
  const name = context.view.from.value;
  if (input.eventTimes.length === 0) {
    return {
      why: `no watermark reaches \`${context.name}\`, without which no group is ever final`,
      remedy: `declare \`watermark: { column: …, delay: … }\` on the source, keep its column in all views up to \`${name}\`, and group by \`window(column, '10 minutes')\``,
    };
  }
  if (eventTimesAmong(groups, input).length > 0) return null;
  const time = input.schema[input.eventTimes[0].column].name;
  const windowed = groups.some((group) => group.kind === 'window');
  return {
    why: windowed
      ? `the window of \`${context.name}\` is not one of \`${time}\`, which the watermark is about, so that no group is ever final`
      : `the groups of \`${context.name}\` hold no event time, so that none is ever final`,
    remedy: `group by \`window(${time}, '10 minutes')\`, or by \`${time}\` itself`,
  };
}

/** Groups the input's own rows. */
export function inputGrouping({ expressions, columns }: GroupedView): Grouping {
  const position = expressions.findIndex((expression) => expression.kind === 'window');
  const others = expressions.filter((_, i) => i !== position);
  const otherColumns = columns.filter((_, i) => i !== position);
  const column = otherColumns.length === 1 ? otherColumns[0] : -1;
  const window = expressions[position];
  if (window?.kind !== 'window') return new ValueGrouping(compileRow(others), column);
  return new WindowGrouping({
    windows: windowsOf(window),
    time: compileValue(window.time),
    timeColumn: window.time.kind === 'column' ? window.time.index : -1,
    others: compileRow(others),
    column,
    position,
  });
}

/** The aggregation in canonical form. */
export function aggregateText({ groups, calls }: GroupedView): string {
  const texts = groups.map(({ expression }) => `${expressionText(expression)} ${typeName(expression.type)}`);
  return `[${texts.join(', ')}] ${calls.map((call) => call.text).join(', ')}`;
}

import type { Located } from '../core/diagnostic.ts';
import type { Schema } from '../core/types.ts';
import { Explode } from '../operators/explode.ts';
import { Filter } from '../operators/filter.ts';
import { FinalRows } from '../operators/final-rows.ts';
import { NewKeys } from '../operators/new-keys.ts';
import { Project } from '../operators/project.ts';
import {
  analyzeItems,
  analyzePredicate,
  compilePredicate,
  compileRow,
  expressionText,
  usedColumns,
  windowArray,
  type Expression,
  type Generator,
  type SelectItem,
} from '../sql/sql.ts';
import { planAggregate } from './aggregate-plan.ts';
import { relationAt, type Attachment } from './builder.ts';
import { eventTimesAmong } from './event-time.ts';
import type { Relation } from './relation.ts';
import { keyBehind } from './table-key.ts';
import type { ViewContext } from './view-context.ts';

/** What can be read of a view. */
export interface PlannedView {
  readonly output: Attachment;
  /** The stream of its late rows, where it routes them. */
  readonly late: Attachment | null;
}

/** Lowers one view into nodes behind `from`: where, then groupBy with its clauses or select. Null when it has errors. */
export function planView(context: ViewContext, from: Attachment): PlannedView | null {
  const { where, groupBy, aggregate, select } = context.view;
  const filtered = where === null ? from : planWhere(context, where, from);
  if (filtered === null) return null;
  if (groupBy !== null || aggregate !== null) return planGrouped(context, filtered);
  const output = select === null ? addRenamed(context, filtered) : planSelect(context, select, filtered);
  return output === null ? null : { output, late: null };
}

function planGrouped(context: ViewContext, from: Attachment): PlannedView | null {
  const { emit } = context.view;
  const planned = planAggregate(context, from);
  if (planned === null) return null;
  const { table, late } = planned;
  const { having, items } = planned.grouped;
  // Final rows are final before `having` as well; whether a row enters the table is known behind it only.
  const final = emit.value === 'final' ? addEmit(context, table, new FinalRows(context.name)) : table;
  const matching = having === null ? final : addFilter(context, having, final);
  const rows = emit.value === 'newKeys' ? addEmit(context, matching, new NewKeys(context.name)) : matching;
  const output = addProject(context, items, rows);
  return output === null ? null : { output, late };
}

/** Makes a stream of a table. */
function addEmit(context: ViewContext, at: Attachment, operator: FinalRows | NewKeys): Attachment {
  const relation: Relation = { ...relationAt(at), kind: 'stream', neverFinal: null, key: null };
  const node = {
    operation: 'emit',
    detail: context.view.emit.value,
    relation,
    handsRowsOn: true,
    asksForOldRows: operator instanceof NewKeys,
    closeIdleMs: null,
    make: () => operator,
  };
  return context.add(at, node, new Set());
}

function planWhere(context: ViewContext, where: Located<string>, at: Attachment): Attachment | null {
  const predicate = analyzePredicate(where, context.scope(relationAt(at)), context.diagnostics, context.subject);
  return predicate === null ? null : addFilter(context, predicate, at);
}

function addFilter(context: ViewContext, predicate: Expression, at: Attachment): Attachment {
  const compiled = compilePredicate(predicate);
  const detail = expressionText(predicate);
  const make = (): Filter => new Filter(context.name, compiled);
  const node = {
    operation: 'filter',
    detail,
    relation: relationAt(at),
    handsRowsOn: true,
    asksForOldRows: true,
    closeIdleMs: null,
    make,
  };
  return context.add(at, node, usedColumns([predicate]));
}

/** A view that only filters its input: the rows go on as they are, under the view's name. */
function addRenamed(context: ViewContext, at: Attachment): Attachment {
  const relation = { ...relationAt(at), qualifiers: [context.name] };
  const make = (): Project => new Project(context.name, (row) => row);
  return context.add(
    at,
    { operation: 'project', detail: '*', relation, handsRowsOn: true, asksForOldRows: false, closeIdleMs: null, make },
    new Set(),
  );
}

function planSelect(context: ViewContext, select: readonly Located<string>[], at: Attachment): Attachment | null {
  const items = analyzeItems(select, context.scope(relationAt(at)), context.diagnostics, context.subject);
  if (items === null) return null;
  const position = items.findIndex(({ expression: { kind } }) => kind === 'generator' || kind === 'window');
  return position < 0 ? addProject(context, items, at) : addExplode(context, items, position, at);
}

function addProject(context: ViewContext, items: readonly SelectItem[], at: Attachment): Attachment | null {
  if (!namesAreDistinct(context, items)) return null;
  const expressions = items.map((item) => item.expression);
  const compiled = compileRow(expressions);
  const schema = items.map(({ name, expression }) => ({ name, type: expression.type }));
  const make = (): Project => new Project(context.name, compiled);
  const relation = projected(relationAt(at), expressions, schema, context.name);
  return context.add(
    at,
    {
      operation: 'project',
      detail: itemsText(items),
      relation,
      handsRowsOn: false,
      // A row that fails leaves the table, if it was there.
      asksForOldRows: context.view.onError.value.action !== 'fail',
      closeIdleMs: null,
      make,
    },
    usedColumns(expressions),
  );
}

function addExplode(
  context: ViewContext,
  items: readonly SelectItem[],
  position: number,
  at: Attachment,
): Attachment | null {
  const generator = generatorAt(items[position]);
  if (generator === null || !namesAreDistinct(context, items)) return null;
  const input = relationAt(at);
  if (input.kind === 'table') {
    const message = `\`${generator.function}\` cannot follow an aggregation: its rows have no key`;
    return context.refuse(
      'UNSUPPORTED_GENERATOR',
      items[position].expression.span,
      message,
      'explode before `groupBy`',
    );
  }
  const expressions = items.map((item, i) => (i === position ? generator.argument : item.expression));
  const [first, ...others] = generator.outputs;
  const outputs: Schema = [{ name: items[position].name, type: first.type }, ...others];
  const schema = items.flatMap(({ name, expression }, i) =>
    i === position ? outputs : [{ name, type: expression.type }],
  );
  const options = {
    project: compileRow(expressions),
    position,
    withPosition: generator.function.startsWith('posexplode'),
    inline: generator.function.startsWith('inline'),
    width: outputs.length,
    outer: generator.function.endsWith('_outer'),
  };
  const make = (): Explode => new Explode(context.name, options);
  const eventTimes = eventTimesAmong(
    items.map((item) => item.expression),
    input,
  );
  const relation: Relation = {
    kind: 'stream',
    schema,
    qualifiers: [context.name],
    partitioning: null,
    eventTimes: eventTimes.map(({ column, kind }) => ({
      column: column <= position ? column : column + outputs.length - 1,
      kind,
    })),
    neverFinal: null,
    key: null,
  };
  return context.add(
    at,
    {
      operation: 'explode',
      detail: itemsText(items),
      relation,
      handsRowsOn: false,
      asksForOldRows: false,
      closeIdleMs: null,
      make,
    },
    usedColumns(expressions),
  );
}

/** What makes several rows of one: a generator, or windows, which are elements like those of an array. */
function generatorAt({
  name,
  expression,
}: SelectItem): (Pick<Generator, 'argument' | 'outputs'> & { function: string }) | null {
  if (expression.kind === 'generator') return expression;
  if (expression.kind !== 'window') return null;
  return { function: 'window', argument: windowArray(expression), outputs: [{ name, type: expression.type }] };
}

/** A view's columns are read by name, so a name may stand for one of them only. */
function namesAreDistinct(context: ViewContext, items: readonly SelectItem[]): boolean {
  const names = new Set<string>();
  for (const { name, expression } of items) {
    if (names.has(name.toLowerCase())) {
      context.refuse(
        'COLUMN_ALREADY_EXISTS',
        expression.span,
        `there is another column \`${name}\``,
        'give one of them another name with `as`',
      );
      return false;
    }
    names.add(name.toLowerCase());
  }
  return true;
}

const itemsText = (items: readonly SelectItem[]): string =>
  items.map(({ name, expression }) => `${expressionText(expression)} as ${name}`).join(', ');

/** The relation behind a projection: what is known of partitioning and key survives for columns that are handed on as they are. */
function projected(input: Relation, expressions: readonly Expression[], schema: Schema, name: string): Relation {
  const outputOf = new Map<number, number>();
  expressions.forEach((expression, output) => {
    if (expression.kind === 'column' && !outputOf.has(expression.index)) outputOf.set(expression.index, output);
  });
  const partitioning = input.partitioning?.flatMap((column) => outputOf.get(column) ?? []) ?? null;
  return {
    kind: input.kind,
    schema,
    qualifiers: [name],
    partitioning: partitioning?.length === input.partitioning?.length ? partitioning : null,
    eventTimes: eventTimesAmong(expressions, input),
    neverFinal: input.neverFinal,
    key: input.key === null ? null : keyBehind(input.key, expressions),
  };
}

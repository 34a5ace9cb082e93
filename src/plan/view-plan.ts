import type { Diagnostics, Located } from '../core/diagnostic.ts';
import type { OperatorFactory } from '../core/operator.ts';
import type { Row, Schema } from '../core/types.ts';
import { schemaName, typeName } from '../core/types.ts';
import { Aggregate } from '../operators/aggregate.ts';
import { Explode } from '../operators/explode.ts';
import { Filter } from '../operators/filter.ts';
import { Project } from '../operators/project.ts';
import {
  analyzeItems,
  analyzePredicate,
  compileAggregator,
  compilePredicate,
  compileRow,
  expressionText,
  GroupedAnalysis,
  usedColumns,
  usedColumnsOfCalls,
  type AggregateCall,
  type Expression,
  type Scope,
  type SelectItem,
} from '../sql/sql.ts';
import type { ViewSpec } from '../topology/spec.ts';
import { relationAt, SubTopologyBuilder, type Attachment } from './builder.ts';
import { INPUT, type PlanNode } from './physical-plan.ts';
import type { Relation } from './relation.ts';
import { repartitionTopic } from './topics.ts';

/** Columns of a node's input that the node reads; by it, sources decode no more than is needed. */
export type ColumnUse = (at: Attachment, columns: ReadonlySet<number>) => void;

/** Lowers one view into nodes behind `from`; null when it has errors. A `groupBy` may begin a sub-topology of its own. */
export class ViewPlanner {
  readonly #view: ViewSpec;
  readonly #diagnostics: Diagnostics;
  readonly #subject: string;
  readonly #uses: ColumnUse;
  readonly #begin: (builder: SubTopologyBuilder) => void;

  constructor(view: ViewSpec, diagnostics: Diagnostics, uses: ColumnUse, begin: (builder: SubTopologyBuilder) => void) {
    this.#view = view;
    this.#diagnostics = diagnostics;
    this.#subject = `view \`${view.name.value}\``;
    this.#uses = uses;
    this.#begin = begin;
  }

  plan(from: Attachment): Attachment | null {
    const { where, groupBy, aggregate, select, having } = this.#view;
    let at: Attachment | null = from;
    if (where !== null) at = this.#filter(where, at);
    if (at === null) return null;
    if (groupBy !== null || aggregate !== null) return this.#aggregate(at);
    if (having !== null) {
      this.#diagnostics.error(
        'MILLRACE_HAVING_WITHOUT_GROUP',
        having.span,
        '`having` filters groups, and there is no `groupBy`',
        'write it as `where`',
        this.#subject,
      );
      return null;
    }
    return select === null ? this.#renamed(at) : this.#select(select, at);
  }

  #scope(relation: Relation): Scope {
    return { columns: relation.schema, qualifiers: [...new Set([this.#view.alias, ...relation.qualifiers])] };
  }

  #add(at: Attachment, node: Omit<PlanNode, 'view' | 'from'>, used: ReadonlySet<number>): Attachment {
    this.#uses(at, used);
    const ref = at.builder.add({ ...node, view: this.#view.name.value, from: at.ref });
    return { builder: at.builder, ref };
  }

  #filter(where: Located<string>, at: Attachment): Attachment | null {
    const relation = relationAt(at);
    const predicate = analyzePredicate(where, this.#scope(relation), this.#diagnostics, this.#subject);
    return predicate === null ? null : this.#addFilter(predicate, at);
  }

  #addFilter(predicate: Expression, at: Attachment): Attachment {
    const compiled = compilePredicate(predicate);
    const make: OperatorFactory = () => new Filter(this.#view.name.value, compiled);
    const detail = expressionText(predicate);
    return this.#add(at, { operation: 'filter', detail, relation: relationAt(at), make }, usedColumns([predicate]));
  }

  /** A view that only names or filters its input: the rows go on as they are, under the view's name. */
  #renamed(at: Attachment): Attachment {
    const relation = { ...relationAt(at), qualifiers: [this.#view.name.value] };
    const make: OperatorFactory = () => new Project(this.#view.name.value, (row) => row);
    const all = new Set(relation.schema.keys());
    return this.#add(at, { operation: 'project', detail: '*', relation, make }, all);
  }

  #select(select: readonly Located<string>[], at: Attachment): Attachment | null {
    const relation = relationAt(at);
    const items = analyzeItems(select, this.#scope(relation), this.#diagnostics, this.#subject);
    if (items === null) return null;
    const position = items.findIndex((item) => item.expression.kind === 'generator');
    return position < 0 ? this.#project(items, at) : this.#explode(items, position, select, at);
  }

  #project(items: readonly SelectItem[], at: Attachment): Attachment {
    const input = relationAt(at);
    const expressions = items.map((item) => item.expression);
    const compiled = compileRow(expressions);
    const schema = items.map(({ name, expression }) => ({ name, type: expression.type }));
    const make: OperatorFactory = () => new Project(this.#view.name.value, compiled);
    const relation = projected(input, expressions, schema, this.#view.name.value);
    return this.#add(at, { operation: 'project', detail: itemsText(items), relation, make }, usedColumns(expressions));
  }

  #explode(
    items: readonly SelectItem[],
    position: number,
    select: readonly Located<string>[],
    at: Attachment,
  ): Attachment | null {
    const input = relationAt(at);
    const generator = items[position].expression;
    if (generator.kind !== 'generator') return null;
    if (input.kind === 'table') {
      const place = select.find((text) => /explode/i.test(text.value)) ?? select[0];
      this.#diagnostics.error(
        'UNSUPPORTED_GENERATOR',
        place.span,
        `\`${generator.function}\` cannot follow an aggregation: its rows have no key`,
        'explode before `groupBy`',
        this.#subject,
      );
      return null;
    }
    const expressions = items.map((item, i) => (i === position ? generator.argument : item.expression));
    const outputs = generator.outputs.map((output, i) => ({
      name: generator.outputs.length === 1 ? items[position].name : output.name,
      type: generator.outputs[i].type,
    }));
    const schema: Schema = items.flatMap(({ name, expression }, i) =>
      i === position ? outputs : [{ name, type: expression.type }],
    );
    const options = {
      project: compileRow(expressions),
      position,
      withPosition: generator.function === 'posexplode',
      width: outputs.length,
      outer: generator.function === 'explode_outer',
    };
    const make: OperatorFactory = () => new Explode(this.#view.name.value, options);
    const relation: Relation = {
      kind: 'stream',
      schema,
      qualifiers: [this.#view.name.value],
      partitioning: null,
      key: null,
    };
    return this.#add(at, { operation: 'explode', detail: itemsText(items), relation, make }, usedColumns(expressions));
  }

  #aggregate(at: Attachment): Attachment | null {
    const input = relationAt(at);
    const { groupBy, aggregate, select, having, name } = this.#view;
    if (input.kind === 'table') {
      const span = (groupBy ?? aggregate)?.[0]?.span ?? name.span;
      this.#diagnostics.error(
        'MILLRACE_NOT_YET',
        span,
        `\`${this.#view.from.value}\` is aggregated already, and aggregating it again is not available in this version`,
        'group the stream it is made from',
        this.#subject,
      );
      return null;
    }
    const scope = this.#scope(input);
    const groups = analyzeItems(groupBy ?? [], scope, this.#diagnostics, this.#subject);
    if (groups === null) return null;
    const analysis = new GroupedAnalysis(scope, groups, this.#diagnostics, this.#subject);
    const aggregates = aggregate === null ? [] : analysis.items(aggregate);
    const filter = having === null ? null : analysis.predicate(having);
    const selected = select === null ? null : analysis.items(select);
    if (aggregates === null || (having !== null && filter === null) || (select !== null && selected === null))
      return null;

    const groupColumns = groups.map(({ name: column, expression }, index): SelectItem => ({
      name: column,
      expression: { kind: 'column', index, name: column, type: expression.type, span: expression.span },
    }));
    const items = selected ?? [...groupColumns, ...aggregates];
    let behind = this.#addAggregate(at, groups, analysis, items);
    if (behind === null) return null;
    if (filter !== null) behind = this.#addFilter(filter, behind);
    return this.#project(items, behind);
  }

  #addAggregate(
    at: Attachment,
    groups: readonly SelectItem[],
    analysis: GroupedAnalysis,
    items: readonly SelectItem[],
  ): Attachment | null {
    const input = relationAt(at);
    const calls = [...analysis.calls];
    const expressions = groups.map((group) => group.expression);
    const columns = expressions.map((expression) => (expression.kind === 'column' ? expression.index : -1));
    const inPlace = input.partitioning !== null && input.partitioning.every((column) => columns.includes(column));
    const used = new Set([...usedColumns(expressions), ...usedColumnsOfCalls(calls)]);
    if (inPlace) {
      const by = { by: 'column', keyColumn: columns.indexOf(input.partitioning[0]) } as const;
      return this.#addStore(at, groups, compileRow(expressions), columns, calls, analysis.groupSchema, items, by, used);
    }
    if (this.#view.repartition === 'deny') {
      const span = this.#view.groupBy?.[0]?.span ?? this.#view.name.span;
      this.#diagnostics.error(
        'MILLRACE_REPARTITION_DENIED',
        span,
        'grouping by these columns needs a repartition, which `repartition: deny` forbids',
        'declare partitionedBy on the source, or allow the repartition',
        this.#subject,
      );
      return null;
    }
    const { behind, width } = this.#repartition(at, groups, columns, used);
    const plain = columns.every((column) => column >= 0);
    const groupOf = plain ? compileRow(expressions) : (row: Row): Row => row.slice(width);
    const positions = plain ? columns : groups.map((_, i) => width + i);
    return this.#addStore(behind, groups, groupOf, positions, calls, analysis.groupSchema, items, { by: 'key' }, used);
  }

  /** Sends the rows by their group to a sub-topology of the view's own. Columns that the aggregate does not read travel as nulls. */
  #repartition(
    at: Attachment,
    groups: readonly SelectItem[],
    columns: readonly number[],
    used: ReadonlySet<number>,
  ): { behind: Attachment; width: number } {
    const input = relationAt(at);
    const { app } = at.builder;
    const id = this.#view.name.value;
    const topic = repartitionTopic(app, id);
    const keyOf = compileRow(groups.map((group) => group.expression));
    const plain = columns.every((column) => column >= 0);
    const width = input.schema.length;
    const schema: Schema = plain
      ? input.schema
      : [...input.schema, ...groups.map(({ name, expression }) => ({ name, type: expression.type }))];
    this.#uses(at, used);
    at.builder.sinks.push({
      kind: 'repartition',
      name: id,
      from: at.ref,
      topic,
      keyOf,
      rowOf: (row, context) => {
        const travelling = row.map((value, column) => (used.has(column) ? value : null));
        return plain ? travelling : [...travelling, ...keyOf(row, context)];
      },
    });
    const relation: Relation = { kind: 'stream', schema, qualifiers: input.qualifiers, partitioning: null, key: null };
    const partitions = groups.length === 0 ? 1 : null;
    const builder = new SubTopologyBuilder(app, id, { kind: 'repartition', topic, partitions, relation });
    this.#begin(builder);
    return { behind: { builder, ref: INPUT }, width };
  }

  #addStore(
    at: Attachment,
    groups: readonly SelectItem[],
    groupOf: ReturnType<typeof compileRow>,
    groupPositions: readonly number[],
    calls: readonly AggregateCall[],
    schema: Schema,
    items: readonly SelectItem[],
    partitioning: { by: 'key' } | { by: 'column'; keyColumn: number },
    used: ReadonlySet<number>,
  ): Attachment {
    const name = this.#view.name.value;
    const aggregator = compileAggregator(calls);
    const groupTypes = groups.map((group) => group.expression.type);
    const present = compileRow(items.map((item) => item.expression));
    const groupText = groups.map((group) => `${expressionText(group.expression)} ${typeName(group.expression.type)}`);
    const detail = `[${groupText.join(', ')}] ${calls.map((call) => call.text).join(', ')}`;
    at.builder.stores.push({
      name,
      columns: aggregator.bufferTypes,
      keyColumns: groupTypes,
      fingerprint: `${detail} of ${schemaName(relationAt(at).schema.filter((_, column) => used.has(column)))}`,
      partitioning,
      keySchema: groups.map((group) => ({ name: group.name, type: group.expression.type })),
      rowSchema: items.map((item) => ({ name: item.name, type: item.expression.type })),
      present: (key, stored, context) => {
        const row = key.slice();
        aggregator.finish(stored, row);
        return present(row, context);
      },
    });
    const make: OperatorFactory = (store) =>
      new Aggregate(name, {
        store: store(name),
        groupOf,
        groupTypes,
        groupColumn: groupPositions.length === 1 ? groupPositions[0] : -1,
        aggregator,
      });
    const keyPositions = groups.map((_, i) => i);
    const relation: Relation = {
      kind: 'table',
      schema,
      qualifiers: [name],
      partitioning: partitioning.by === 'key' ? keyPositions : [partitioning.keyColumn],
      key: { columns: keyPositions, whole: true },
    };
    return this.#add(at, { operation: 'aggregate', detail, relation, make }, used);
  }
}

const itemsText = (items: readonly SelectItem[]): string =>
  items.map(({ name, expression }) => `${expressionText(expression)} as ${name}`).join(', ');

/** The relation behind a projection: what is known of partitioning and key survives for columns that are handed on as they are. */
function projected(input: Relation, expressions: readonly Expression[], schema: Schema, name: string): Relation {
  const outputOf = new Map<number, number>();
  expressions.forEach((expression, output) => {
    if (expression.kind === 'column' && !outputOf.has(expression.index)) outputOf.set(expression.index, output);
  });
  const kept = (columns: readonly number[]): number[] => columns.flatMap((column) => outputOf.get(column) ?? []);
  const partitioning = input.partitioning === null ? null : kept(input.partitioning);
  return {
    kind: input.kind,
    schema,
    qualifiers: [name],
    partitioning: partitioning !== null && partitioning.length === input.partitioning?.length ? partitioning : null,
    key:
      input.key === null
        ? null
        : {
            columns: kept(input.key.columns),
            whole: input.key.whole && kept(input.key.columns).length === input.key.columns.length,
          },
  };
}

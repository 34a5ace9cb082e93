import type { Diagnostics, Located } from '../core/diagnostic.ts';
import type { Schema } from '../core/types.ts';
import { INT, typeName } from '../core/types.ts';
import { comparatorOf } from './comparison.ts';
import type { AggregateCall } from './aggregates/aggregate-call.ts';
import { aggregateCall, AGGREGATES } from './aggregates.ts';
import { Analyzer } from './analyzer.ts';
import { isGenerator } from './catalogue.ts';
import { condition } from './coercion.ts';
import { Complaint, reporting } from './complaint.ts';
import type { Expression } from './expression.ts';
import { expressionText } from './expression.ts';
import { parseExpression, parseItem } from './parser.ts';
import type { Scope } from './scope.ts';
import { columnNamed, suggestion } from './scope.ts';
import type { SelectItem } from './select.ts';
import { namedItem } from './select.ts';
import type { CallSyntax, Identifier, NameSyntax, Syntax } from './syntax.ts';
import { isWindowCall, windowExpression } from './window-call.ts';

/**
 * The analysis of what stands behind a groupBy. Results refer to the aggregate's output row: the groups, then the calls. Arguments of
 * aggregates mean the input's columns; outside of them a name is a group, or the alias of an item analysed before.
 */
export class GroupedAnalysis {
  readonly input: Scope;
  readonly groups: readonly SelectItem[];
  /** Every aggregate met so far; equal ones share a place. */
  readonly calls: AggregateCall[] = [];
  /** What the items analysed so far are called, in lower case. */
  readonly aliases = new Map<string, Expression>();
  private readonly diagnostics: Diagnostics;
  private readonly subject: string;

  constructor(input: Scope, groups: readonly SelectItem[], diagnostics: Diagnostics, subject: string) {
    this.input = input;
    this.groups = groups;
    this.diagnostics = diagnostics;
    this.subject = subject;
    for (const { expression } of groups) reporting(diagnostics, subject, () => checkGroup(expression));
  }

  /** The schema of the aggregate's output row. */
  get groupSchema(): Schema {
    return [
      ...this.groups.map(({ name, expression }) => ({ name, type: expression.type })),
      ...this.calls.map(({ text, type }) => ({ name: text, type })),
    ];
  }

  /** Select items over groups and aggregates; null when there was an error. */
  items(texts: readonly Located<string>[]): SelectItem[] | null {
    let failed = false;
    const result: SelectItem[] = [];
    for (const text of texts) {
      const item = reporting(this.diagnostics, this.subject, () => this.item(text));
      if (item === null) failed = true;
      else result.push(item);
    }
    return failed ? null : result;
  }

  /** A condition over groups and aggregates, such as that of `having`; null when there was an error. */
  predicate(text: Located<string>): Expression | null {
    return reporting(this.diagnostics, this.subject, () =>
      condition(new GroupedAnalyzer(text, this).analyze(parseExpression(text)), 'a condition'),
    );
  }

  private item(text: Located<string>): SelectItem {
    const item = namedItem(parseItem(text), new GroupedAnalyzer(text, this));
    if (!this.aliases.has(item.name.toLowerCase())) this.aliases.set(item.name.toLowerCase(), item.expression);
    return item;
  }
}

function checkGroup(expression: Expression): void {
  if (expression.kind === 'generator') {
    const remedy = 'put it in the select of a view before this one';
    throw new Complaint(
      'UNSUPPORTED_GENERATOR.OUTSIDE_SELECT',
      expression.span,
      `\`${expression.function}\` cannot be grouped by`,
      remedy,
    );
  }
  if (comparatorOf(expression.type) === null) {
    const message = `values of type ${typeName(expression.type)} cannot be grouped by`;
    throw new Complaint('GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE', expression.span, message, 'group by a part of it');
  }
}

class GroupedAnalyzer extends Analyzer {
  private readonly analysis: GroupedAnalysis;

  constructor(source: Located<string>, analysis: GroupedAnalysis) {
    super(source, analysis.input);
    this.analysis = analysis;
  }

  override analyze(syntax: Syntax): Expression {
    return this.group(syntax) ?? super.analyze(syntax);
  }

  /** The group that the syntax names, or that was grouped by the same expression. */
  private group(syntax: Syntax): Expression | null {
    if (syntax.kind === 'literal' || syntax.kind === 'lambda') return null;
    if (syntax.kind === 'name' && syntax.parts.length === 1 && !this.isVariable(syntax.parts[0])) {
      const named = this.groupColumn(syntax.parts[0]);
      if (named !== null) return named;
    }
    const plain = this.inInput(syntax);
    if (plain === null) return null;
    const text = expressionText(plain);
    const index = this.analysis.groups.findIndex(({ expression }) => expressionText(expression) === text);
    return index < 0 ? null : this.output(index, syntax);
  }

  private groupColumn(name: Identifier): Expression | null {
    const columns = this.analysis.groups.map((g) => ({ name: g.name, type: g.expression.type }));
    return columnNamed({ columns, qualifiers: [] }, name.name, this.spanOf(name));
  }

  private isVariable(name: Identifier): boolean {
    return this.variables.some((v) => v.name.toLowerCase() === name.name.toLowerCase());
  }

  /** What the syntax means over the input; null when it means nothing there. */
  private inInput(syntax: Syntax): Expression | null {
    const analyzer = new InputAnalyzer(this.source, this.scope);
    analyzer.variables.push(...this.variables);
    try {
      return analyzer.analyze(syntax);
    } catch (error) {
      if (error instanceof Complaint) return null;
      throw error;
    }
  }

  private output(index: number, place: { readonly start: number; readonly end: number }): Expression {
    const { name, type } = this.analysis.groupSchema[index];
    return { kind: 'column', index, name, type, span: this.spanOf(place) };
  }

  protected override name(syntax: NameSyntax): Expression {
    const [first] = syntax.parts;
    if (this.isVariable(first)) return super.name(syntax);
    const group = this.groupColumn(first) ?? this.analysis.aliases.get(first.name.toLowerCase()) ?? null;
    if (group !== null) return this.members({ ...group, span: this.spanOf(first) }, syntax.parts, 1);
    // Throws where the name means nothing at all.
    super.name(syntax);
    const written = syntax.parts.map((p) => p.name).join('.');
    const message = `\`${written}\` is neither in groupBy nor inside an aggregate`;
    throw new Complaint(
      'MISSING_AGGREGATION',
      this.spanOf(syntax),
      message,
      `add it to groupBy, or write for example max(${written})`,
    );
  }

  protected override unknown(name: Identifier): Complaint {
    const known = [...this.analysis.groups.map((g) => g.name), ...this.analysis.aliases.keys()];
    const remedy = suggestion(name.name, [...new Set(known)], 'behind groupBy there are');
    return new Complaint('UNRESOLVED_COLUMN.WITH_SUGGESTION', this.spanOf(name), `no column \`${name.name}\``, remedy);
  }

  protected override call(syntax: CallSyntax): Expression {
    const name = syntax.name.name.toLowerCase();
    if (isGenerator(name)) {
      const remedy = 'put it in the select of a view behind this one';
      throw new Complaint(
        'UNSUPPORTED_GENERATOR.OUTSIDE_SELECT',
        this.spanOf(syntax),
        `\`${name}\` does not go with groupBy`,
        remedy,
      );
    }
    if (!AGGREGATES.has(name)) return super.call(syntax);
    const arguments_ = new ArgumentAnalyzer(this.source, this.scope);
    const filters = new FilterAnalyzer(this.source, this.scope);
    const isStar = name === 'count' && syntax.operands.length === 1 && syntax.operands[0].kind === 'star';
    const one: Expression = { kind: 'literal', value: 1, type: INT, span: this.spanOf(syntax) };
    const call = aggregateCall({
      name,
      span: this.spanOf(syntax),
      operands: isStar ? [one] : syntax.operands.map((operand) => arguments_.analyze(operand)),
      distinct: syntax.distinct,
      filter: syntax.filter === null ? null : condition(filters.analyze(syntax.filter), '`filter`'),
      orders: (syntax.orders ?? []).map((order) => ({ ...order, key: arguments_.analyze(order.key) })),
      ignoresNulls: syntax.ignoresNulls === true,
    });
    return this.output(this.analysis.groups.length + this.place(call), syntax);
  }

  private place(call: AggregateCall): number {
    const { calls } = this.analysis;
    const known = calls.findIndex(({ text }) => text === call.text);
    return known >= 0 ? known : calls.push(call) - 1;
  }
}

/** What is compared with the groups, of which one may be a window. */
class InputAnalyzer extends Analyzer {
  override analyze(syntax: Syntax): Expression {
    return isWindowCall(syntax) ? windowExpression(syntax, this) : super.analyze(syntax);
  }
}

/** What stands inside an aggregate. */
class ArgumentAnalyzer extends Analyzer {
  protected override aggregateRefused(name: string, span: Expression['span']): Complaint {
    const remedy = 'aggregate in a view, then aggregate that view';
    return new Complaint(
      'NESTED_AGGREGATE_FUNCTION',
      span,
      `the aggregate \`${name}\` stands inside an aggregate`,
      remedy,
    );
  }
}

/** What stands in the filter of an aggregate. */
class FilterAnalyzer extends Analyzer {
  protected override aggregateRefused(name: string, span: Expression['span']): Complaint {
    const message = `the aggregate \`${name}\` stands in the filter of an aggregate`;
    return new Complaint(
      'INVALID_AGGREGATE_FILTER.CONTAINS_AGGREGATE',
      span,
      message,
      'filter by columns of the input',
    );
  }
}

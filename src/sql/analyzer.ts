import type { Located, Span } from '../core/diagnostic.ts';
import { closest, spanWithin } from '../core/diagnostic.ts';
import type { DataType } from '../core/types.ts';
import { BOOLEAN, VOID } from '../core/types.ts';
import { AGGREGATES } from './aggregates.ts';
import { functionNames, isGenerator, scalarFunction } from './catalogue.ts';
import { castTo, condition, unified } from './coercion.ts';
import { Complaint } from './complaint.ts';
import type { Expression, Variable } from './expression.ts';
import type { CallSite } from './function-spec.ts';
import { operatorSite } from './function-spec.ts';
import { refusalOf } from './functions/refused.ts';
import { regexMatch } from './functions/regex.ts';
import { likeBuild } from './functions/string-search.ts';
import { concatenation } from './functions/strings.ts';
import { subscript } from './element.ts';
import { affirmation, arithmetic, comparison, inList, negation, not } from './operators.ts';
import type { Scope } from './scope.ts';
import { columnNamed, isQualifier, member, unknownColumn } from './scope.ts';
import type {
  BinarySyntax,
  CallSyntax,
  CaseSyntax,
  Identifier,
  IsSyntax,
  LambdaSyntax,
  LikeSyntax,
  NameSyntax,
  Syntax,
} from './syntax.ts';

/** What only an aggregate may be called with; null when there is none. */
function aggregatePart({ distinct, filter, orders, ignoresNulls }: CallSyntax): string | null {
  if (distinct) return 'distinct';
  if (filter !== null) return 'filter (where …)';
  if (orders !== undefined) return 'within group (order by …)';
  return ignoresNulls === true ? 'ignore nulls' : null;
}

/**
 * Turns what was written into typed expressions over a scope. Aggregates and generators are refused here: who allows them meets them before
 * (`GroupedAnalyzer`, `analyzeItems`). Every method throws complaints.
 */
export class Analyzer {
  readonly source: Located<string>;
  readonly scope: Scope;
  /** Parameters of the lambdas around the place that is being analysed, the innermost last. */
  readonly variables: Variable[] = [];
  private nextVariable = 0;

  constructor(source: Located<string>, scope: Scope) {
    this.source = source;
    this.scope = scope;
  }

  spanOf({ start, end }: { readonly start: number; readonly end: number }): Span {
    return spanWithin(this.source.span, start, end - start);
  }

  analyze(syntax: Syntax): Expression {
    const span = this.spanOf(syntax);
    switch (syntax.kind) {
      case 'literal':
        return { kind: 'literal', value: syntax.value, type: syntax.type, span };
      case 'name':
        return this.name(syntax);
      case 'star':
        throw new Complaint(
          'INVALID_USAGE_OF_STAR_OR_REGEX',
          span,
          '`*` stands alone in a select list, or in count(*)',
        );
      case 'unary':
        return this.unary(syntax.operator, syntax.operand, span);
      case 'binary':
        return this.binary(syntax, span);
      case 'is':
        return this.is(syntax, span);
      case 'in':
        return this.negated(
          syntax.negated,
          inList(
            this.analyze(syntax.operand),
            syntax.list.map((item) => this.analyze(item)),
            span,
          ),
        );
      case 'between': {
        const operand = this.analyze(syntax.operand);
        const left = comparison('>=', operand, this.analyze(syntax.low), span);
        const right = comparison('<=', operand, this.analyze(syntax.high), span);
        return this.negated(syntax.negated, { kind: 'and', left, right, type: BOOLEAN, span });
      }
      case 'like':
        return this.like(syntax, span);
      case 'case':
        return this.caseWhen(syntax, span);
      case 'cast':
        return castTo(this.analyze(syntax.operand), syntax.type, syntax.attempt, span);
      case 'element':
        return subscript(this.analyze(syntax.operand), this.analyze(syntax.key), { name: 'element', span });
      case 'member':
        return member(this.analyze(syntax.operand), syntax.name.name, span, this.spanOf(syntax.name));
      case 'lambda':
        throw new Complaint(
          'INVALID_LAMBDA_FUNCTION_CALL',
          span,
          '`->` stands only in arguments of functions such as transform',
        );
      case 'call':
        return this.call(syntax);
    }
  }

  /** A column, a parameter of a lambda, or a field within one. */
  protected name(syntax: NameSyntax): Expression {
    const { parts } = syntax;
    const [first, second] = parts;
    const variable = this.variables.findLast((v) => v.name.toLowerCase() === first.name.toLowerCase());
    if (variable !== undefined) return this.members({ ...variable, span: this.spanOf(first) }, parts, 1);
    if (second !== undefined && isQualifier(this.scope, first.name)) {
      const span = this.spanOf({ start: first.start, end: second.end });
      const qualified = columnNamed(this.scope, second.name, span);
      if (qualified !== null) return this.members(qualified, parts, 2);
    }
    const column = columnNamed(this.scope, first.name, this.spanOf(first));
    if (column !== null) return this.members(column, parts, 1);
    const unknown = second !== undefined && isQualifier(this.scope, first.name) ? second : first;
    throw this.unknown(unknown);
  }

  protected unknown(name: Identifier): Complaint {
    return unknownColumn(this.scope, name.name, this.spanOf(name));
  }

  /** The fields that the parts from `from` on name. */
  protected members(operand: Expression, parts: readonly Identifier[], from: number): Expression {
    const { start } = parts[0];
    return parts
      .slice(from)
      .reduce(
        (inner, part) => member(inner, part.name, this.spanOf({ start, end: part.end }), this.spanOf(part)),
        operand,
      );
  }

  protected call(syntax: CallSyntax): Expression {
    const name = syntax.name.name.toLowerCase();
    const nameSpan = this.spanOf(syntax.name);
    const spec = scalarFunction(name);
    if (spec === undefined) throw this.unknownFunction(name, nameSpan);
    const part = aggregatePart(syntax);
    if (part !== null) {
      throw new Complaint(
        'INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX',
        nameSpan,
        `\`${name}\` is no aggregate, so it takes no ${part}`,
      );
    }
    const analyzed = new Map<number, Expression>();
    const site: CallSite = {
      name: spec.name,
      signature: spec.signature,
      span: this.spanOf(syntax),
      count: syntax.operands.length,
      operand: (index) => {
        const operand = analyzed.get(index) ?? this.analyze(syntax.operands[index]);
        analyzed.set(index, operand);
        return operand;
      },
      lambda: (index, parameters) => this.lambda(syntax.operands[index], parameters, spec.signature),
    };
    return spec.build(site);
  }

  private unknownFunction(name: string, span: Span): Complaint {
    if (AGGREGATES.has(name)) return this.aggregateRefused(name, span);
    if (isGenerator(name)) {
      return new Complaint(
        'UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS',
        span,
        `\`${name}\` stands only at the top of a select item`,
      );
    }
    if (name === 'window') {
      const message = '`window` stands alone: as a group, or as a select item';
      const remedy = 'make it a column of its own; its parts are then `window.start` and `window.end`';
      return new Complaint('MILLRACE_NOT_YET', span, message, remedy);
    }
    if (name === 'session_window') {
      const message = '`session_window` is not available in this version';
      return new Complaint('MILLRACE_NOT_YET', span, message, 'use `window`, whose windows have a fixed length');
    }
    const refusal = refusalOf(name);
    if (refusal !== null) {
      const message = `\`${name}\` is not available: ${refusal.reason}`;
      return new Complaint('UNSUPPORTED_FEATURE', span, message, refusal.remedy);
    }
    const near = closest(name, functionNames());
    const remedy = near === null ? '`millrace list functions` shows all' : `did you mean \`${near}\`?`;
    return new Complaint('UNRESOLVED_ROUTINE', span, `no function \`${name}\``, remedy);
  }

  protected aggregateRefused(name: string, span: Span): Complaint {
    const remedy = 'aggregates stand in `aggregate`, `having` or `select` of a view with groupBy';
    return new Complaint('MISSING_GROUP_BY', span, `the aggregate \`${name}\` needs a groupBy`, remedy);
  }

  private lambda(syntax: Syntax, types: readonly DataType[], signature: string): Expression {
    const span = this.spanOf(syntax);
    if (syntax.kind !== 'lambda') {
      throw new Complaint(
        'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE',
        span,
        'a function `x -> …` is needed here',
        `the function is ${signature}`,
      );
    }
    if (syntax.parameters.length > types.length) {
      const message = `the function gets ${types.length} value${types.length === 1 ? '' : 's'}, not ${syntax.parameters.length}`;
      throw new Complaint(
        'INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH',
        span,
        message,
        `the function is ${signature}`,
      );
    }
    return this.withParameters(syntax, types, span);
  }

  private withParameters(syntax: LambdaSyntax, types: readonly DataType[], span: Span): Expression {
    const parameters = syntax.parameters.map((p, i): Variable => ({
      kind: 'variable',
      id: this.nextVariable++,
      name: p.name,
      type: types[i],
      span: this.spanOf(p),
    }));
    this.variables.push(...parameters);
    try {
      const body = this.analyze(syntax.body);
      return { kind: 'lambda', parameters, body, type: body.type, span };
    } finally {
      this.variables.length -= parameters.length;
    }
  }

  private unary(operator: 'not' | '-' | '+' | '~', operand: Syntax, span: Span): Expression {
    const value = this.analyze(operand);
    switch (operator) {
      case 'not':
        return not(condition(value, '`not`'), span);
      case '-':
        return negation(value, span);
      case '+':
        return affirmation(value);
      case '~':
        return arithmetic('^', value, { kind: 'literal', value: -1, type: { kind: 'tinyint' }, span }, span);
    }
  }

  private binary({ operator, left, right }: BinarySyntax, span: Span): Expression {
    switch (operator) {
      case 'and':
      case 'or': {
        const a = condition(this.analyze(left), `\`${operator}\``);
        const b = condition(this.analyze(right), `\`${operator}\``);
        return { kind: operator, left: a, right: b, type: BOOLEAN, span };
      }
      case '||': {
        return concatenation(operatorSite('||', 'a || b', [this.analyze(left), this.analyze(right)], span));
      }
      case '<>':
        return not(comparison('=', this.analyze(left), this.analyze(right), span), span);
      case '=':
      case '<':
      case '<=':
      case '>':
      case '>=':
      case '<=>':
        return comparison(operator, this.analyze(left), this.analyze(right), span);
      default:
        return arithmetic(operator, this.analyze(left), this.analyze(right), span);
    }
  }

  private is({ operand, what, negated }: IsSyntax, span: Span): Expression {
    const value = this.analyze(operand);
    if (what === 'null') return this.negated(negated, { kind: 'isNull', operand: value, type: BOOLEAN, span });
    const wanted: Expression = { kind: 'literal', value: what === 'true', type: BOOLEAN, span };
    return this.negated(negated, comparison('<=>', condition(value, `\`is ${what}\``), wanted, span));
  }

  private like({ operator, operand, pattern, escape, negated }: LikeSyntax, span: Span): Expression {
    const operands = [this.analyze(operand), this.analyze(pattern)];
    const build = operator === 'rlike' ? regexMatch : likeBuild(escape, operator === 'ilike');
    const name = escape === '\\' ? operator : `${operator}_escape_${escape}`;
    return this.negated(negated, build(operatorSite(name, `text ${operator} pattern`, operands, span)));
  }

  private caseWhen({ operand, branches, otherwise }: CaseSyntax, span: Span): Expression {
    const subject = operand === null ? null : this.analyze(operand);
    const conditions = branches.map(({ when }) => {
      const value = this.analyze(when);
      return subject === null ? condition(value, '`when`') : comparison('=', subject, value, value.span);
    });
    const nothing: Expression = { kind: 'literal', value: null, type: VOID, span };
    const results = [
      ...branches.map(({ then }) => this.analyze(then)),
      otherwise === null ? nothing : this.analyze(otherwise),
    ];
    const values = unified(results, '`case`');
    return {
      kind: 'case',
      branches: conditions.map((when, i) => ({ when, then: values[i] })),
      otherwise: values[values.length - 1],
      type: values[0].type,
      span,
    };
  }

  private negated(negated: boolean, expression: Expression): Expression {
    return negated ? not(expression, expression.span) : expression;
  }
}

import { decimalText } from '../core/decimal.ts';
import { typeName } from '../core/types.ts';
import type { CallSyntax, LiteralSyntax, Syntax } from './syntax.ts';
import { intervalText } from '../core/interval.ts';
import { dateText, timestampText } from './time-text.ts';

/** The name that Spark gives a select item without an alias: the column's own, else the expression in Spark's writing. */
export function defaultName(syntax: Syntax): string {
  return syntax.kind === 'name' ? syntax.parts[syntax.parts.length - 1].name : rendered(syntax);
}

const names = (list: readonly Syntax[]): string => list.map(rendered).join(', ');

/** Functions whose names Spark writes in capitals. */
const CAPITAL = /^(ceil|floor|power|exp|log10|log2|cbrt|sqrt|sin|cos|tan|degrees|radians|rlike)$/;

/** Functions named after a type, which Spark leaves out of a name. */
const CASTS = /^(boolean|tinyint|smallint|int|bigint|float|double|decimal|string|binary|date|timestamp)$/;

function rendered(syntax: Syntax): string {
  switch (syntax.kind) {
    case 'literal':
      return literal(syntax);
    case 'name':
      return syntax.parts.map((part) => part.name).join('.');
    case 'star':
      return [...syntax.parts.map((part) => part.name), '*'].join('.');
    case 'unary':
      if (syntax.operator === 'not') return `(NOT ${rendered(syntax.operand)})`;
      return `(${syntax.operator} ${rendered(syntax.operand)})`;
    case 'binary':
      return binary(syntax.operator, rendered(syntax.left), rendered(syntax.right));
    case 'is': {
      const operand = rendered(syntax.operand);
      if (syntax.what === 'null') return `(${operand} IS ${syntax.negated ? 'NOT ' : ''}NULL)`;
      const test = `(${operand} <=> ${syntax.what})`;
      return syntax.negated ? `(NOT ${test})` : test;
    }
    case 'in':
      return negated(syntax.negated, `(${rendered(syntax.operand)} IN (${names(syntax.list)}))`);
    case 'between':
      return negated(syntax.negated, `between(${names([syntax.operand, syntax.low, syntax.high])})`);
    case 'like': {
      const [operand, pattern] = [rendered(syntax.operand), rendered(syntax.pattern)];
      if (syntax.operator === 'rlike') return negated(syntax.negated, `RLIKE(${operand}, ${pattern})`);
      if (syntax.operator === 'ilike') return negated(syntax.negated, `ilike(${operand}, ${pattern})`);
      return negated(syntax.negated, `${operand} LIKE ${pattern}`);
    }
    case 'case': {
      const branches = syntax.branches.map((b) => {
        const when =
          syntax.operand === null ? rendered(b.when) : binary('=', rendered(syntax.operand), rendered(b.when));
        return ` WHEN ${when} THEN ${rendered(b.then)}`;
      });
      const otherwise = syntax.otherwise === null ? '' : ` ELSE ${rendered(syntax.otherwise)}`;
      return `CASE${branches.join('')}${otherwise} END`;
    }
    case 'cast':
      return `${syntax.attempt ? 'TRY_CAST' : 'CAST'}(${rendered(syntax.operand)} AS ${typeName(syntax.type).toUpperCase()})`;
    case 'lambda': {
      const parameters = syntax.parameters.map((p) => `namedlambdavariable(${p.name})`);
      return `lambdafunction(${[rendered(syntax.body), ...parameters].join(', ')})`;
    }
    case 'element':
      return `${rendered(syntax.operand)}[${rendered(syntax.key)}]`;
    case 'member':
      return `${rendered(syntax.operand)}.${syntax.name.name}`;
    case 'call': {
      const filter = syntax.filter === null ? '' : ` FILTER (WHERE ${rendered(syntax.filter)})`;
      return `${callName(syntax.name.name, syntax.operands, syntax.distinct)}${withinGroup(syntax)}${filter}`;
    }
  }
}

/** Aggregates that Spark shows in another way than they are written: with arguments that were left out, or without a flag. */
const AGGREGATE_NAMES: Readonly<Record<string, (operands: readonly string[]) => string>> = {
  array_agg: ([x]) => `collect_list(${x})`,
  first: ([x]) => `first(${x})`,
  first_value: ([x]) => `first_value(${x})`,
  any_value: ([x]) => `any_value(${x})`,
  last: ([x]) => `last(${x})`,
  last_value: ([x]) => `last_value(${x})`,
  percentile: ([x, percentage, frequency = '1']) => `percentile(${x}, ${percentage}, ${frequency})`,
  approx_percentile: ([x, percentage, accuracy = '10000']) => `approx_percentile(${x}, ${percentage}, ${accuracy})`,
  percentile_approx: ([x, percentage, accuracy = '10000']) => `percentile_approx(${x}, ${percentage}, ${accuracy})`,
  approx_count_distinct: ([x]) => `approx_count_distinct(${x})`,
  listagg: ([x, delimiter = 'NULL']) => `listagg(${x}, ${delimiter})`,
  string_agg: ([x, delimiter = 'NULL']) => `string_agg(${x}, ${delimiter})`,
};

function withinGroup({ name, orders = [] }: CallSyntax): string {
  if (orders.length === 0) return '';
  const isText = /^(listagg|string_agg)$/i.test(name.name);
  // The order of a mode is shown turned round.
  const turned = name.name.toLowerCase() === 'mode';
  const keys = orders.map(({ key, descending, nullsFirst }) => {
    const down = descending !== turned;
    if (!isText) return `${rendered(key)}${down ? ' DESC' : ''}`;
    return `${rendered(key)} ${down ? 'DESC' : 'ASC'} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`;
  });
  return ` WITHIN GROUP (ORDER BY ${keys.join(', ')})`;
}

function callName(name: string, operands: readonly Syntax[], distinct: boolean): string {
  const lower = name.toLowerCase();
  if (lower === 'count' && operands.length === 1 && operands[0].kind === 'star') return 'count(1)';
  if (lower === 'window') return lower;
  if (lower === 'extract' && operands.length === 2) return `extract(${operands.map(rendered).join(' FROM ')})`;
  const aggregate = AGGREGATE_NAMES[lower]?.(operands.map(rendered));
  if (aggregate !== undefined) return distinct ? aggregate.replace('(', '(DISTINCT ') : aggregate;
  if (/^[<>]+$/.test(name)) return binary(name, rendered(operands[0]), rendered(operands[1]));
  if (CASTS.test(lower) && operands.length === 1) return rendered(operands[0]);
  if (lower === 'if') return `(IF(${names(operands)}))`;
  const shown = CAPITAL.test(lower) ? name.toUpperCase() : lower;
  return `${shown}(${distinct ? 'DISTINCT ' : ''}${names(operands)})`;
}

function binary(operator: string, left: string, right: string): string {
  switch (operator) {
    case '<>':
      return `(NOT (${left} = ${right}))`;
    case '||':
      return `concat(${left}, ${right})`;
    case 'and':
    case 'or':
      return `(${left} ${operator.toUpperCase()} ${right})`;
    default:
      return `(${left} ${operator} ${right})`;
  }
}

const negated = (not: boolean, text: string): string => (not ? `(NOT ${text})` : text);

function literal({ value, type }: LiteralSyntax): string {
  if (value === null) return 'NULL';
  switch (type.kind) {
    case 'date':
      return `DATE '${dateText(Number(value))}'`;
    case 'timestamp':
      return `TIMESTAMP '${timestampText(Number(value))}'`;
    case 'interval':
    case 'yearMonthInterval':
      return intervalText(Number(value), type);
    case 'binary':
      return `X'${Buffer.from(value as Uint8Array)
        .toString('hex')
        .toUpperCase()}'`;
    case 'decimal':
      return decimalText(value as bigint, type.scale);
    case 'double':
      return Number.isInteger(value) ? `${String(value)}.0` : String(value);
    default:
      return String(value);
  }
}

import type { Span } from '../core/diagnostic.ts';
import { durationText } from '../core/duration.ts';
import { decimalText } from '../core/decimal.ts';
import type { DataType, DecimalType, Field, Value } from '../core/types.ts';
import { sameType, typeName } from '../core/types.ts';
import { narrowest } from './decimal.ts';
import { intervalText } from '../core/interval.ts';
import { dateText, timestampText } from './time-text.ts';
import type { WindowParameters } from './time-windows.ts';

/** A typed expression whose names are resolved to positions and whose conversions are explicit. Every node knows its place in the user's file. */
export type Expression =
  | Literal
  | ColumnReference
  | Variable
  | FieldAccess
  | Logic
  | IsNull
  | InList
  | Call
  | Cast
  | Case
  | Coalesce
  | BatchTime
  | Lambda
  | Generator
  | TimeWindow;

interface Node {
  readonly type: DataType;
  readonly span: Span;
}

export interface Literal extends Node {
  readonly kind: 'literal';
  readonly value: Value;
  /** It came from a cast: its type is as wanted, whatever its digits would do with. */
  readonly isCast?: true;
}
/** A column of the input row. */
export interface ColumnReference extends Node {
  readonly kind: 'column';
  readonly index: number;
  readonly name: string;
}
/** A parameter of the lambda around it; `id` is unique within one expression. */
export interface Variable extends Node {
  readonly kind: 'variable';
  readonly id: number;
  readonly name: string;
}
export interface FieldAccess extends Node {
  readonly kind: 'field';
  readonly operand: Expression;
  readonly index: number;
  readonly name: string;
}
/** Three-valued AND and OR; the right side is not evaluated where the left one decides. */
export interface Logic extends Node {
  readonly kind: 'and' | 'or';
  readonly left: Expression;
  readonly right: Expression;
}
export interface IsNull extends Node {
  readonly kind: 'isNull';
  readonly operand: Expression;
}
/** `operand in (list)` with strings, numbers, booleans or nulls as the list. Other lists are comparisons joined by OR. */
export interface InList extends Node {
  readonly kind: 'in';
  readonly operand: Expression;
  readonly list: readonly Literal[];
}
/** A function or an operator. */
export interface Call extends Node {
  readonly kind: 'call';
  readonly name: string;
  readonly operands: readonly Expression[];
  readonly evaluate: Evaluate;
  /** `strict`: any null operand makes the result null, and what stands right of it is not evaluated. `passed`: the function sees nulls. */
  readonly nulls: 'strict' | 'passed';
  /** JavaScript for the same as `evaluate`, given code for the operands without side effects; only for strict calls that never give null. */
  readonly inline: ((...operands: string[]) => string) | null;
}
/** Converts as CAST does, or, with `attempt`, as TRY_CAST: null in place of an error. */
export interface Cast extends Node {
  readonly kind: 'cast';
  readonly operand: Expression;
  readonly attempt: boolean;
}
export interface Case extends Node {
  readonly kind: 'case';
  readonly branches: readonly { readonly when: Expression; readonly then: Expression }[];
  readonly otherwise: Expression;
}
/** The first operand that is not null; those behind it are not evaluated. */
export interface Coalesce extends Node {
  readonly kind: 'coalesce';
  readonly operands: readonly Expression[];
}
/** The time of the batch: a timestamp. */
export interface BatchTime extends Node {
  readonly kind: 'batchTime';
}
/** An operand of a higher-order function, which gets it as a JavaScript function. Its type is that of the body. */
export interface Lambda extends Node {
  readonly kind: 'lambda';
  readonly parameters: readonly Variable[];
  readonly body: Expression;
}
/** Makes one row per element of its argument, an array or a map. Stands at the top of a select item only. */
export interface Generator extends Node {
  readonly kind: 'generator';
  readonly function: 'explode' | 'explode_outer' | 'posexplode' | 'posexplode_outer' | 'inline' | 'inline_outer';
  readonly argument: Expression;
  /** The columns it makes: the element, or key and value of a map, with the position before them for posexplode, or the fields of the structs for inline. */
  readonly outputs: Field[];
}

/** The windows that a time falls into; one row becomes one for each of them. Stands at the top of a group or of a select item only. */
export interface TimeWindow extends Node, WindowParameters {
  readonly kind: 'window';
  /** A timestamp; rows without it are in no window. */
  readonly time: Expression;
}

/** The body of a function: takes values (never null in a strict call) or, for a lambda operand, a function; gives a value. */
export type Evaluate = (...operands: never[]) => Value;
export type Operand = Value | ((...operands: Value[]) => Value);
export type Apply = (...operands: Operand[]) => Value;

/** The expressions that an expression is made of, in the order of evaluation. */
export function operandsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'literal':
    case 'column':
    case 'variable':
    case 'batchTime':
      return [];
    case 'and':
    case 'or':
      return [expression.left, expression.right];
    case 'field':
    case 'isNull':
    case 'cast':
      return [expression.operand];
    case 'in':
      return [expression.operand, ...expression.list];
    case 'call':
    case 'coalesce':
      return expression.operands;
    case 'case':
      return [...expression.branches.flatMap((b) => [b.when, b.then]), expression.otherwise];
    case 'lambda':
      return [expression.body];
    case 'generator':
      return [expression.argument];
    case 'window':
      return [expression.time];
  }
}

/** Positions of the input columns that the expressions read. */
export function usedColumns(expressions: Iterable<Expression>): Set<number> {
  const used = new Set<number>();
  const visit = (expression: Expression): void => {
    if (expression.kind === 'column') used.add(expression.index);
    else operandsOf(expression).forEach(visit);
  };
  for (const expression of expressions) visit(expression);
  return used;
}

/** Whether the expression has the same value for all rows and batches. */
export const isConstant = (expression: Expression): boolean =>
  !['column', 'variable', 'batchTime'].includes(expression.kind) && operandsOf(expression).every(isConstant);

/** Names of calls that are written between or before their operands. */
const OPERATOR = /^(=|<>|<=?|>=?|<=>|[-+*/%&|^]|div|\|\|)$/;

/** The expression in canonical form: over one input schema, equal texts mean equal meaning. */
export function expressionText(expression: Expression): string {
  const text = expressionText;
  switch (expression.kind) {
    case 'literal':
      return literalText(expression.value, expression.type);
    case 'column':
      return nameText(expression.name);
    case 'variable':
      return `${nameText(expression.name)}#${expression.id}`;
    case 'field':
      return `${text(expression.operand)}.${nameText(expression.name)}`;
    case 'and':
    case 'or':
      return `(${text(expression.left)} ${expression.kind} ${text(expression.right)})`;
    case 'isNull':
      return `(${text(expression.operand)} is null)`;
    case 'in':
      return `(${text(expression.operand)} in (${expression.list.map(text).join(', ')}))`;
    case 'call': {
      const operands = expression.operands.map(text);
      if (!OPERATOR.test(expression.name)) return `${expression.name}(${operands.join(', ')})`;
      return operands.length === 1
        ? `(${expression.name} ${operands[0]})`
        : `(${operands.join(` ${expression.name} `)})`;
    }
    case 'cast':
      return `${expression.attempt ? 'try_cast' : 'cast'}(${text(expression.operand)} as ${typeName(expression.type)})`;
    case 'case': {
      const branches = expression.branches.map((b) => ` when ${text(b.when)} then ${text(b.then)}`);
      return `case${branches.join('')} else ${text(expression.otherwise)} end`;
    }
    case 'coalesce':
      return `coalesce(${expression.operands.map(text).join(', ')})`;
    case 'batchTime':
      return 'current_timestamp()';
    case 'lambda':
      return `(${expression.parameters.map(text).join(', ')}) -> ${text(expression.body)}`;
    case 'generator':
      return `${expression.function}(${text(expression.argument)})`;
    case 'window':
      return windowText(expression);
  }
}

function windowText({ time, size, slide, offset, zone }: TimeWindow): string {
  const durations = [size, slide, offset].map((micros) => `'${durationText(micros)}'`);
  return `window(${[expressionText(time), ...durations, ...(zone === null ? [] : [`'${zone.id}'`])].join(', ')})`;
}

/** The name, in backticks unless it is a plain word. */
export const nameText = (name: string): string =>
  /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``;

/** A literal has the narrowest type that holds its digits. */
function decimalLiteral(value: bigint, type: DecimalType): string {
  const text = `${decimalText(value, type.scale)}BD`;
  return sameType(narrowest({ unscaled: value, scale: type.scale }), type)
    ? text
    : `cast(${text} as ${typeName(type)})`;
}

function literalText(value: Value, type: DataType): string {
  if (value === null) return type.kind === 'void' ? 'null' : `cast(null as ${typeName(type)})`;
  switch (type.kind) {
    case 'string':
      return `'${String(value).replace(/[\\']/g, '\\$&')}'`;
    case 'tinyint':
      return `${String(value)}Y`;
    case 'smallint':
      return `${String(value)}S`;
    case 'bigint':
      return `${String(value)}L`;
    case 'float':
      return `${Object.is(value, -0) ? '-0' : String(value)}F`;
    case 'double':
      return `${Object.is(value, -0) ? '-0' : String(value)}D`;
    case 'decimal':
      return decimalLiteral(value as bigint, type);
    case 'date':
      return `date '${dateText(Number(value))}'`;
    case 'timestamp':
      return `timestamp '${timestampText(Number(value))}'`;
    case 'interval':
    case 'yearMonthInterval':
      return intervalText(Number(value), type);
    case 'binary':
      return value instanceof Uint8Array ? `x'${Buffer.from(value).toString('hex')}'` : String(value);
    case 'array':
      return Array.isArray(value)
        ? `array(${value.map((v) => literalText(v, type.element)).join(', ')})`
        : String(value);
    case 'struct':
      return Array.isArray(value)
        ? `struct(${value.map((v, i) => `${literalText(v, type.fields[i].type)} as ${nameText(type.fields[i].name)}`).join(', ')})`
        : String(value);
    case 'map':
      return value instanceof Map
        ? `map(${[...value].map(([k, v]) => `${literalText(k, type.key)}, ${literalText(v, type.value)}`).join(', ')})`
        : String(value);
    default:
      return String(value);
  }
}

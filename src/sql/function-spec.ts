import type { Span } from '../core/diagnostic.ts';
import type { DataType } from '../core/types.ts';
import { arrayOf, typeName, VOID } from '../core/types.ts';
import { acceptable, coerced } from './coercion.ts';
import { Complaint } from './complaint.ts';
import type { Call, Evaluate, Expression } from './expression.ts';

export type Family =
  'strings' | 'numbers' | 'conditionals' | 'conversions' | 'collections' | 'time' | 'json' | 'hashes';

/** One scalar function: what the catalogue shows, and how a call of it becomes an expression. */
export interface FunctionSpec {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly family: Family;
  /** E.g. `substring(text string, position int [, length int]) -> string`. */
  readonly signature: string;
  readonly summary: string;
  /** The typed expression of one call. Throws a complaint when the operands do not fit. */
  readonly build: (site: CallSite) => Expression;
}

/** One call as it stands in a user's text. */
export interface CallSite {
  readonly name: string;
  readonly signature: string;
  readonly span: Span;
  /** How many operands there are. */
  readonly count: number;
  /** The operand at a position, which must not be a lambda. */
  operand(index: number): Expression;
  /** The operand at a position, which must be a lambda; its parameters get these types. It may have fewer parameters. */
  lambda(index: number, parameters: readonly DataType[]): Expression;
}

export const operandsAt = (site: CallSite): Expression[] =>
  Array.from({ length: site.count }, (_, index) => site.operand(index));

/** Complains unless there are between `least` and `most` operands. */
export function expectCount(site: CallSite, least: number, most: number = least): void {
  if (site.count >= least && site.count <= most) return;
  const range = least === most ? String(least) : most === Infinity ? `${least} or more` : `${least} to ${most}`;
  throw new Complaint(
    'WRONG_NUM_ARGS.WITHOUT_SUGGESTION',
    site.span,
    `\`${site.name}\` takes ${range} argument${range === '1' ? '' : 's'}, not ${site.count}`,
    `write ${site.signature.replace(/ -> .*$/, '')}`,
  );
}

/** The operand as a value of `type`. Throws DATATYPE_MISMATCH when it is something else. */
export function operandAs(site: CallSite, index: number, type: DataType): Expression {
  const operand = site.operand(index);
  if (!acceptable(operand.type, type)) throw unexpected(site, index, operand, typeName(type));
  return coerced(operand, type);
}

export function unexpected(site: CallSite, index: number, operand: Expression, expected: string): Complaint {
  return new Complaint(
    'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE',
    operand.span,
    `argument ${index + 1} of \`${site.name}\` must be ${expected}, this is ${typeName(operand.type)}`,
    `the function is ${site.signature}`,
  );
}

/** The operand, which must be an array, and the type of its elements. */
export function arrayOperand(site: CallSite, index = 0): { operand: Expression; element: DataType } {
  const operand = site.operand(index);
  if (operand.type.kind === 'void') return { operand: coerced(operand, arrayOf(VOID)), element: VOID };
  if (operand.type.kind !== 'array') throw unexpected(site, index, operand, 'an array');
  return { operand, element: operand.type.element };
}

export interface CallOptions {
  readonly nulls?: 'strict' | 'passed';
  readonly inline?: (...operands: string[]) => string;
}

/** The call of a function over operands that have their final types. */
export function call(
  site: { readonly name: string; readonly span: Span },
  operands: readonly Expression[],
  type: DataType,
  evaluate: Evaluate,
  options: CallOptions = {},
): Call {
  const { nulls = 'strict', inline = null } = options;
  return { kind: 'call', name: site.name, operands, type, span: site.span, evaluate, nulls, inline };
}

/**
 * The commonest kind of function: fixed types in, a fixed type out. The last `optional` parameters may be left out (the function then gets
 * undefined for them), and the last parameter may be given any number of times with `rest`.
 */
export function takes(
  parameters: readonly DataType[],
  result: DataType,
  evaluate: Evaluate,
  options: CallOptions & { readonly optional?: number; readonly rest?: boolean } = {},
): (site: CallSite) => Expression {
  const { optional = 0, rest = false } = options;
  return (site) => {
    expectCount(site, parameters.length - optional, rest ? Infinity : parameters.length);
    const operands = Array.from({ length: site.count }, (_, i) =>
      operandAs(site, i, parameters[Math.min(i, parameters.length - 1)]),
    );
    return call(site, operands, result, evaluate, options);
  };
}

/** The site of an operator or a predicate, which works like a function of its operands. */
export const operatorSite = (
  name: string,
  signature: string,
  operands: readonly Expression[],
  span: Span,
): CallSite => ({
  name,
  signature,
  span,
  count: operands.length,
  operand: (index) => operands[index],
  lambda: (index) => operands[index],
});

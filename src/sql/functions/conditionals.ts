import { BOOLEAN, DOUBLE } from '../../core/types.ts';
import { coerced, condition, unified } from '../coercion.ts';
import type { Expression } from '../expression.ts';
import { fail } from '../failure.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { call, expectCount, operandAs, operandsAt, takes } from '../function-spec.ts';
import { comparison, not } from '../operators.ts';
import { STRING, VOID } from '../../core/types.ts';

/** `coalesce` over operands of one type. */
function coalesce(site: CallSite): Expression {
  expectCount(site, 1, Infinity);
  const operands = unified(operandsAt(site), `\`${site.name}\``);
  return operands.length === 1 ? operands[0] : { kind: 'coalesce', operands, type: operands[0].type, span: site.span };
}

function ifNull(site: CallSite): Expression {
  expectCount(site, 2);
  return coalesce(site);
}

function choose(site: CallSite, when: Expression, then: Expression, otherwise: Expression): Expression {
  const [a, b] = unified([then, otherwise], `\`${site.name}\``);
  return { kind: 'case', branches: [{ when, then: a }], otherwise: b, type: a.type, span: site.span };
}

const isNull = (operand: Expression, site: CallSite): Expression => ({
  kind: 'isNull',
  operand,
  type: BOOLEAN,
  span: site.span,
});
const nothing = (site: CallSite): Expression => ({ kind: 'literal', value: null, type: VOID, span: site.span });

const family = 'conditionals';

export const CONDITIONALS: readonly FunctionSpec[] = [
  {
    name: 'coalesce',
    family,
    signature: 'coalesce(a, b, …) -> their common type',
    summary: 'the first value that is not null',
    build: coalesce,
  },
  {
    name: 'ifnull',
    aliases: ['nvl'],
    family,
    signature: 'ifnull(a, b) -> their common type',
    summary: 'a, or b where a is null',
    build: ifNull,
  },
  {
    name: 'nvl2',
    family,
    signature: 'nvl2(a, b, c) -> common type of b and c',
    summary: 'b where a is not null, else c',
    build: (site) => {
      expectCount(site, 3);
      return choose(site, not(isNull(site.operand(0), site), site.span), site.operand(1), site.operand(2));
    },
  },
  {
    name: 'nullif',
    family,
    signature: 'nullif(a, b) -> type of a',
    summary: 'null where a equals b, else a',
    build: (site) => {
      expectCount(site, 2);
      const [a, b] = operandsAt(site);
      return choose(site, comparison('=', a, b, site.span), nothing(site), a);
    },
  },
  {
    name: 'if',
    aliases: ['iff'],
    family,
    signature: 'if(condition boolean, a, b) -> common type of a and b',
    summary: 'a where the condition is true, else b',
    build: (site) => {
      expectCount(site, 3);
      return choose(site, condition(site.operand(0), `\`${site.name}\``), site.operand(1), site.operand(2));
    },
  },
  {
    name: 'isnull',
    family,
    signature: 'isnull(a) -> boolean',
    summary: 'whether a is null',
    build: (site) => {
      expectCount(site, 1);
      return isNull(site.operand(0), site);
    },
  },
  {
    name: 'isnotnull',
    family,
    signature: 'isnotnull(a) -> boolean',
    summary: 'whether a is not null',
    build: (site) => {
      expectCount(site, 1);
      return not(isNull(site.operand(0), site), site.span);
    },
  },
  {
    name: 'isnan',
    family,
    signature: 'isnan(x double) -> boolean',
    summary: 'whether x is NaN; false for null',
    build: (site) => {
      expectCount(site, 1);
      const operand = operandAs(site, 0, DOUBLE);
      return call(site, [operand], BOOLEAN, (value: number | null) => Number.isNaN(value), { nulls: 'passed' });
    },
  },
  {
    name: 'nanvl',
    family,
    signature: 'nanvl(x double, y double) -> double',
    summary: 'x, or y where x is NaN',
    build: takes([DOUBLE, DOUBLE], DOUBLE, (x: number, y: number) => (Number.isNaN(x) ? y : x)),
  },
  {
    name: 'raise_error',
    family,
    signature: 'raise_error(message string) -> null',
    summary: 'fails with the message; the error policy decides about the row',
    build: (site) => {
      expectCount(site, 1);
      return call(site, [coerced(site.operand(0), STRING)], VOID, (message: string) =>
        fail('USER_RAISED_EXCEPTION', message),
      );
    },
  },
];

import { BOOLEAN, DOUBLE, INT, STRING, typeName, VOID } from '../../core/types.ts';
import { condition, unified } from '../coercion.ts';
import type { Expression } from '../expression.ts';
import { expressionText } from '../expression.ts';
import { fail } from '../failure.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { call, expectCount, operandAs, operandsAt, takes } from '../function-spec.ts';
import { comparison, not } from '../operators.ts';

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

/** Null where the condition is true, else an error. */
function assertion(site: CallSite): Expression {
  expectCount(site, 1, 2);
  const holds = condition(site.operand(0), `\`${site.name}\``);
  const message: Expression =
    site.count === 2
      ? operandAs(site, 1, STRING)
      : { kind: 'literal', value: `'${expressionText(holds)}' is not true!`, type: STRING, span: site.span };
  const failure = call({ ...site, name: 'raise_error' }, [message], VOID, raise, { nulls: 'passed' });
  return choose(site, holds, nothing(site), failure);
}

const raise = (message: string | null): never => fail('USER_RAISED_EXCEPTION', message ?? 'null');

const zero = (site: CallSite): Expression => ({ kind: 'literal', value: 0, type: INT, span: site.span });

/** The name that Spark shows for a type, which has no spaces. */
const shownType = (site: CallSite): Expression => {
  expectCount(site, 1);
  const value = typeName(site.operand(0).type).replaceAll(': ', ':').replaceAll(', ', ',');
  return { kind: 'literal', value, type: STRING, span: site.span };
};

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
    name: 'nullifzero',
    family,
    signature: 'nullifzero(a) -> type of a',
    summary: 'null where a is 0, else a',
    build: (site) => {
      expectCount(site, 1);
      const operand = site.operand(0);
      return choose(site, comparison('=', operand, zero(site), site.span), nothing(site), operand);
    },
  },
  {
    name: 'zeroifnull',
    family,
    signature: 'zeroifnull(a) -> type of a',
    summary: '0 where a is null, else a',
    build: (site) => {
      expectCount(site, 1);
      const operands = unified([site.operand(0), zero(site)], `\`${site.name}\``);
      return { kind: 'coalesce', operands, type: operands[0].type, span: site.span };
    },
  },
  {
    name: 'equal_null',
    family,
    signature: 'equal_null(a, b) -> boolean',
    summary: 'a <=> b: whether they are equal, or both null',
    build: (site) => {
      expectCount(site, 2);
      return comparison('<=>', site.operand(0), site.operand(1), site.span);
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
    build: takes([DOUBLE, DOUBLE], DOUBLE, (x: number | null, y: number | null) => (Number.isNaN(x) ? y : x), {
      nulls: 'passed',
    }),
  },
  {
    name: 'raise_error',
    family,
    signature: 'raise_error(message string) -> null',
    summary: 'fails with the message; the error policy decides about the row',
    build: (site) => {
      expectCount(site, 1);
      return call(site, [operandAs(site, 0, STRING)], VOID, raise, { nulls: 'passed' });
    },
  },
  {
    name: 'assert_true',
    family,
    signature: 'assert_true(condition boolean [, message string]) -> null',
    summary: 'null where the condition is true, else it fails like raise_error',
    build: assertion,
  },
  {
    name: 'typeof',
    family,
    signature: 'typeof(a) -> string',
    summary: 'the name of the type of a',
    build: shownType,
  },
];

import type { EvaluationContext } from '../core/operator.ts';
import type { Row, Value } from '../core/types.ts';
import type { AggregateCall } from './aggregates/aggregate-call.ts';
import type { Backend, BufferUpdate, Predicate, ValueFunction } from './backend.ts';
import { castFunction, isIdentity } from './conversion.ts';
import type { Apply, Call, Expression, Lambda, Operand } from './expression.ts';

/** Evaluation by closures, one per node of the expression. */
export const interpreted: Backend = {
  row(expressions) {
    const values = expressions.map((expression) => valueOf(expression));
    return (row, context) => {
      const result: Row = [];
      for (let i = 0; i < values.length; i++) result.push(values[i](row, context));
      return result;
    };
  },
  value: (expression) => valueOf(expression),
  predicate: conditionOf,
  update: updateOf,
};

/** Values of lambda parameters by their ids; one per evaluated expression, as no two evaluations of it overlap. */
type Variables = Value[];

/** Conjuncts are evaluated one by one, and the first that is not true decides. */
function conditionOf(expression: Expression): Predicate {
  if (expression.kind === 'and') {
    const left = conditionOf(expression.left);
    const right = conditionOf(expression.right);
    return (row, context) => left(row, context) && right(row, context);
  }
  const value = valueOf(expression);
  return (row, context) => value(row, context) === true;
}

function valueOf(expression: Expression, variables: Variables = []): ValueFunction {
  switch (expression.kind) {
    case 'literal': {
      const { value } = expression;
      return () => value;
    }
    case 'column': {
      const { index } = expression;
      return (row) => row[index];
    }
    case 'variable': {
      const { id } = expression;
      return () => variables[id];
    }
    case 'batchTime':
      return (_, context) => context.batchTime;
    case 'field': {
      const operand = valueOf(expression.operand, variables);
      const { index } = expression;
      return (row, context) => {
        const struct = operand(row, context);
        return struct === null ? null : (struct as Value[])[index];
      };
    }
    case 'and':
    case 'or': {
      const decisive = expression.kind === 'or';
      const left = valueOf(expression.left, variables);
      const right = valueOf(expression.right, variables);
      return (row, context) => {
        const a = left(row, context);
        if (a === decisive) return a;
        const b = right(row, context);
        if (b === decisive) return b;
        return a === null || b === null ? null : !decisive;
      };
    }
    case 'isNull': {
      const operand = valueOf(expression.operand, variables);
      return (row, context) => operand(row, context) === null;
    }
    case 'in': {
      const operand = valueOf(expression.operand, variables);
      const { values, otherwise } = listOf(expression);
      return (row, context) => {
        const value = operand(row, context);
        return value === null ? null : values.has(value) ? true : otherwise;
      };
    }
    case 'cast': {
      const operand = valueOf(expression.operand, variables);
      if (isIdentity(expression.operand.type, expression.type)) return operand;
      const cast = castFunction(expression.operand.type, expression.type, expression.attempt);
      return (row, context) => {
        const value = operand(row, context);
        return value === null ? null : cast(value);
      };
    }
    case 'case': {
      const branches = expression.branches.map((b) => ({
        when: valueOf(b.when, variables),
        then: valueOf(b.then, variables),
      }));
      const otherwise = valueOf(expression.otherwise, variables);
      return (row, context) => {
        for (const { when, then } of branches) if (when(row, context) === true) return then(row, context);
        return otherwise(row, context);
      };
    }
    case 'coalesce': {
      const operands = expression.operands.map((operand) => valueOf(operand, variables));
      return (row, context) => {
        for (const operand of operands) {
          const value = operand(row, context);
          if (value !== null) return value;
        }
        return null;
      };
    }
    case 'generator':
      return valueOf(expression.argument, variables);
    case 'call':
      return callOf(expression, variables);
    case 'lambda':
    case 'window':
      throw new TypeError(`a ${expression.kind} is no value`);
  }
}

/** The values of an IN list, and the result for a value that is not among them. */
export function listOf({ list }: Extract<Expression, { kind: 'in' }>): { values: Set<Value>; otherwise: false | null } {
  const values = list.map((literal) => literal.value);
  return { values: new Set(values.filter((value) => value !== null)), otherwise: values.includes(null) ? null : false };
}

type OperandFunction = (row: Row, context: EvaluationContext) => Operand;

function callOf(call: Call, variables: Variables): ValueFunction {
  const operands = call.operands.map((o): OperandFunction =>
    o.kind === 'lambda' ? lambdaOf(o, variables) : valueOf(o, variables),
  );
  const apply = call.evaluate as Apply;
  const strict = call.nulls === 'strict';
  return (row, context) => {
    const values: Operand[] = [];
    for (const operand of operands) {
      const value = operand(row, context);
      if (value === null && strict) return null;
      values.push(value);
    }
    return apply(...values);
  };
}

function lambdaOf({ parameters, body }: Lambda, variables: Variables): OperandFunction {
  const value = valueOf(body, variables);
  const ids = parameters.map((parameter) => parameter.id);
  return (row, context) =>
    (...given) => {
      for (let i = 0; i < ids.length; i++) variables[ids[i]] = given[i];
      return value(row, context);
    };
}

function updateOf(calls: readonly AggregateCall[]): BufferUpdate {
  const updates = calls.map(({ operands, passesNull, filter, slots }) => ({
    operands: operands.map((operand) => valueOf(operand)),
    passesNull,
    counts: filter === null ? null : conditionOf(filter),
    slots: slots.map(({ begin, take }) => ({
      begin: (begin ?? ((first) => first)) as (...values: Value[]) => Value,
      take: take as (slot: Value, ...values: Value[]) => Value,
    })),
  }));
  return (buffer, row, context) => {
    const next: Row = [];
    for (const { operands, passesNull, counts, slots } of updates) {
      let taken = counts === null || counts(row, context);
      const values: Value[] = [];
      for (let i = 0; i < operands.length && taken; i++) {
        values.push(operands[i](row, context));
        if (values[i] === null && !passesNull[i]) taken = false;
      }
      for (const { begin, take } of slots) {
        const before = buffer[next.length];
        next.push(!taken ? before : before === null ? begin(...values) : take(before, ...values));
      }
    }
    for (let i = 0; i < next.length; i++) buffer[i] = next[i];
  };
}

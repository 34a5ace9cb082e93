import type { DataType, Value } from '../../core/types.ts';
import { arrayOf, BOOLEAN, INT, typeName } from '../../core/types.ts';
import { coerced, commonType, condition } from '../coercion.ts';
import { Complaint } from '../complaint.ts';
import type { Evaluate, Expression } from '../expression.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { arrayOperand, call, expectCount } from '../function-spec.ts';

type Lambda1 = (element: Value, index: Value) => Value;

function transform(site: CallSite): Expression {
  expectCount(site, 2);
  const { operand, element } = arrayOperand(site);
  const body = site.lambda(1, [element, INT]);
  const apply = (values: Value[], f: Lambda1): Value => values.map((value, i) => f(value, i));
  return call(site, [operand, body], arrayOf(body.type), apply);
}

/** A higher-order function whose lambda is a condition. */
const overCondition =
  (result: (element: DataType) => DataType, apply: Evaluate) =>
  (site: CallSite): Expression => {
    expectCount(site, 2);
    const { operand, element } = arrayOperand(site);
    const body = condition(site.lambda(1, [element, INT]), `the condition of \`${site.name}\``);
    return call(site, [operand, body], result(element), apply);
  };

const filterArray = (values: Value[], f: Lambda1): Value => values.filter((value, i) => f(value, i) === true);

/** True when one is, null when none is and one is null. */
function existsIn(values: Value[], f: Lambda1): Value {
  let sawNull = false;
  for (let i = 0; i < values.length; i++) {
    const found = f(values[i], i);
    if (found === true) return true;
    if (found === null) sawNull = true;
  }
  return sawNull ? null : false;
}

/** False when one is, null when none is and one is null. */
function holdsForAll(values: Value[], f: Lambda1): Value {
  let sawNull = false;
  for (let i = 0; i < values.length; i++) {
    const holds = f(values[i], i);
    if (holds === false) return false;
    if (holds === null) sawNull = true;
  }
  return sawNull ? null : true;
}

function aggregate(site: CallSite): Expression {
  expectCount(site, 3, 4);
  const { operand, element } = arrayOperand(site);
  const start = site.operand(1);
  const merged = site.lambda(2, [start.type, element]);
  const type = commonType(start.type, merged.type);
  if (type === null || typeName(type) !== typeName(start.type)) {
    const remedy = `cast the start value to ${typeName(merged.type)}`;
    const message = `the start value is ${typeName(start.type)}, but the lambda gives ${typeName(merged.type)}`;
    throw new Complaint('DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE', start.span, message, remedy);
  }
  const finish = site.count === 4 ? [site.lambda(3, [type])] : [];
  const fold = (values: Value[], from: Value, merge: Lambda1, end?: (value: Value) => Value): Value => {
    const total = values.reduce<Value>((sum, value) => merge(sum, value), from);
    return end === undefined ? total : end(total);
  };
  const operands = [operand, start, coerced(merged, type), ...finish];
  // A null start is a legal start, a null array is not one.
  const guarded = (values: Value[] | null, from: Value, merge: Lambda1, end?: (value: Value) => Value): Value =>
    values === null ? null : fold(values, from, merge, end);
  return call(site, operands, finish[0]?.type ?? type, guarded, { nulls: 'passed' });
}

const family = 'collections';

/** Functions of arrays that take a function. */
export const HIGHER_ORDER: readonly FunctionSpec[] = [
  {
    name: 'transform',
    family,
    signature: 'transform(a array, x -> …) -> array',
    summary: 'the array of the results; (x, i) -> … gets the index too',
    build: transform,
  },
  {
    name: 'filter',
    family,
    signature: 'filter(a array, x -> boolean) -> array',
    summary: 'the elements for which the condition is true',
    build: overCondition(arrayOf, filterArray),
  },
  {
    name: 'exists',
    family,
    signature: 'exists(a array, x -> boolean) -> boolean',
    summary: 'whether the condition is true for one element',
    build: overCondition(() => BOOLEAN, existsIn),
  },
  {
    name: 'forall',
    family,
    signature: 'forall(a array, x -> boolean) -> boolean',
    summary: 'whether the condition is true for every element',
    build: overCondition(() => BOOLEAN, holdsForAll),
  },
  {
    name: 'aggregate',
    aliases: ['reduce'],
    family,
    signature: 'aggregate(a array, start, (sum, x) -> … [, sum -> …]) -> value',
    summary: 'one value out of all elements',
    build: aggregate,
  },
];

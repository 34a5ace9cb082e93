import type { DataType, Value } from '../../core/types.ts';
import { BOOLEAN, INT } from '../../core/types.ts';
import { nullsFirst } from '../comparison.ts';
import { Complaint } from '../complaint.ts';
import type { Expression } from '../expression.ts';
import { fail } from '../failure.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { arrayOperand, call, expectCount, operandAs, unexpected } from '../function-spec.ts';

/** The order of an array's elements, null before all others. Throws a complaint where they have none. */
export function elementOrder(site: CallSite, operand: Expression, element: DataType): (a: Value, b: Value) => number {
  const order = nullsFirst(element);
  if (order === null) throw unexpected(site, 0, operand, 'of values that can be compared');
  return order;
}

/** Ascending with nulls first, or descending with nulls last. */
function sortArray(site: CallSite): Expression {
  expectCount(site, 1, 2);
  const { operand, element } = arrayOperand(site);
  const order = elementOrder(site, operand, element);
  const ascending = site.count === 2 ? [operandAs(site, 1, BOOLEAN)] : [];
  const sort = (values: Value[], up = true): Value => values.toSorted((a, b) => (up ? order(a, b) : order(b, a)));
  return call(site, [operand, ...ascending], operand.type, sort);
}

/** Ascending with nulls last, or by a lambda that compares two elements. */
function arraySort(site: CallSite): Expression {
  expectCount(site, 1, 2);
  const { operand, element } = arrayOperand(site);
  if (site.count === 1) {
    const order = elementOrder(site, operand, element);
    const nullsLast = (a: Value, b: Value): number => (a === null || b === null ? -order(a, b) : order(a, b));
    return call(site, [operand], operand.type, (values: Value[]) => values.toSorted(nullsLast));
  }
  const comparator = site.lambda(1, [element, element]);
  if (comparator.type.kind !== INT.kind) {
    const message = 'the comparator gives an int: negative, zero or positive';
    throw new Complaint('DATATYPE_MISMATCH.UNEXPECTED_RETURN_TYPE', comparator.span, message, 'cast its result to int');
  }
  const sort = (values: Value[], compare: (a: Value, b: Value) => Value): Value =>
    values.toSorted((a, b) => {
      const result = compare(a, b);
      return result === null ? fail('COMPARATOR_RETURNS_NULL', 'the comparator gave null') : Number(result);
    });
  return call(site, [operand, comparator], operand.type, sort);
}

const extremeOf =
  (sign: 1 | -1) =>
  (site: CallSite): Expression => {
    expectCount(site, 1);
    const { operand, element } = arrayOperand(site);
    const order = elementOrder(site, operand, element);
    const pick = (values: Value[]): Value =>
      values.reduce(
        (best, value) => (value !== null && (best === null || order(value, best) * sign > 0) ? value : best),
        null,
      );
    return call(site, [operand], element, pick);
  };

const family = 'collections';

/** Functions of arrays that depend on the order of their elements' values. */
export const ARRAY_ORDER: readonly FunctionSpec[] = [
  {
    name: 'sort_array',
    family,
    signature: 'sort_array(a array [, ascending boolean]) -> array',
    summary: 'the elements in order; nulls are the least',
    build: sortArray,
  },
  {
    name: 'array_sort',
    family,
    signature: 'array_sort(a array [, (x, y) -> int]) -> array',
    summary: 'the elements in order with nulls last, or as the function compares them',
    build: arraySort,
  },
  {
    name: 'array_max',
    family,
    signature: 'array_max(a array) -> element',
    summary: 'the largest element',
    build: extremeOf(1),
  },
  {
    name: 'array_min',
    family,
    signature: 'array_min(a array) -> element',
    summary: 'the least element',
    build: extremeOf(-1),
  },
];

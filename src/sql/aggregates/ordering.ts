import type { Value } from '../../core/types.ts';
import { typeName } from '../../core/types.ts';
import { comparatorOf } from '../comparison.ts';
import { Complaint } from '../complaint.ts';
import type { Expression } from '../expression.ts';
import { expressionText } from '../expression.ts';

/** One expression of `within group (order by …)`. */
export interface Ordering {
  readonly key: Expression;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export const orderingText = ({ key, descending, nullsFirst }: Ordering): string =>
  `${expressionText(key)} ${descending ? 'desc' : 'asc'} nulls ${nullsFirst ? 'first' : 'last'}`;

/** The order of arrays that have the keys from position `at` on. Throws a complaint for a key without an order. */
export function compareByKeys(orderings: readonly Ordering[], at: number): (a: Value[], b: Value[]) => number {
  const compares = orderings.map(compareKeys);
  return (a, b) => {
    for (let i = 0; i < compares.length; i++) {
      const order = compares[i](a[at + i], b[at + i]);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function compareKeys({ key, descending, nullsFirst }: Ordering): (a: Value, b: Value) => number {
  const compare = comparatorOf(key.type) as ((a: Value, b: Value) => number) | null;
  if (compare === null) {
    const message = `values of type ${typeName(key.type)} have no order`;
    throw new Complaint('DATATYPE_MISMATCH.INVALID_ORDERING_TYPE', key.span, message, 'order by a part of it');
  }
  const sign = descending ? -1 : 1;
  const nulls = nullsFirst ? -1 : 1;
  return (a, b) => {
    if (a === null || b === null) return a === b ? 0 : a === null ? nulls : -nulls;
    return sign * compare(a, b);
  };
}

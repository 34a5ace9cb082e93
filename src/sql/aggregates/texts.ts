import type { DataType, Value } from '../../core/types.ts';
import { BINARY, field, STRING, structOf } from '../../core/types.ts';
import { Complaint } from '../complaint.ts';
import { expressionText } from '../expression.ts';
import type { Aggregation, AggregateSite, AggregateSpec, Slot } from './aggregate-call.ts';
import { slotOf } from './aggregate-call.ts';
import { listSlot } from './collections.ts';
import { elementsOf } from './growing-list.ts';
import { argumentAs, constantArgument } from './operands.ts';
import { compareByKeys } from './ordering.ts';

/** Texts are joined as they come, where they come in the wanted order; bytes, and what is to be ordered, in the end. */
function joined(site: AggregateSite): Aggregation {
  const type = site.operands[0].type.kind === 'binary' ? BINARY : STRING;
  const operand = argumentAs(site, 0, type);
  const delimiter = constantArgument(site, 1, type);
  const constants = site.operands.slice(1);
  if (site.orders.length > 0) return ordered(site, type, delimiter);
  const common = { operands: [operand], constants, type, commutative: false } as const;
  if (type.kind === 'string') {
    const between = String(delimiter ?? '');
    return { ...common, slots: [slotOf(STRING, (text: string, value: string) => text + between + value)] };
  }
  return {
    ...common,
    slots: [listSlot(type)],
    finish: (buffer, at) => (buffer[at] === null ? null : join(elementsOf(buffer[at]), delimiter)),
  };
}

function ordered(site: AggregateSite, type: DataType, delimiter: Value): Aggregation {
  const { orders, operands } = site;
  if (site.distinct && orders.some(({ key }) => expressionText(key) !== expressionText(operands[0]))) {
    const message = 'with `distinct` the order is that of the values themselves';
    const code = 'INVALID_WITHIN_GROUP_EXPRESSION.MISMATCH_WITH_DISTINCT_INPUT';
    throw new Complaint(code, orders[0].key.span, message, 'order by the first argument');
  }
  const compare = compareByKeys(orders, 1) as (a: Value, b: Value) => number;
  const keys = orders.map(({ key }) => key);
  const list = listSlot(structOf(field('value', type), ...keys.map((key, i) => field(`key${i}`, key.type))));
  const slot: Slot = {
    ...list,
    begin: (...values: Value[]) => [[values], 1],
    take: (rows: never, ...values: Value[]) => list.take(rows, values as never),
  };
  return {
    operands: [argumentAs(site, 0, type), ...keys],
    passesNull: [false, ...keys.map(() => true)],
    constants: operands.slice(1),
    type,
    slots: [slot],
    finish(buffer, at) {
      const rows = elementsOf(buffer[at]).sort(compare) as Value[][];
      return buffer[at] === null
        ? null
        : join(
            rows.map(([value]) => value),
            delimiter,
          );
    },
    // The sort is stable, so that rows with equal keys stay in their order.
    commutative: false,
  };
}

function join(values: readonly Value[], delimiter: Value): Value {
  if (typeof values[0] === 'string') return values.join(String(delimiter ?? ''));
  const between = (delimiter ?? new Uint8Array()) as Uint8Array;
  const parts = (values as Uint8Array[]).flatMap((part, i) => (i === 0 ? [part] : [between, part]));
  return new Uint8Array(Buffer.concat(parts));
}

/** Values joined to one. */
export const TEXTS: readonly AggregateSpec[] = [
  {
    name: 'listagg',
    aliases: ['string_agg'],
    signature: 'listagg(x string|binary[, delimiter]) [within group (order by …)] -> string|binary',
    summary: 'the values that are not null, joined by the delimiter, in this order or that of the rows',
    arguments: [1, 2],
    orders: [0, Infinity],
    distinct: 'drops',
    build: joined,
  },
];

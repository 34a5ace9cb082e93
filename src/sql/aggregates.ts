import type { Span } from '../core/diagnostic.ts';
import type { DataType, Value } from '../core/types.ts';
import { BIGINT, DOUBLE, typeName } from '../core/types.ts';
import { addLong, isInteger, isNumeric } from './arithmetic.ts';
import { coerced } from './coercion.ts';
import { comparatorOf } from './comparison.ts';
import { Complaint } from './complaint.ts';
import type { Expression } from './expression.ts';
import { expressionText, usedColumns } from './expression.ts';
import { inlineComparison } from './operators.ts';

/** One value of an aggregate's buffer, and how it takes up values. */
export interface Slot {
  readonly type: DataType;
  /** Null where the first value becomes the slot's value as it is. */
  readonly initial: 0 | null;
  /** The slot after a value; neither is null. */
  readonly take: (slot: never, value: never) => Value;
  /** JavaScript for `take`, given code without side effects. */
  readonly inline: ((slot: string, value: string) => string) | null;
  /** The slot after another slot of the same call; neither is null. */
  readonly merge: (slot: never, other: never) => Value;
}

/** One aggregate over the rows of a group. A row counts when the filter is true and no operand is null. */
export interface AggregateCall {
  /** Canonical text; equal texts mean equal meaning. */
  readonly text: string;
  readonly type: DataType;
  readonly span: Span;
  readonly name: string;
  /** Over the input's columns; none for `count(*)`. The slots take the first one's value. */
  readonly operands: readonly Expression[];
  readonly filter: Expression | null;
  readonly slots: readonly Slot[];
  /** The result, from the values of the slots at `at` and following. */
  readonly finish: (buffer: readonly Value[], at: number) => Value;
  /** True when the order of the rows does not matter, so that parts can be aggregated first and merged. */
  readonly commutative: boolean;
}

/** What a call of an aggregate function is made of, apart from its operands. */
interface Aggregation {
  readonly operands: readonly Expression[];
  readonly type: DataType;
  readonly slots: readonly Slot[];
  readonly finish?: AggregateCall['finish'];
}

interface AggregateSpec {
  readonly signature: string;
  readonly summary: string;
  readonly operands: readonly [number, number];
  readonly build: (operands: readonly Expression[], span: Span) => Aggregation;
}

const first = (buffer: readonly Value[], at: number): Value => buffer[at];

const COUNTER: Slot = {
  type: BIGINT,
  initial: 0,
  take: (count: number) => count + 1,
  inline: (count) => `${count} + 1`,
  merge: addLong,
};

const LONG_SUM: Slot = { type: BIGINT, initial: null, take: addLong, inline: null, merge: addLong };

const add = (a: number, b: number): number => a + b;
const DOUBLE_SUM: Slot = {
  type: DOUBLE,
  initial: null,
  take: add,
  inline: (sum, value) => `${sum} + ${value}`,
  merge: add,
};

const COUNT: AggregateSpec = {
  signature: 'count(*) | count(a, …) -> bigint',
  summary: 'number of rows, or of rows in which no argument is null',
  operands: [1, Infinity],
  build: (operands) => {
    // A literal is never null, so count(1) is count(*).
    const nullable = operands.filter((o) => o.kind !== 'literal' || o.value === null);
    return { operands: nullable, type: BIGINT, slots: [COUNTER] };
  },
};

function numeric(operand: Expression, name: string): Expression {
  if (isNumeric(operand.type)) return operand;
  if (operand.type.kind === 'string' || operand.type.kind === 'void') return coerced(operand, DOUBLE);
  const message = `\`${name}\` takes numbers, this is ${typeName(operand.type)}`;
  throw new Complaint('DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE', operand.span, message);
}

const SUM: AggregateSpec = {
  signature: 'sum(x number) -> bigint|double',
  summary: 'the sum of the values that are not null: a bigint of integers, a double of fractions',
  operands: [1, 1],
  build: ([operand]) => {
    const number = numeric(operand, 'sum');
    const slot = isInteger(number.type) ? LONG_SUM : DOUBLE_SUM;
    return { operands: [number], type: slot.type, slots: [slot] };
  },
};

const AVERAGE: AggregateSpec = {
  signature: 'avg(x number) -> double',
  summary: 'the mean of the values that are not null',
  operands: [1, 1],
  build: ([operand]) => ({
    operands: [coerced(numeric(operand, 'avg'), DOUBLE)],
    type: DOUBLE,
    slots: [DOUBLE_SUM, COUNTER],
    finish: (buffer, at) => (buffer[at] === null ? null : Number(buffer[at]) / Number(buffer[at + 1])),
  }),
};

function extreme(name: 'min' | 'max', summary: string): AggregateSpec {
  return {
    signature: `${name}(x) -> type of x`,
    summary,
    operands: [1, 1],
    build: ([operand]) => {
      const compare = comparatorOf(operand.type) as ((a: Value, b: Value) => number) | null;
      if (compare === null) {
        const message = `\`${name}\` takes values that can be compared, this is ${typeName(operand.type)}`;
        throw new Complaint('DATATYPE_MISMATCH.INVALID_ORDERING_TYPE', operand.span, message);
      }
      const sign = name === 'min' ? -1 : 1;
      const take = (best: Value, value: Value): Value => (compare(value, best) * sign > 0 ? value : best);
      const inline = inlineComparison(name === 'min' ? '<' : '>', operand.type);
      const choose =
        inline === null
          ? null
          : (best: string, value: string): string => `(${inline(value, best)} ? ${value} : ${best})`;
      return {
        operands: [operand],
        type: operand.type,
        slots: [{ type: operand.type, initial: null, take, inline: choose, merge: take }],
      };
    },
  };
}

/** The aggregate functions by name. */
export const AGGREGATES: ReadonlyMap<string, AggregateSpec> = new Map([
  ['count', COUNT],
  ['sum', SUM],
  ['avg', AVERAGE],
  ['mean', { ...AVERAGE, signature: 'mean(x number) -> double', summary: 'the same as avg' }],
  ['min', extreme('min', 'the least of the values that are not null')],
  ['max', extreme('max', 'the largest of the values that are not null')],
]);

const CANONICAL: Readonly<Record<string, string>> = { mean: 'avg' };

export interface AggregateSite {
  /** A name of AGGREGATES. */
  readonly name: string;
  readonly span: Span;
  readonly operands: readonly Expression[];
  readonly distinct: boolean;
  readonly filter: Expression | null;
}

/** The call of an aggregate function. Throws a complaint when its operands do not fit. */
export function aggregateCall(site: AggregateSite): AggregateCall {
  const spec = AGGREGATES.get(site.name);
  if (spec === undefined) throw new TypeError(`no aggregate function ${site.name}`);
  const [least, most] = spec.operands;
  if (site.operands.length < least || site.operands.length > most) {
    const message = `\`${site.name}\` takes ${least} argument${least === 1 ? '' : 's'}, not ${site.operands.length}`;
    throw new Complaint(
      'WRONG_NUM_ARGS.WITHOUT_SUGGESTION',
      site.span,
      message,
      `write ${spec.signature.replace(/ -> .*$/, '')}`,
    );
  }
  if (site.distinct && site.name !== 'min' && site.name !== 'max') {
    const message = `\`${site.name}(distinct …)\` is not supported yet`;
    const remedy = 'group by the value in a view of its own first, then aggregate that view';
    throw new Complaint('UNSUPPORTED_FEATURE', site.span, message, remedy);
  }
  const { operands, type, slots, finish = first } = spec.build(site.operands, site.span);
  const name = CANONICAL[site.name] ?? site.name;
  const inside = operands.length === 0 ? '*' : operands.map(expressionText).join(', ');
  const filter = site.filter === null ? '' : ` filter (where ${expressionText(site.filter)})`;
  const text = `${name}(${inside})${filter}`;
  return { text, type, span: site.span, name, operands, filter: site.filter, slots, finish, commutative: true };
}

/** Positions of the input columns that the calls read. */
export const usedColumnsOfCalls = (calls: Iterable<AggregateCall>): Set<number> =>
  usedColumns([...calls].flatMap((call) => (call.filter === null ? call.operands : [...call.operands, call.filter])));

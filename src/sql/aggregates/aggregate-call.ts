import type { Span } from '../../core/diagnostic.ts';
import type { DataType, Value } from '../../core/types.ts';
import type { Expression } from '../expression.ts';
import type { Ordering } from './ordering.ts';

/** One value of an aggregate's buffer, and how it takes up rows. It is replaced, never changed, so that buffers can share it. */
export interface Slot {
  readonly type: DataType;
  /** Null where the first row makes the slot's value. */
  readonly initial: 0 | null;
  /** The slot's value after its first row, given the operands; null where that is the first operand as it is. */
  readonly begin: ((...operands: never[]) => Value) | null;
  /** The slot after a row; it is not null any more. Never gives null. */
  readonly take: (slot: never, ...operands: never[]) => Value;
  /** JavaScript for `take`, given code without side effects. */
  readonly inline: ((slot: string, ...operands: string[]) => string) | null;
  /** The slot after the rows that `other` has taken up, which come behind its own; neither is null. */
  readonly merge: (slot: never, other: never) => Value;
}

/** What a call of an aggregate function is made of, apart from its filter. */
export interface Aggregation {
  /** Over the input's columns; none for `count(*)`. */
  readonly operands: readonly Expression[];
  /** For each operand: a row counts also when it is null. None where null is left out. */
  readonly passesNull?: readonly boolean[];
  /** Arguments that are the same for all rows; part of the call's text. */
  readonly constants?: readonly Expression[];
  readonly type: DataType;
  readonly slots: readonly Slot[];
  /** The value of the one slot where left out. */
  readonly finish?: Finish;
  /** False where the result depends on the order of the rows. */
  readonly commutative?: false;
}

/** The result, from the values of the slots at `at` and following. The value is the caller's to keep. */
export type Finish = (buffer: readonly Value[], at: number) => Value;

/** One aggregate over the rows of a group. A row counts when the filter is true and no operand that must not be null is. */
export interface AggregateCall {
  /** Canonical text; equal texts mean equal meaning. */
  readonly text: string;
  readonly type: DataType;
  readonly span: Span;
  readonly name: string;
  readonly operands: readonly Expression[];
  readonly passesNull: readonly boolean[];
  readonly filter: Expression | null;
  readonly slots: readonly Slot[];
  readonly finish: Finish;
  /** True when the order of the rows does not matter, so that parts can be aggregated first and merged. */
  readonly commutative: boolean;
}

/** Where an aggregate function is called, with what. */
export interface AggregateSite {
  /** A name of AGGREGATES. */
  readonly name: string;
  readonly span: Span;
  readonly operands: readonly Expression[];
  readonly distinct: boolean;
  readonly filter: Expression | null;
  /** `within group (order by …)`. */
  readonly orders: readonly Ordering[];
  readonly ignoresNulls: boolean;
}

export interface AggregateSpec {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly signature: string;
  readonly summary: string;
  /** The least and the largest number of arguments. */
  readonly arguments: readonly [number, number];
  /** The same of expressions in `within group (order by …)`; none where left out. */
  readonly orders?: readonly [number, number];
  /** Whether `ignore nulls` may follow. */
  readonly ignoresNulls?: true;
  /** What `distinct` does: drop repeated arguments, or nothing as the result is the same. */
  readonly distinct: 'drops' | 'changes nothing';
  /** Throws a complaint when the arguments do not fit. */
  readonly build: (site: AggregateSite) => Aggregation;
}

/** A slot that the first row fills with its first operand. */
export const slotOf = (type: DataType, take: Slot['take'], options: Partial<Slot> = {}): Slot => ({
  type,
  initial: null,
  begin: null,
  inline: null,
  merge: take,
  take,
  ...options,
});

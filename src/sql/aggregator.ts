import type { EvaluationContext } from '../core/operator.ts';
import type { DataType, Row, Value } from '../core/types.ts';
import type { AggregateCall } from './aggregates/aggregate-call.ts';
import type { Backend } from './backend.ts';

/** The running aggregates of one group, in a buffer that is kept as state. */
export interface Aggregator {
  /** Types of the buffer's columns. */
  readonly bufferTypes: readonly DataType[];
  /** A fresh buffer. */
  initial(): Row;
  /** Takes a row up, changing the buffer in place. A row that fails (EXPRESSION_FAILED) leaves it as it was. */
  update(buffer: Row, row: Row, context: EvaluationContext): void;
  /** Takes the buffer of a part up, changing `buffer` in place. */
  merge(buffer: Row, other: Row): void;
  /** Pushes one value per call onto `output`. */
  finish(buffer: Row, output: Row): void;
  /** True when parts can be aggregated first and merged. */
  readonly commutative: boolean;
}

/** The aggregator of the calls. */
export function makeAggregator(calls: readonly AggregateCall[], backend: Backend): Aggregator {
  const slots = calls.flatMap((call) => call.slots);
  const fresh: Row = slots.map((slot) => slot.initial);
  const merges = slots.map((slot) => slot.merge as (a: Value, b: Value) => Value);
  const merged = (mine: Value, other: Value, i: number): Value =>
    other === null ? mine : mine === null ? other : merges[i](mine, other);

  let at = 0;
  const finishes = calls.map((call) => {
    const start = at;
    at += call.slots.length;
    return (buffer: Row): Value => call.finish(buffer, start);
  });

  return {
    bufferTypes: slots.map((slot) => slot.type),
    commutative: calls.every((call) => call.commutative),
    initial: () => fresh.slice(),
    update: backend.update(calls),
    merge(buffer, other) {
      const next = buffer.map((mine, i) => merged(mine, other[i], i));
      for (let i = 0; i < next.length; i++) buffer[i] = next[i];
    },
    finish(buffer, output) {
      for (let i = 0; i < finishes.length; i++) output.push(finishes[i](buffer));
    },
  };
}

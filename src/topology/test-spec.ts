import type { Located, Span } from '../core/diagnostic.ts';
import type { ErrorCode } from '../core/errors.ts';

/** A test of a topology, as its file declares it. */
export interface TestSpec {
  readonly name: Located<string>;
  /** Of every topic of the test. */
  readonly partitions: number;
  /** What the clock shows at the start, ms. */
  readonly startTimeMs: number;
  readonly steps: readonly TestStep[];
}

/** One entry of `batches`. */
export interface TestStep {
  readonly span: Span;
  readonly action: TestAction;
  /** Null = nothing is checked. */
  readonly expect: Expectation | null;
}

export type TestAction =
  | { readonly kind: 'none' }
  | { readonly kind: 'send'; readonly records: readonly TestRecord[] }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'restart' };

/** A record to be sent, with the bytes it will have. */
export interface TestRecord {
  readonly source: string;
  readonly key: string | null;
  readonly value: string | null;
  /** Null = what the clock shows. */
  readonly timestampMs: number | null;
  /** Null = as a producer would choose by the key; without one, 0. */
  readonly partition: number | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** What a step is to bring. What it does not name is not checked. */
export interface Expectation {
  readonly span: Span;
  readonly sinks: readonly ExpectedOutput[];
  /** By view, microseconds. */
  readonly watermarks: readonly Expected<number>[];
  /** By view: late rows of this step. */
  readonly lateRows: readonly Expected<number>[];
  /** By view: rows in its store behind this step. */
  readonly stateRows: readonly Expected<number>[];
  /** That the topology fails, and how. */
  readonly error: Located<ErrorCode> | null;
}

/** A value that something of a name is to have. */
export interface Expected<T> {
  readonly name: Located<string>;
  readonly value: Located<T>;
}

export interface ExpectedOutput {
  readonly sink: Located<string>;
  readonly unordered: boolean;
  /** The rows, or how many. */
  readonly rows: Located<readonly ExpectedRow[] | number>;
}

/** Plain data, as JSON has it. */
export type PlainValue =
  null | boolean | number | string | readonly PlainValue[] | { readonly [name: string]: PlainValue };

export type ExpectedRow =
  /** The value alone. `text` is a scalar as it was written, for sinks that write text. */
  | { readonly kind: 'value'; readonly value: PlainValue; readonly text: string | null }
  /** Key and value; the key as text, as the list of its parts, or null for none. */
  | { readonly kind: 'record'; readonly key: PlainValue; readonly value: PlainValue; readonly text: string | null };

import type { MillraceError } from '../core/errors.ts';
import type { PlainValue } from '../topology/test-spec.ts';

/** A record or row that a sink was given. */
export interface OutputRow {
  /** The record's key as text; null for none, and for sinks that have no keys. */
  readonly key: string | null;
  /** What the value says; for a text sink the text, for a deletion null. */
  readonly value: PlainValue;
}

export interface SinkOutput {
  /** It writes texts. */
  readonly isText: boolean;
  /** In the order of the topic, one partition after the other. */
  readonly rows: readonly OutputRow[];
}

/** What one step of a test brought. */
export interface Observation {
  readonly sinks: ReadonlyMap<string, SinkOutput>;
  /** By view, of this step. */
  readonly lateRows: ReadonlyMap<string, number>;
  /** By view, as it is behind this step: microseconds, -Infinity before the first. Views without event time are not in it. */
  readonly watermarks: ReadonlyMap<string, number>;
  /** By store, as it is behind this step. */
  readonly stateRows: ReadonlyMap<string, number>;
  /** Why the topology has stopped; null while it has not. */
  readonly failure: MillraceError | null;
}

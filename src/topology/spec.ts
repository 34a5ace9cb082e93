import type { Located, Span } from '../core/diagnostic.ts';
import type { Schema } from '../core/types.ts';

/**
 * A topology as its file declares it: validated in shape, defaults filled in, every text with its place. What the expressions mean is
 * decided by the plan.
 */
export interface TopologySpec {
  readonly file: string;
  /** Consumer group, prefix of transactional ids and internal topics. */
  readonly name: Located<string>;
  readonly sources: readonly SourceSpec[];
  readonly views: readonly ViewSpec[];
  readonly sinks: readonly SinkSpec[];
  readonly trigger: TriggerSpec;
  /** Settings that the topology gives itself, below config files and environment: dotted path to value. */
  readonly settings: ReadonlyMap<string, SettingValue>;
  /** What `dev` feeds into topics; `run` ignores it. */
  readonly feeds: readonly FeedSpec[];
}

/** A value that a file gives to a setting. */
export interface SettingValue extends Located<unknown> {
  /** The keys that lead to it, outermost first. */
  readonly keys: readonly Located<string>[];
  /** It came from a file named by `${file:…}` and is never printed. */
  readonly secret: boolean;
}

export interface SourceSpec {
  readonly name: Located<string>;
  readonly topic: Located<string>;
  readonly value: ValueSpec;
  /** Columns read from the record key (`key: "articleId string"`): one column = the key's text; null = not read. */
  readonly key: Located<Schema> | null;
  readonly startingOffsets: Located<'earliest' | 'latest'>;
  /** Columns whose values decide a record's partition by murmur2 of the key, as the producer declares it; null = nothing is assumed. */
  readonly partitionedBy: Located<readonly Located<string>[]> | null;
}

export type ValueSpec =
  | { readonly format: 'text'; readonly span: Span }
  | { readonly format: 'json'; readonly schema: Located<Schema>; readonly span: Span };

export interface ViewSpec {
  readonly name: Located<string>;
  readonly from: Located<string>;
  /** The name that may stand before a dot in its expressions (`from: orders as o`); the name of what it reads unless one is given. */
  readonly alias: string;
  readonly where: Located<string> | null;
  readonly groupBy: readonly Located<string>[] | null;
  readonly aggregate: readonly Located<string>[] | null;
  readonly having: Located<string> | null;
  readonly select: readonly Located<string>[] | null;
  /** `deny` = a plan that would have to repartition before this view is refused. */
  readonly repartition: 'allow' | 'deny';
}

export type OutputMode = 'append' | 'update' | 'complete';

export interface SinkSpec {
  readonly name: Located<string>;
  readonly from: Located<string>;
  readonly outputMode: Located<OutputMode>;
  readonly target: KafkaTarget | ConsoleTarget;
}

export interface KafkaTarget {
  readonly kind: 'kafka';
  readonly topic: Located<string>;
  /** Columns of the record key; null = none. One column is written as its text, several as a JSON array. */
  readonly key: readonly Located<string>[] | null;
  readonly format: 'json' | 'text';
  /** Select items of the value; null = all columns. */
  readonly select: readonly Located<string>[] | null;
  readonly span: Span;
}

export interface ConsoleTarget {
  readonly kind: 'console';
  readonly numRows: number;
  /** Longest cell; 0 = not cut. */
  readonly truncate: number;
  readonly span: Span;
}

export type TriggerSpec =
  | { readonly kind: 'default' }
  | { readonly kind: 'interval'; readonly intervalMs: number }
  | { readonly kind: 'availableNow' };

export interface FeedSpec {
  readonly source: Located<string>;
  readonly file: Located<string>;
  readonly rowsPerSecond: number;
  readonly loop: boolean;
  /** Column whose text becomes the record key, for JSON lines; null = no key. */
  readonly key: Located<string> | null;
}

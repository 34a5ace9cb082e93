import type { Located, Span } from '../core/diagnostic.ts';
import type { ErrorPolicy } from '../core/error-policy.ts';
import type { CsvFormat, Format, JsonFormat } from '../core/format.ts';
import type { StateCompression } from '../core/state.ts';
import type { Schema } from '../core/types.ts';
import type { TestSpec } from './test-spec.ts';

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
  /** What `millrace test` runs; everything else ignores it. */
  readonly tests: readonly TestSpec[];
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
  readonly watermark: WatermarkSpec | null;
  /** What becomes of a record that cannot be decoded. */
  readonly onError: Located<ErrorPolicy>;
}

export interface WatermarkSpec {
  readonly column: Located<string>;
  readonly delayUs: number;
  readonly idleTimeoutMs: number;
}

export type ValueSpec =
  | { readonly format: 'text'; readonly span: Span }
  | { readonly format: 'json'; readonly json: JsonFormat; readonly schema: Located<Schema>; readonly span: Span }
  | { readonly format: 'csv'; readonly csv: CsvFormat; readonly schema: Located<Schema>; readonly span: Span };

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
  /** What goes on of a grouped view: its changes as they come, each row once when it is final, or each group's first row only. */
  readonly emit: Located<'changes' | 'final' | 'newKeys'>;
  /** `close: { idle: … }`; null = windows stay open while every input is idle. */
  readonly closeIdleMs: Located<number> | null;
  /** Name of the stream that gets this view's late rows; null = they are counted and dropped. */
  readonly lateRows: Located<string> | null;
  /** How large values of its state are compressed. */
  readonly compression: StateCompression;
  /** What becomes of a row for which an expression fails. */
  readonly onError: Located<ErrorPolicy>;
}

export type OutputMode = 'append' | 'update' | 'complete';

export interface SinkSpec {
  readonly name: Located<string>;
  readonly from: Located<string>;
  readonly outputMode: Located<OutputMode>;
  readonly target: KafkaTarget | ConsoleTarget;
  /** What becomes of a row that cannot be written as a record. */
  readonly onError: Located<ErrorPolicy>;
}

export interface KafkaTarget {
  readonly kind: 'kafka';
  readonly topic: Located<string>;
  /** Columns of the record key; null = none. One column is written as its text, several as a JSON array. */
  readonly key: readonly Located<string>[] | null;
  readonly format: Format;
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
  | { readonly kind: 'availableNow' }
  | { readonly kind: 'once' }
  | { readonly kind: 'continuous'; readonly intervalMs: number };

export interface FeedSpec {
  readonly source: Located<string>;
  readonly file: Located<string>;
  readonly rowsPerSecond: number;
  readonly loop: boolean;
  /** Column whose text becomes the record key, for JSON lines; null = no key. */
  readonly key: Located<string> | null;
}

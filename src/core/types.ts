/**
 * The data types of Spark SQL that columns and expressions have, and the JavaScript values that carry them.
 *
 * | type                                   | value                                                        |
 * | -------------------------------------- | ------------------------------------------------------------ |
 * | boolean                                | boolean                                                      |
 * | tinyint, smallint, int, bigint         | number, always a safe integer                                |
 * | float, double                          | number                                                       |
 * | decimal(p,s)                           | bigint: the number times 10^s, so that 1.50 is 150n          |
 * | string                                 | string                                                       |
 * | binary                                 | Uint8Array                                                   |
 * | date                                   | number: days since 1970-01-01                                |
 * | timestamp                              | number: microseconds since 1970-01-01T00:00:00Z              |
 * | interval day to second, and parts      | number: microseconds                                         |
 * | interval year to month, and parts      | number: months                                               |
 * | array                                  | array of values                                              |
 * | map                                    | Map from key to value, in insertion order                    |
 * | struct                                 | array of values, by field position (never an object by name) |
 * | any, when null                         | null                                                         |
 */
export type DataType =
  AtomicType | DecimalType | IntervalType | YearMonthIntervalType | ArrayType | MapType | StructType;

export type AtomicName =
  | 'boolean'
  | 'tinyint'
  | 'smallint'
  | 'int'
  | 'bigint'
  | 'float'
  | 'double'
  | 'string'
  | 'binary'
  | 'date'
  | 'timestamp'
  | 'void';

export interface AtomicType {
  readonly kind: AtomicName;
}
/** Exact numbers of at most `precision` digits, 1 to 38, of which `scale`, 0 to `precision`, stand behind the point. */
export interface DecimalType {
  readonly kind: 'decimal';
  readonly precision: number;
  readonly scale: number;
}
/** A day-time interval. The fields are those it is written with: `interval '26' hour` and `interval '1 02' day to hour` have one value. */
export interface IntervalType {
  readonly kind: 'interval';
  readonly from: DayTimeField;
  readonly to: DayTimeField;
}
/** A year-month interval, whose length in days depends on where it begins. */
export interface YearMonthIntervalType {
  readonly kind: 'yearMonthInterval';
  readonly from: YearMonthField;
  readonly to: YearMonthField;
}
export type DayTimeField = 'day' | 'hour' | 'minute' | 'second';
export type YearMonthField = 'year' | 'month';

export interface ArrayType {
  readonly kind: 'array';
  readonly element: DataType;
}
export interface MapType {
  readonly kind: 'map';
  readonly key: DataType;
  readonly value: DataType;
}
export interface StructType {
  readonly kind: 'struct';
  readonly fields: readonly Field[];
}

/** A named column or struct field. Every column may be null: a stream gives no promise that one is not. */
export interface Field {
  readonly name: string;
  readonly type: DataType;
}

/** The columns of a view, a source or a sink, in order. */
export type Schema = readonly Field[];

export type Value = null | boolean | number | bigint | string | Uint8Array | Value[] | Map<Value, Value>;

/** One row: its values by column position. A row is never changed after it was handed on. */
export type Row = Value[];

const atomic = (kind: AtomicName): AtomicType => ({ kind });

export const BOOLEAN = atomic('boolean');
export const TINYINT = atomic('tinyint');
export const SMALLINT = atomic('smallint');
export const INT = atomic('int');
export const BIGINT = atomic('bigint');
export const FLOAT = atomic('float');
export const DOUBLE = atomic('double');
export const STRING = atomic('string');
export const BINARY = atomic('binary');
export const DATE = atomic('date');
export const TIMESTAMP = atomic('timestamp');
/** The type of a bare NULL, which every other type accepts. */
export const VOID = atomic('void');

export const decimalOf = (precision: number, scale: number): DecimalType => ({ kind: 'decimal', precision, scale });

export const intervalOf = (from: DayTimeField, to: DayTimeField): IntervalType => ({ kind: 'interval', from, to });
export const yearMonthOf = (from: YearMonthField, to: YearMonthField): YearMonthIntervalType => ({
  kind: 'yearMonthInterval',
  from,
  to,
});
/** Day to second. */
export const INTERVAL = intervalOf('day', 'second');
/** Year to month. */
export const YEAR_MONTH_INTERVAL = yearMonthOf('year', 'month');

export const arrayOf = (element: DataType): ArrayType => ({ kind: 'array', element });
export const mapOf = (key: DataType, value: DataType): MapType => ({ kind: 'map', key, value });
export const structOf = (...fields: readonly Field[]): StructType => ({ kind: 'struct', fields });
export const field = (name: string, type: DataType): Field => ({ name, type });

/** The type as Spark's DDL writes it, e.g. `array<struct<a: bigint>>`; equal texts mean equal types. */
export function typeName(type: DataType): string {
  switch (type.kind) {
    case 'array':
      return `array<${typeName(type.element)}>`;
    case 'map':
      return `map<${typeName(type.key)}, ${typeName(type.value)}>`;
    case 'struct':
      return `struct<${type.fields.map((f) => `${f.name}: ${typeName(f.type)}`).join(', ')}>`;
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'interval':
    case 'yearMonthInterval':
      return type.from === type.to ? `interval ${type.from}` : `interval ${type.from} to ${type.to}`;
    default:
      return type.kind;
  }
}

export const sameType = (a: DataType, b: DataType): boolean => typeName(a) === typeName(b);

/** The schema as Spark's DDL writes it, e.g. `articleId string, ts timestamp`. */
export const schemaName = (schema: Schema): string => schema.map((f) => `${f.name} ${typeName(f.type)}`).join(', ');

/** Position of the column, compared without regard to case as Spark does by default; -1 when there is none. */
export function columnIndex(schema: Schema, name: string): number {
  const exact = schema.findIndex((f) => f.name === name);
  if (exact >= 0) return exact;
  const lower = name.toLowerCase();
  return schema.findIndex((f) => f.name.toLowerCase() === lower);
}

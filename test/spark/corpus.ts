import { readdirSync, readFileSync } from 'node:fs';
import type { DataType, Row, Schema, Value } from '../../src/core/types.ts';
import { decimalFromText, decimalText } from '../../src/core/decimal.ts';
import { Diagnostics } from '../../src/core/diagnostic.ts';
import { parseSchema } from '../../src/sql/sql.ts';
import { at } from '../sql/support.ts';

/** A value as the corpus writes it: see README.md. */
export type Json = null | boolean | number | string | Json[];

/** What an expression over one row, or an aggregate over one group, came to. */
export type Outcome = { readonly value: Json } | { readonly error: string };

/** An expression and all that Spark says about it: a result per row of the table, or per group of the table. */
export interface Entry {
  readonly expression: string;
  readonly table?: string;
  readonly groups?: string;
  /** Spark's name of the result's type. */
  readonly type?: string;
  /** The error class with which analysis refuses the expression. */
  readonly refused?: string;
  readonly results?: readonly (Outcome & { readonly group?: number })[];
}

export interface Table {
  readonly schema: Schema;
  readonly rows: readonly Row[];
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`corpus/${name}.json`, import.meta.url), 'utf8'));

/** The families of expressions, by name. */
export const families: readonly string[] = readdirSync(new URL('corpus/', import.meta.url))
  .map((file) => file.replace(/\.json$/, ''))
  .filter((name) => name !== 'tables')
  .toSorted();

/** What Spark said about the expressions of a family. */
export const entriesOf = (family: string): Entry[] => read(family) as Entry[];

/** The rows that expressions are evaluated over. */
export function readTables(): Map<string, Table> {
  const { spark: _, ...tables } = read('tables') as Record<string, { schema: string; rows: Json[][] }>;
  return new Map(
    Object.entries(tables).map(([name, { schema, rows }]) => {
      const columns = schemaOf(schema);
      const decoded = rows.map((row) => row.map((value, i) => decode(value, columns[i].type)));
      return [name, { schema: columns, rows: decoded }];
    }),
  );
}

function schemaOf(text: string): Schema {
  const diagnostics = new Diagnostics();
  const schema = parseSchema(at(text), diagnostics);
  if (schema === null) throw new Error(`${text}: ${diagnostics.all.map((d) => d.message).join('; ')}`);
  return schema;
}

function decode(value: Json, type: DataType): Value {
  if (value === null) return null;
  switch (type.kind) {
    case 'array':
      return (value as Json[]).map((element) => decode(element, type.element));
    case 'struct':
      return (value as Json[]).map((part, i) => decode(part, type.fields[i].type));
    case 'map':
      return new Map((value as Json[][]).map(([k, v]) => [decode(k, type.key), decode(v, type.value)]));
    case 'binary':
      return new Uint8Array(Buffer.from(String(value), 'hex'));
    case 'float':
    case 'double':
      return Number(value);
    case 'decimal':
      return decimalFromText(String(value), type);
    default:
      return value as Value;
  }
}

/** A value of ours as the corpus would write it. */
export function encode(value: Value, type: DataType): Json {
  if (value === null) return null;
  switch (type.kind) {
    case 'array':
      return (value as Value[]).map((element) => encode(element, type.element));
    case 'struct':
      return (value as Value[]).map((part, i) => encode(part, type.fields[i].type));
    case 'map':
      // A map has no order, so its entries are compared by the order of their texts.
      return [...(value as Map<Value, Value>)]
        .map(([k, v]) => [encode(k, type.key), encode(v, type.value)])
        .toSorted((a, b) => (JSON.stringify(a[0]) < JSON.stringify(b[0]) ? -1 : 1));
    case 'binary':
      return Buffer.from(value as Uint8Array).toString('hex');
    case 'decimal':
      return decimalText(value as bigint, type.scale);
    default:
      if (typeof value !== 'number') return value as Json;
      if (type.kind !== 'double' && type.kind !== 'float' && !Number.isSafeInteger(value)) return String(BigInt(value));
      return Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0' : String(value);
  }
}

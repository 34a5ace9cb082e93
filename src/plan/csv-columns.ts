import type { Diagnostics, Span } from '../core/diagnostic.ts';
import { typeName, type DataType, type Schema } from '../core/types.ts';

const NESTED: readonly DataType['kind'][] = ['array', 'map', 'struct'];

/** Complains of every column that no field of a line can hold. */
export function checkCsvColumns(schema: Schema, span: Span, diagnostics: Diagnostics, subject: string): void {
  for (const { name, type } of schema) {
    if (!NESTED.includes(type.kind)) continue;
    const message = `a field of csv holds no ${typeName(type)}, and \`${name}\` is one`;
    const remedy = 'read or write it as a string of JSON, with from_json and to_json, or use format json';
    diagnostics.error('UNSUPPORTED_DATATYPE', span, message, remedy, subject);
  }
}

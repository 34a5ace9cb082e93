import type { Span } from '../core/diagnostic.ts';
import { closest } from '../core/diagnostic.ts';
import type { DataType, Schema } from '../core/types.ts';
import { arrayOf, STRING, typeName } from '../core/types.ts';
import type { Value } from '../core/types.ts';
import { Complaint } from './complaint.ts';
import type { Expression } from './expression.ts';
import { call } from './function-spec.ts';
import { subscript } from './element.ts';

/** What names mean: the input's columns, and the names that may stand before a dot (view name, alias). */
export interface Scope {
  readonly columns: Schema;
  readonly qualifiers: readonly string[];
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

export const isQualifier = (scope: Scope, name: string): boolean => scope.qualifiers.some((q) => same(q, name));

/** The column of a name, compared without regard to case; null when there is none. Throws AMBIGUOUS_REFERENCE when there are several. */
export function columnNamed(scope: Scope, name: string, span: Span): Expression | null {
  const matches = scope.columns.flatMap((column, index) => (same(column.name, name) ? [index] : []));
  if (matches.length > 1) {
    throw new Complaint(
      'AMBIGUOUS_REFERENCE',
      span,
      `there are ${matches.length} columns \`${name}\``,
      'give them different names',
    );
  }
  if (matches.length === 0) return null;
  const [index] = matches;
  return { kind: 'column', index, name: scope.columns[index].name, type: scope.columns[index].type, span };
}

const LISTED = 12;

/** "did you mean `x`? (x, y, z)", or just the list. */
export function suggestion(name: string, candidates: readonly string[], what: string): string {
  const near = closest(name, candidates);
  const list = candidates.slice(0, LISTED).join(', ') + (candidates.length > LISTED ? ', …' : '');
  if (near !== null) return `did you mean \`${near}\`?  (${list})`;
  return candidates.length === 0 ? '' : `${what}: ${list}`;
}

export function unknownColumn(scope: Scope, name: string, span: Span): Complaint {
  const place = scope.qualifiers.length === 0 ? '' : ` in \`${scope.qualifiers[0]}\``;
  const remedy = suggestion(
    name,
    scope.columns.map((c) => c.name),
    'the columns are',
  );
  return new Complaint('UNRESOLVED_COLUMN.WITH_SUGGESTION', span, `no column \`${name}\`${place}`, remedy);
}

/** `operand.name`: a field of a struct, that field of every struct of an array, or a value of a map. Throws FIELD_NOT_FOUND. */
export function member(operand: Expression, name: string, span: Span, nameSpan: Span): Expression {
  const { type } = operand;
  if (type.kind === 'struct') {
    const index = fieldIndex(type, name, nameSpan);
    return { kind: 'field', operand, index, name: type.fields[index].name, type: type.fields[index].type, span };
  }
  if (type.kind === 'array' && type.element.kind === 'struct') {
    const index = fieldIndex(type.element, name, nameSpan);
    const pick = (values: Value[]): Value => values.map((value) => (Array.isArray(value) ? value[index] : null));
    const field = type.element.fields[index];
    return call({ name: `each.${field.name}`, span }, [operand], arrayOf(field.type), pick);
  }
  if (type.kind === 'map' && type.key.kind === 'string') {
    return subscript(
      operand,
      { kind: 'literal', value: name, type: STRING, span: nameSpan },
      { name: 'element', span },
    );
  }
  const message = `\`.${name}\` needs a struct, this is ${typeName(type)}`;
  throw new Complaint('INVALID_EXTRACT_BASE_FIELD_TYPE', span, message);
}

function fieldIndex(type: Extract<DataType, { kind: 'struct' }>, name: string, span: Span): number {
  const index = type.fields.findIndex((f) => same(f.name, name));
  if (index >= 0) return index;
  const remedy = suggestion(
    name,
    type.fields.map((f) => f.name),
    'the fields are',
  );
  throw new Complaint('FIELD_NOT_FOUND', span, `no field \`${name}\` in the struct`, remedy);
}

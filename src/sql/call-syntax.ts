import { STRING } from '../core/types.ts';
import { literal } from './number-literal.ts';
import type { Identifier, Syntax } from './syntax.ts';

/** Functions whose first argument of three is a unit of time, written as a bare word. */
const UNIT_FUNCTIONS = new Set(['timestampadd', 'timestampdiff', 'dateadd', 'date_add', 'datediff', 'date_diff']);
/** Those that have no other form, so that any word must be meant as a unit. */
const UNIT_ONLY = new Set(['timestampadd', 'timestampdiff']);
const UNITS = /^(microsecond|millisecond|second|minute|hour|day|dayofyear|week|month|quarter|year)$/i;

/** A bare word that names a field or a unit, as a string. */
export const wordLiteral = ({ name, start, end }: Identifier): Syntax => literal(name, STRING, start, end);

/** The operands of a call, with the unit of `timestampadd(HOUR, 1, t)` and the like as a string. */
export function withUnit(name: Identifier, operands: readonly Syntax[]): readonly Syntax[] {
  const [first, ...rest] = operands;
  if (rest.length !== 2 || !UNIT_FUNCTIONS.has(name.name.toLowerCase()) || first.kind !== 'name') return operands;
  const [word] = first.parts;
  const isUnit = UNITS.test(word.name) || UNIT_ONLY.has(name.name.toLowerCase());
  return first.parts.length === 1 && isUnit ? [wordLiteral(word), ...rest] : operands;
}

/** `struct(a, b as c)`: once a field is named, the call is one of `named_struct`; the others keep the names they have without. */
export function structCall(
  name: Identifier,
  fields: readonly { readonly value: Syntax; readonly alias: Identifier | null }[],
  end: number,
): Syntax {
  const named = fields.some(({ alias }) => alias !== null);
  const operands = fields.flatMap(({ value, alias }, i) =>
    named ? [wordLiteral(alias ?? ownName(value, i)), value] : [value],
  );
  const called = named ? { ...name, name: 'named_struct' } : name;
  return { kind: 'call', name: called, operands, distinct: false, filter: null, start: name.start, end };
}

/** What a field is called that has no alias, at a position of a struct. */
export function ownName(value: Syntax, position: number): Identifier {
  if (value.kind === 'name') return value.parts[value.parts.length - 1];
  if (value.kind === 'member') return value.name;
  return { name: `col${position + 1}`, start: value.start, end: value.end };
}

import { MillraceError } from '../../core/errors.ts';
import { STRING } from '../../core/types.ts';
import type { TimeZone } from '../../core/time-zone.ts';
import { timeZone } from '../../core/time-zone.ts';
import { Complaint } from '../complaint.ts';
import type { Expression } from '../expression.ts';
import { fail } from '../failure.ts';
import type { CallSite } from '../function-spec.ts';
import { operandAs, unexpected } from '../function-spec.ts';
import { patternParts, readingParts } from '../time-pattern.ts';

/** A text operand that means something to `check`: a literal is checked at once, so that lint finds it. */
function checkedText(site: CallSite, index: number, check: (text: string) => unknown): Expression {
  const operand = operandAs(site, index, STRING);
  if (operand.kind !== 'literal' || typeof operand.value !== 'string') return operand;
  try {
    check(operand.value);
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    throw new Complaint(String(error.details.errorClass), operand.span, error.message.replace(/^\[\S+\] /, ''));
  }
  return operand;
}

/** The operand as a pattern that times are written by. */
export const patternOperand = (site: CallSite, index: number): Expression => checkedText(site, index, patternParts);
/** The operand as a pattern that times are read by. */
export const readingPatternOperand = (site: CallSite, index: number): Expression =>
  checkedText(site, index, readingParts);
/** The operand as the name of a time zone. */
export const zoneOperand = (site: CallSite, index: number): Expression => checkedText(site, index, zoneNamed);

/** The zone of a name. Throws INVALID_TIMEZONE. */
export function zoneNamed(name: string): TimeZone {
  return (
    timeZone(name) ??
    fail('INVALID_TIMEZONE', `no time zone '${name}'; zones are written like Europe/Amsterdam, UTC or +02:00`)
  );
}

/** The operand, which must be a text literal such as the unit of `timestampadd`, in lower case. */
export function wordOperand(
  site: CallSite,
  index: number,
  what: string,
): { readonly word: string; readonly operand: Expression } {
  const operand = site.operand(index);
  if (operand.kind !== 'literal' || typeof operand.value !== 'string') throw unexpected(site, index, operand, what);
  return { word: operand.value.toLowerCase(), operand };
}

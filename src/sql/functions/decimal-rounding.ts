import { powerOfTen, quotient } from '../../core/decimal.ts';
import type { DecimalRounding } from '../../core/decimal.ts';
import type { DecimalType } from '../../core/types.ts';
import { decimalOf, INT } from '../../core/types.ts';
import { Complaint } from '../complaint.ts';
import { bounded, settling } from '../decimal.ts';
import type { Expression } from '../expression.ts';
import { isConstant } from '../expression.ts';
import type { CallSite } from '../function-spec.ts';
import { call, operandAs } from '../function-spec.ts';
import { interpreted } from '../interpret.ts';

/** `round`, `bround`, `ceil` or `floor` of a decimal to the decimal places that the second operand says, which must be the same for all rows. */
export function roundedDecimal(
  site: CallSite,
  operand: Expression,
  from: DecimalType,
  rounding: DecimalRounding,
): Expression {
  if (site.count === 1) return roundedTo(site, [operand], from, 0, rounding);
  const places = operandAs(site, 1, INT);
  if (!isConstant(places)) {
    const message = `the places that \`${site.name}\` gives a decimal must be the same for all rows`;
    throw new Complaint('DATATYPE_MISMATCH.NON_FOLDABLE_INPUT', places.span, message, 'write a number');
  }
  const count = interpreted.value(places)([], { batchTime: 0 });
  return roundedTo(site, [operand, places], from, Number(count), rounding);
}

function roundedTo(
  site: CallSite,
  operands: readonly Expression[],
  from: DecimalType,
  places: number,
  rounding: DecimalRounding,
): Expression {
  const type = roundedType(from, places);
  // A negative count of places makes tens, hundreds … of what is a whole number.
  const kept = Math.min(places, type.scale);
  const unit = powerOfTen(from.scale - kept);
  const settle = settling(kept, type);
  return call(site, operands, type, (value: bigint) => settle(quotient(value, unit, rounding)));
}

/** A digit more in front of the point, for what is carried over. */
function roundedType({ precision, scale }: DecimalType, places: number): DecimalType {
  const whole = precision - scale + 1;
  if (places < 0) return bounded(Math.max(whole, 1 - places), 0);
  const kept = Math.min(scale, places);
  return bounded(whole + kept, kept);
}

/** `ceil` or `floor` to a whole number. */
export function wholeDecimal(
  site: CallSite,
  operand: Expression,
  from: DecimalType,
  rounding: DecimalRounding,
): Expression {
  if (from.scale === 0) return operand;
  const type = decimalOf(from.precision - from.scale + 1, 0);
  const unit = powerOfTen(from.scale);
  return call(site, [operand], type, (value: bigint) => quotient(value, unit, rounding));
}

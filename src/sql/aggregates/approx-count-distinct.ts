import { encodeKey } from '../../core/key-codec.ts';
import type { Value } from '../../core/types.ts';
import { BIGINT, BINARY, DOUBLE, typeName } from '../../core/types.ts';
import { Complaint } from '../complaint.ts';
import type { Aggregation, AggregateSite, AggregateSpec } from './aggregate-call.ts';
import { slotOf } from './aggregate-call.ts';
import { keyOf } from './growing-list.ts';
import type { Sketch } from './hyper-log-log.ts';
import { emptySketch, estimate, union, withKey } from './hyper-log-log.ts';
import { constantArgument, outOfRange } from './operands.ts';

const USUAL_DEVIATION = 0.05;

function approximateCount(site: AggregateSite): Aggregation {
  const [operand] = site.operands;
  if (keyOf(operand.type) === null) {
    const message = `\`${site.name}\` cannot tell values of type ${typeName(operand.type)} apart`;
    throw new Complaint('UNSUPPORTED_FEATURE', operand.span, message, 'count map_entries(…) of it');
  }
  const precision = precisionOf(site);
  const take = (sketch: Sketch, value: Value): Sketch => withKey(sketch, encodeKey([value]));
  return {
    operands: [operand],
    constants: site.operands.slice(1),
    type: BIGINT,
    slots: [slotOf(BINARY, take, { begin: (value: Value) => take(emptySketch(precision), value), merge: union })],
    finish: (buffer, at) => (buffer[at] === null ? 0 : estimate(buffer[at] as Sketch)),
  };
}

/** The precision whose standard deviation, 1.106 / √registers, is at most the wanted one. */
function precisionOf(site: AggregateSite): number {
  const deviation = constantArgument(site, 1, DOUBLE) ?? USUAL_DEVIATION;
  if (typeof deviation === 'number' && deviation > 0 && deviation <= 0.39) {
    const precision = Math.ceil(2 * Math.log2(1.106 / deviation));
    if (precision <= 16) return precision;
  }
  throw outOfRange(site, 1, 'the relative deviation lies between 0.005 and 0.39');
}

export const APPROX_COUNT_DISTINCT: AggregateSpec = {
  name: 'approx_count_distinct',
  signature: 'approx_count_distinct(x[, deviation double]) -> bigint',
  summary: 'about how many different values there are, in little memory; off by 5 % or `deviation` on average',
  arguments: [1, 2],
  distinct: 'changes nothing',
  build: approximateCount,
};

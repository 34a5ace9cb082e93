import type { Span } from '../core/diagnostic.ts';
import type { Value } from '../core/types.ts';
import type { AggregateCall, AggregateSite, AggregateSpec } from './aggregates/aggregate-call.ts';
import { APPROX_COUNT_DISTINCT } from './aggregates/approx-count-distinct.ts';
import { BITS } from './aggregates/bits.ts';
import { COLLECTIONS } from './aggregates/collections.ts';
import { COVARIANCES } from './aggregates/covariance.ts';
import { distinct } from './aggregates/distinct.ts';
import { EXTREMES } from './aggregates/extremes.ts';
import { MOMENT_STATISTICS } from './aggregates/moments.ts';
import { orderingText } from './aggregates/ordering.ts';
import { PERCENTILES } from './aggregates/percentiles.ts';
import { PICKS } from './aggregates/picks.ts';
import { REGRESSIONS } from './aggregates/regression.ts';
import { TEXTS } from './aggregates/texts.ts';
import { SUMS } from './aggregates/sums.ts';
import { Complaint } from './complaint.ts';
import { expressionText, usedColumns } from './expression.ts';

const SPECS: readonly AggregateSpec[] = [
  ...SUMS,
  ...EXTREMES,
  ...PICKS,
  ...COLLECTIONS,
  ...TEXTS,
  ...BITS,
  ...MOMENT_STATISTICS,
  ...COVARIANCES,
  ...REGRESSIONS,
  ...PERCENTILES,
  APPROX_COUNT_DISTINCT,
];

/** The aggregate functions by name, aliases among them. */
export const AGGREGATES: ReadonlyMap<string, AggregateSpec> = new Map(
  SPECS.flatMap((spec) => [spec.name, ...(spec.aliases ?? [])].map((name) => [name, spec] as const)),
);

const onlySlot = (buffer: readonly Value[], at: number): Value => buffer[at];

/** The call of an aggregate function. Throws a complaint when its arguments do not fit. */
export function aggregateCall(site: AggregateSite): AggregateCall {
  const spec = AGGREGATES.get(site.name);
  if (spec === undefined) throw new TypeError(`no aggregate function ${site.name}`);
  expectArguments(spec, site);
  expectSuffix(spec, site);
  const drops = site.distinct && spec.distinct === 'drops';
  const plain = spec.build(site);
  const aggregation = drops ? distinct(plain, site) : plain;
  const { operands, constants = [], type, slots, finish = onlySlot, commutative = true } = aggregation;
  const { filter, orders, span } = site;
  const inside = operands.length === 0 ? '*' : [...operands, ...constants].map(expressionText).join(', ');
  const condition = filter === null ? '' : ` filter (where ${expressionText(filter)})`;
  const order = orders.length === 0 ? '' : ` within group (order by ${orders.map(orderingText).join(', ')})`;
  const text = `${spec.name}(${drops ? 'distinct ' : ''}${inside})${order}${condition}`;
  const passesNull = aggregation.passesNull ?? operands.map(() => false);
  return { text, type, span, name: spec.name, operands, passesNull, filter, slots, finish, commutative };
}

function expectArguments(
  spec: AggregateSpec,
  { name, operands, span }: { name: string; operands: readonly unknown[]; span: Span },
): void {
  const [least, most] = spec.arguments;
  if (operands.length >= least && operands.length <= most) return;
  const range = least === most || most === Infinity ? String(least) : `${least} to ${most}`;
  const message = `\`${name}\` takes ${range} argument${range === '1' ? '' : 's'}, not ${operands.length}`;
  const remedy = `write ${spec.signature.replace(/ -> .*$/, '')}`;
  throw new Complaint('WRONG_NUM_ARGS.WITHOUT_SUGGESTION', span, message, remedy);
}

function expectSuffix(spec: AggregateSpec, { name, orders, ignoresNulls, span }: AggregateSite): void {
  const [least, most] = spec.orders ?? [0, 0];
  if (ignoresNulls && spec.ignoresNulls !== true) throw unsupportedSuffix(name, 'ignore nulls', span);
  if (orders.length > 0 && most === 0) throw unsupportedSuffix(name, 'within group', span);
  if (orders.length >= least && orders.length <= most) return;
  const remedy = `write ${spec.signature.replace(/ -> .*$/, '')}`;
  if (orders.length === 0) {
    const message = `\`${name}\` needs \`within group (order by …)\``;
    throw new Complaint('INVALID_WITHIN_GROUP_EXPRESSION.WITHIN_GROUP_MISSING', span, message, remedy);
  }
  const message = `\`${name}\` takes ${most} expression behind \`order by\`, not ${orders.length}`;
  throw new Complaint('INVALID_WITHIN_GROUP_EXPRESSION.WRONG_NUM_ORDERINGS', span, message, remedy);
}

const unsupportedSuffix = (name: string, suffix: string, span: Span): Complaint =>
  new Complaint('INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX', span, `\`${name}\` takes no \`${suffix}\``);

/** Positions of the input columns that the calls read. */
export const usedColumnsOfCalls = (calls: Iterable<AggregateCall>): Set<number> =>
  usedColumns([...calls].flatMap((call) => (call.filter === null ? call.operands : [...call.operands, call.filter])));

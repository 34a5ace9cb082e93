import type { Row, Value } from '../core/types.ts';
import type { Expression } from '../sql/sql.ts';
import type { EventTimeColumn, EventTimeKind, Relation } from './relation.ts';

/** The segment of what has no event time: no watermark reaches it. */
const NEVER = Number.MAX_SAFE_INTEGER;

/** What the expression is of the input's event time; null when it is something else. */
export function eventTimeKind(
  expression: Expression,
  { eventTimes }: Pick<Relation, 'eventTimes'>,
): EventTimeKind | null {
  switch (expression.kind) {
    case 'column':
      return eventTimes.find(({ column }) => column === expression.index)?.kind ?? null;
    case 'window':
      return eventTimeKind(expression.time, { eventTimes }) === null ? null : 'window';
    case 'call': {
      const ofWindow =
        expression.name === 'window_time' && eventTimeKind(expression.operands[0], { eventTimes }) === 'window';
      return ofWindow ? 'windowTime' : null;
    }
    default:
      return null;
  }
}

/** The event time among the values of the expressions. */
export const eventTimesAmong = (expressions: readonly Expression[], input: Relation): EventTimeColumn[] =>
  expressions.flatMap((expression, column) => {
    const kind = eventTimeKind(expression, input);
    return kind === null ? [] : [{ column, kind }];
  });

/**
 * The watermark at which a group is final, from its values: its event time, or the end of its window. What a window makes of its last
 * microsecond goes with the window: a row that is put out as the window closes must not be late at once.
 */
export function segmentOf({ column, kind }: EventTimeColumn): (values: Row) => number {
  switch (kind) {
    case 'instant':
      return (values) => time(values[column]);
    case 'window':
      return (values) => {
        const window = values[column];
        return Array.isArray(window) ? time(window[1]) : NEVER;
      };
    case 'windowTime':
      return (values) => {
        const last = time(values[column]);
        return last === NEVER ? NEVER : last + 1;
      };
  }
}

const time = (value: Value): number => (typeof value === 'number' ? value : NEVER);

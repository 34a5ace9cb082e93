import type { Evidence } from '../evidence.ts';
import type { LoadEvent } from '../load.ts';
import { outputTopics, TIMED_VIEWS, topicOf, type TimedView, type TopologyOptions } from '../topology.ts';
import type { Case, Check } from './case.ts';
import { objectOf, placeOf, recordsOf, textOf } from './records.ts';

/** A row of the topic of late rows. */
interface LateRow {
  readonly id: number;
  readonly missed: TimedView;
  readonly where: string;
}

/** By view: ids of the events that it says it was too late for. */
export type LateEvents = ReadonlyMap<TimedView, ReadonlySet<number>>;

export const readLate = (evidence: Evidence, topology: TopologyOptions): LateEvents =>
  new Map(
    [...Map.groupBy(lateRows(evidence, topology), ({ missed }) => missed)].map(([view, rows]) => [
      view,
      new Set(rows.map(({ id }) => id)),
    ]),
  );

/** The events that the view has to have taken up: all but those that are known to have been late for it. */
export const takenBy = ({ sources, late }: Pick<Case, 'sources' | 'late'>, view: TimedView): LoadEvent[] =>
  sources.events.flat().filter(({ id }) => late.get(view)?.has(id) !== true);

/** Only what straggles is late, and is so once for each view; whether it then is in no window, other checks see. */
export const checkLate: Check = ({ evidence, load, topology }, report) => {
  const seen = new Set<string>();
  for (const { id, missed, where } of lateRows(evidence, topology)) {
    const event = load.events[id];
    const name = `event ${id}, late for ${missed}`;
    if (event === undefined) report('I8', where, 'a late row that no input has');
    else if (!event.straggles) report('I8', where, `${name}: it was on time`);
    if (seen.has(name)) report('I1', where, `${name}, is there again`);
    seen.add(name);
  }
  for (const record of lateRecords(evidence, topology)) {
    if (rowOf(record) !== null) continue;
    report('I8', placeOf(lateTopic(topology), record), `not a late row: ${textOf(record.value)}`);
  }
};

const lateTopic = ({ name }: TopologyOptions): string => topicOf(name, 'late');

function lateRecords(evidence: Evidence, topology: TopologyOptions): ReturnType<typeof recordsOf> {
  const { name, parts, lateRows: routed } = topology;
  const topic = lateTopic(topology);
  return outputTopics(name, parts, routed).includes(topic) ? recordsOf(evidence, topic) : [];
}

function lateRows(evidence: Evidence, topology: TopologyOptions): LateRow[] {
  return lateRecords(evidence, topology).flatMap((record) => {
    const row = rowOf(record);
    return row === null ? [] : [{ ...row, where: placeOf(lateTopic(topology), record) }];
  });
}

const VIEWS: readonly TimedView[] = Object.values(TIMED_VIEWS);

function rowOf({ value }: ReturnType<typeof recordsOf>[number]): Omit<LateRow, 'where'> | null {
  const { id, missed } = objectOf(value) ?? {};
  const view = VIEWS.find((each) => each === missed);
  return view === undefined || !Number.isInteger(id) ? null : { id: Number(id), missed: view };
}

import type { Evidence, EvidenceRecord } from '../evidence.ts';
import { lineText, type Load, type LoadEvent, type LoadLine } from '../load.ts';
import { sourceTopics, topicOf, type Part } from '../topology.ts';
import { partitionsOf, recordsOf, textOf } from './records.ts';
import type { Report } from './report.ts';

/** A record of the load where it came to lie. */
export type Placed<T> = T & { readonly partition: number; readonly offset: number };

/** What the topology got to read: by partition, in the order of offsets. Empty where no part reads the source. */
export interface Sources {
  readonly events: readonly (readonly Placed<LoadEvent>[])[];
  readonly lines: readonly (readonly Placed<LoadLine>[])[];
}

/** Finds the records of the load in the sources: what is not there once would be blamed on the topology. */
export function readSources(evidence: Evidence, load: Load, parts: readonly Part[], report: Report): Sources {
  const { name } = load.options;
  const read = <T extends LoadEvent | LoadLine>(topic: string, made: readonly T[], isOf: IsOf<T>): Placed<T>[][] =>
    sourceTopics(name, parts).includes(topic) ? readSource(evidence, topic, made, isOf, report) : [];
  return {
    events: read(topicOf(name, 'events'), load.events, isEvent),
    lines: read(topicOf(name, 'lines'), load.lines, isLine),
  };
}

/** The id in a record's value, if the record is the one that the load made under that id. */
type IsOf<T> = (value: string, made: readonly T[]) => number | null;

const isEvent: IsOf<LoadEvent> = (value, made) => {
  const id = Number(/^\{"id":(\d+),/.exec(value)?.[1]);
  const event = made[id];
  if (event === undefined) return null;
  const { user, amount, timeMs } = event;
  return value === JSON.stringify({ id, user, amount, ts: new Date(timeMs).toISOString() }) ? id : null;
};

const isLine: IsOf<LoadLine> = (value, made) => {
  const id = Number(/^#(\d+) /.exec(value)?.[1]);
  return made[id] !== undefined && value === lineText(made[id]) ? id : null;
};

function readSource<T extends LoadEvent | LoadLine>(
  evidence: Evidence,
  topic: string,
  made: readonly T[],
  isOf: IsOf<T>,
  report: Report,
): Placed<T>[][] {
  const found = Array.from({ length: partitionsOf(evidence, topic) }, (): Placed<T>[] => []);
  const seen = new Set<number>();
  for (const record of recordsOf(evidence, topic)) {
    const { partition, offset } = record;
    const id = isOf(valueOf(record), made);
    const where = `${topic}-${partition} offset ${offset}`;
    if (id === null)
      report('I1', where, `the load itself: expected a record of the load, found ${textOf(record.value)}`);
    else if (seen.has(id)) report('I1', where, `the load itself: record ${id} is there twice`);
    else found[partition].push({ ...made[id], partition, offset });
    if (id !== null) seen.add(id);
  }
  for (const { id } of made) if (!seen.has(id)) report('I1', topic, `the load itself: record ${id} is not there`);
  return found;
}

const valueOf = ({ value }: EvidenceRecord): string => value?.toString() ?? '';

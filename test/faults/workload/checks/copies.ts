import { partitionOf } from '../../../../src/core/murmur2.ts';
import type { EvidenceRecord } from '../evidence.ts';
import { lineText, type LoadEvent, type LoadLine } from '../load.ts';
import { isLarge } from '../reference.ts';
import { topicOf } from '../topology.ts';
import type { Case, Check } from './case.ts';
import { objectOf, partitionsOf, placeOf, recordsOf, sameFields, textOf } from './records.ts';
import type { Report } from './report.ts';
import type { Placed } from './sources.ts';

/** A topic that has every record of some input once. */
interface Copies<T extends LoadEvent | LoadLine> {
  readonly topic: string;
  readonly inputs: readonly Placed<T>[];
  idOf(record: EvidenceRecord): number;
  /** What the record must hold, for a message. */
  readonly expected: (input: T) => string;
  isOf(record: EvidenceRecord, input: T): boolean;
  /** Where the record must lie. */
  readonly place: (input: Placed<T>, partitions: number) => number;
}

/** Every event and every line is in each of its outputs exactly once, as it was, in the order of its source partition. */
export const checkCopies: Check = (seen, report) => {
  if (!seen.topology.parts.includes('copies')) return;
  const { name } = seen.topology;
  const events = seen.sources.events.flat();
  checkTopic(seen, report, eventCopies(topicOf(name, 'copies'), events));
  checkTopic(seen, report, eventCopies(topicOf(name, 'large'), events.filter(isLarge)));
  checkTopic(seen, report, {
    topic: topicOf(name, 'line-copies'),
    inputs: seen.sources.lines.flat(),
    idOf: ({ value }) => Number(/^#(\d+) /.exec(value?.toString() ?? '')?.[1]),
    expected: lineText,
    isOf: ({ key, value }, line) => key === null && value?.toString() === lineText(line),
    place: ({ partition }, partitions) => partition % partitions,
  });
};

/** The id of the event that a record of `copies` or `large` is a copy of; NaN when it is none. */
export const copiedId = ({ value }: EvidenceRecord): number => Number(objectOf(value)?.['id'] ?? NaN);

const eventCopies = (topic: string, inputs: readonly Placed<LoadEvent>[]): Copies<LoadEvent> => ({
  topic,
  inputs,
  idOf: copiedId,
  expected: ({ id, user, amount }) => JSON.stringify({ id, user, amount }),
  isOf: ({ key, value }, { id, user, amount }) =>
    key?.toString() === user && sameFields(objectOf(value) ?? {}, { id, user, amount }),
  place: ({ user }, partitions) => partitionOf(partitions, Buffer.from(user)),
});

function checkTopic<T extends LoadEvent | LoadLine>({ evidence }: Case, report: Report, copies: Copies<T>): void {
  const { topic, inputs } = copies;
  const partitions = partitionsOf(evidence, topic);
  const wanted = new Map(inputs.map((input) => [input.id, input]));
  const found = new Map<number, string>();
  /** By source partition and output partition: the input copied last. */
  const latest = new Map<string, Placed<T>>();
  for (const record of recordsOf(evidence, topic)) {
    const where = placeOf(topic, record);
    const input = wanted.get(copies.idOf(record));
    if (input === undefined) {
      report('I1', where, `expected a copy of an input record, found ${textOf(record.value)}`);
      continue;
    }
    const earlier = found.get(input.id);
    found.set(input.id, where);
    if (earlier !== undefined) {
      report('I1', where, `record ${input.id} is there again; it was at ${earlier}`);
      continue;
    }
    if (!copies.isOf(record, input)) {
      const text = `${textOf(record.value)} under the key ${textOf(record.key)}`;
      report('I1', where, `expected ${copies.expected(input)}, found ${text}`);
    }
    const place = copies.place(input, partitions);
    if (record.partition !== place) report('I1', where, `record ${input.id} belongs to partition ${place}`);
    const lane = `${input.partition} ${record.partition}`;
    const before = latest.get(lane);
    if (before !== undefined && before.offset > input.offset) {
      report('I1', where, `record ${input.id} comes after ${before.id}, which was read after it`);
    }
    latest.set(lane, input);
  }
  for (const { id, partition, offset } of inputs) {
    if (!found.has(id)) report('I1', topic, `record ${id} (partition ${partition}, offset ${offset}) is not there`);
  }
}

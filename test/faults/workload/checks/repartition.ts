import { encodeKey } from '../../../../src/core/key-codec.ts';
import { partitionOf } from '../../../../src/core/murmur2.ts';
import type { Value } from '../../../../src/core/types.ts';
import type { SubTopology } from '../../../../src/plan/physical-plan.ts';
import { secondsOf, tensOf, wordCounts } from '../reference.ts';
import { tenMs, TIMED_VIEWS } from '../topology.ts';
import type { Case, Check } from './case.ts';
import { takenBy } from './late.ts';
import { partitionsOf, placeOf, textOf } from './records.ts';
import type { Report } from './report.ts';
import { PARTS_OF_TENS } from './tens.ts';
import { travellingRows, wholePartitions } from './travelling-rows.ts';

/** What travels to one sub-topology: by the key of the group how many input rows, and whether all of them have to be there by now. */
type Travel = ReadonlyMap<string, { readonly rows: number; readonly isDue: boolean }>;

/** Each input row is in the repartition topics once. Of what was deleted because it is processed, nothing can be said. */
export const checkRepartitions: Check = (seen, report) => {
  const travels = travelsOf(seen);
  for (const subTopology of seen.plan.subTopologies) {
    const travel = travels.get(subTopology.id);
    if (travel !== undefined) checkTopic(seen, subTopology, travel, report);
  }
};

function travelsOf(seen: Case): Map<string, Travel> {
  const { sources, topology, load } = seen;
  const { secondMs } = topology;
  const window = (startMs: number, sizeMs: number): Value => [startMs * 1_000, (startMs + sizeMs) * 1_000];
  const words = [...wordCounts(sources.lines.flat())];
  const seconds = secondsOf(sources.events.flat(), secondMs);
  const ofWords = words.map(([word, rows]) => [encodeKey([word]), { rows, isDue: true }] as const);
  const ofSeconds = [...seconds.values()].map(
    ({ startMs, class: digit, n }) =>
      [encodeKey([window(startMs, secondMs), digit]), { rows: n, isDue: true }] as const,
  );
  const ofTens = PARTS_OF_TENS.map(({ of, windows }): readonly [string, Travel] => {
    const tens = tensOf(windows(takenBy(seen, TIMED_VIEWS[of]), secondMs).values(), secondMs);
    const travel = [...tens.values()].map(({ startMs, parts }) => {
      const isDue = startMs + tenMs(secondMs) < load.closedBeforeMs;
      return [encodeKey([window(startMs, tenMs(secondMs))]), { rows: parts, isDue }] as const;
    });
    return [of, new Map(travel)];
  });
  return new Map<string, Travel>([['wordCounts', new Map(ofWords)], ['seconds', new Map(ofSeconds)], ...ofTens]);
}

function checkTopic({ evidence }: Case, { id, input }: SubTopology, travel: Travel, report: Report): void {
  const { topic } = input;
  const partitions = partitionsOf(evidence, topic);
  const found = new Map<string, number>();
  for (const { record, key, rows } of travellingRows(evidence, id, input)) {
    const where = placeOf(topic, record);
    if (!travel.has(key)) {
      report('I1', where, `a row of no input: ${textOf(record.key)}`);
      continue;
    }
    found.set(key, (found.get(key) ?? 0) + rows);
    const place = partitionOf(partitions, Buffer.from(key));
    if (record.key?.toString() === key && record.partition === place) continue;
    report('I1', where, `expected key ${textOf(key)} in partition ${place}, found ${textOf(record.key)}`);
  }
  const whole = wholePartitions(evidence, topic);
  for (const [key, { rows, isDue }] of travel) {
    const place = partitionOf(partitions, Buffer.from(key));
    const there = found.get(key) ?? 0;
    if (there <= rows && (there === rows || !isDue || !whole.has(place))) continue;
    report('I1', `${topic}-${place} key ${textOf(key)}`, `expected ${rows} input rows, found ${there}`);
  }
}

import type { EvidenceRecord } from '../evidence.ts';
import type { Check } from './case.ts';
import { holdsRow } from './input-rows.ts';
import { objectOf, placeOf, recordsOf, textOf } from './records.ts';
import type { Report } from './report.ts';
import { travellingRows, type TravellingRow } from './travelling-rows.ts';

/** What a task before a repartition said last; times in microseconds. */
interface Said {
  readonly watermark: number;
  readonly idle: boolean;
}

/** Watermarks only go on, and behind what all tasks have said comes no row that would be late by it, unless it was late when it was written. */
export const checkMarkers: Check = ({ evidence, plan, load }, report) => {
  for (const { id, input } of plan.subTopologies) {
    if (input.kind !== 'repartition' || !input.timed) continue;
    const onTime = travellingRows(evidence, id, input).filter(
      ({ event }) => load.events[event ?? -1]?.straggles !== true,
    );
    const rows = new Map(onTime.map((row) => [row.record, row]));
    const partitions = Map.groupBy(recordsOf(evidence, input.topic), ({ partition }) => partition);
    for (const records of partitions.values()) checkPartition(input, records, rows, report);
  }
};

type Input = Parameters<typeof holdsRow>[0];

function checkPartition(
  input: Input,
  records: readonly EvidenceRecord[],
  rows: ReadonlyMap<EvidenceRecord, TravellingRow>,
  report: Report,
): void {
  const { topic } = input;
  const heard = new Heard();
  for (const record of records) {
    const where = placeOf(topic, record);
    if (!holdsRow(input, record)) {
      const complaint = heard.take(record);
      if (complaint !== null) report('I8', where, complaint);
      continue;
    }
    const { key, endUs } = rows.get(record) ?? { key: '', endUs: Infinity };
    if (endUs > heard.watermark) continue;
    report(
      'I8',
      where,
      `a row of ${textOf(key)}, which ends at ${endUs}; all said before that they are at ${heard.watermark}`,
    );
  }
}

/** What one partition was told. */
class Heard {
  watermark = -Infinity;
  #plan = '';
  #tasks: (Said | undefined)[] = [];

  /** @returns what is wrong with the marker */
  take(record: EvidenceRecord): string | null {
    const marker = objectOf(record.value);
    const [task, count] = [Number(marker?.['task']), Number(marker?.['taskCount'])];
    if (marker === null || !(task >= 0 && task < count)) return `not a marker: ${textOf(record.value)}`;
    const plan = String(marker['plan']);
    if (plan !== this.#plan) this.#tasks = new Array<Said | undefined>(count).fill(undefined);
    this.#plan = plan;
    const before = this.#tasks[task]?.watermark ?? -Infinity;
    const said = {
      watermark: Number(marker['watermark'] ?? -Infinity),
      idle: marker['idle'] === true && marker['ofSource'] === true,
    };
    this.#tasks[task] = said;
    this.watermark = Math.max(this.watermark, this.#reached);
    return said.watermark >= before ? null : `task ${task} goes back from ${before} to ${said.watermark}`;
  }

  /** What all have reached that are not idle; the furthest, where all are. */
  get #reached(): number {
    const all = this.#tasks.map((said) => said ?? { watermark: -Infinity, idle: false });
    const active = all.filter(({ idle }) => !idle).map(({ watermark }) => watermark);
    return active.length > 0 ? Math.min(...active) : Math.max(...all.map(({ watermark }) => watermark));
  }
}

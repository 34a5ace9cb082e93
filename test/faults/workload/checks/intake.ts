import { withoutSegment } from '../../../../src/core/segment-key.ts';
import type { PlannedStore } from '../../../../src/plan/physical-plan.ts';
import type { Case, Check } from './case.ts';
import { textOf } from './records.ts';
import type { Report } from './report.ts';
import { batchesOf, rowOf, type CommittedBatch, type TaskLog } from './task-logs.ts';
import { travellingRows, wholePartitions, type TravellingRow } from './travelling-rows.ts';

/** By sub-topology behind a repartition: the column of its table that counts the rows that came for a group. */
const COUNTS: Readonly<Record<string, string>> = { wordCounts: 'n', seconds: 'n', tens: 'parts', crowds: 'parts' };

/**
 * Batch by batch, the state behind a repartition counts the rows that were read up to the batch's end, but for the late ones, and changes for
 * no other reason.
 */
export const checkIntake: Check = (seen, report) => {
  for (const { id, input } of seen.plan.subTopologies) {
    const counted = COUNTS[id];
    if (counted === undefined || seen.allowances.compacted) continue;
    const whole = wholePartitions(seen.evidence, input.topic);
    const logs = seen.logs.filter(({ subTopology, partition }) => subTopology.id === id && whole.has(partition));
    for (const log of logs) checkLog(seen, log, counted, report);
  }
};

function checkLog({ evidence, late }: Case, log: TaskLog, counted: string, report: Report): void {
  const { id, input, stores } = log.subTopology;
  const isLate = ({ event }: TravellingRow): boolean => id === 'seconds' && late.get(id)?.has(event ?? -1) === true;
  const arrived = travellingRows(evidence, id, input).filter(
    (row) => row.record.partition === log.partition && !isLate(row),
  );
  const counts = new Map<string, number>();
  let next = 0;
  for (const batch of batchesOf(log)) {
    const touched = new Set<string>();
    for (; next < arrived.length && arrived[next].record.offset < batch.to; next++) {
      const { key, rows } = arrived[next];
      counts.set(key, (counts.get(key) ?? 0) + rows);
      touched.add(key);
    }
    for (const store of stores) checkBatch(log, store, batch, counts, touched, counted, report);
  }
}

function checkBatch(
  log: TaskLog,
  store: PlannedStore,
  batch: CommittedBatch,
  counts: ReadonlyMap<string, number>,
  touched: ReadonlySet<string>,
  counted: string,
  report: Report,
): void {
  const changed = new Set<string>();
  for (const { offset, key, value, store: name } of batch.changes) {
    if (name !== store.name) continue;
    const group = store.segmented ? withoutSegment(key) : key;
    changed.add(group);
    if (value === null) continue;
    const where = `${log.name} offset ${offset} store ${name} key ${textOf(key)}`;
    const found = Number(rowOf(store, key, value)?.[counted]);
    const expected = counts.get(group) ?? 0;
    if (found !== expected) report('I2', where, `expected ${expected} rows up to input ${batch.to}, found ${found}`);
    else if (!touched.has(group)) report('I2', where, `changed, and nothing came for it`);
  }
  // What comes and goes in one batch leaves nothing behind.
  if (store.segmented) return;
  for (const key of touched) {
    if (changed.has(key)) continue;
    report('I2', `${log.name} store ${store.name} key ${textOf(key)}`, `not changed by the batch at ${batch.offset}`);
  }
}

import { holdsRow } from './input-rows.ts';
import type { Case, Check } from './case.ts';
import { placeOf, recordsOf } from './records.ts';
import type { Report } from './report.ts';
import { committedInput, type TaskLog } from './task-logs.ts';

/** Nothing is open and nothing lags: transactions have ended, all input is committed, and the group's offsets say so. */
export const checkRest: Check = (seen, report) => {
  for (const [partition, { lastStable, highWatermark }] of seen.evidence.ends) {
    if (lastStable === highWatermark) continue;
    report('I6', partition, `a transaction is open: last stable offset ${lastStable}, high watermark ${highWatermark}`);
  }
  for (const log of seen.logs) checkInput(seen, log, report);
};

function checkInput({ evidence }: Case, log: TaskLog, report: Report): void {
  const { input } = log.subTopology;
  const name = `${input.topic}-${log.partition}`;
  const committed = committedInput(log);
  const end = evidence.ends.get(name)?.highWatermark ?? 0;
  if (committed > end) report('I3', log.name, `input ${committed} is behind the end of ${name}, ${end}`);
  const offset = evidence.groupOffsets.get(name);
  if (offset === undefined) report('I5', name, `expected an offset of the group, found none`);
  else if (offset > end) report('I5', name, `the group's offset ${offset} is behind the end, ${end}`);
  for (const record of recordsOf(evidence, input.topic)) {
    if (record.partition !== log.partition || !holdsRow(input, record)) continue;
    const where = placeOf(input.topic, record);
    if (record.offset >= committed) report('I6', where, `not processed: ${log.name} has come to ${committed}`);
    if (offset === undefined || record.offset < offset === record.offset < committed) continue;
    report('I5', where, `the group's offset is ${offset}, that of the last commit ${committed}`);
  }
}

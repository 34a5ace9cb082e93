import type { LoadEvent } from '../load.ts';
import { isLarge } from '../reference.ts';
import { topicOf } from '../topology.ts';
import type { Case, Check } from './case.ts';
import { copiedId } from './copies.ts';
import { recordsOf } from './records.ts';
import type { Report } from './report.ts';
import type { Placed } from './sources.ts';
import { batchesOf, type TaskLog } from './task-logs.ts';

/** Ids that are in the outputs. */
interface Copied {
  readonly copies: ReadonlySet<number>;
  readonly large: ReadonlySet<number>;
}

/** What a batch read is in both of its outputs as a whole, or in neither; what no batch committed is in none. */
export const checkAtomicity: Check = (seen, report) => {
  const { evidence, topology, logs, allowances } = seen;
  // Of the beginning of a compacted log it cannot be told which batches there were.
  if (!topology.parts.includes('copies') || allowances.compacted) return;
  const idsIn = (output: string): Set<number> =>
    new Set(recordsOf(evidence, topicOf(topology.name, output)).map(copiedId));
  const copied = { copies: idsIn('copies'), large: idsIn('large') };
  for (const log of logs) if (log.subTopology.id === 'events') checkLog(seen, log, copied, report);
};

function checkLog({ sources, topology }: Case, log: TaskLog, { copies, large }: Copied, report: Report): void {
  const events: readonly Placed<LoadEvent>[] = sources.events[log.partition] ?? [];
  let next = 0;
  for (const { offset, to } of batchesOf(log)) {
    let wanted = 0;
    let there = 0;
    for (; next < events.length && events[next].offset < to; next++) {
      const { id } = events[next];
      const outputs = isLarge(events[next]) ? [copies, large] : [copies];
      wanted += outputs.length;
      for (const output of outputs) if (output.has(id)) there++;
    }
    if (there === 0 || there === wanted) continue;
    const what = `of the input up to ${to}, ${there} of ${wanted} records are in its outputs`;
    report('I4', `${log.name} offset ${offset}`, what);
  }
  for (const { id, partition, offset } of events.slice(next)) {
    if (!copies.has(id) && !large.has(id)) continue;
    const where = `${topicOf(topology.name, 'events')}-${partition} offset ${offset}`;
    report('I4', where, `record ${id} is in an output and not committed`);
  }
}

import { holdsRow } from './input-rows.ts';
import type { Case, Check } from './case.ts';
import { recordsOf } from './records.ts';
import type { Report } from './report.ts';
import { inputAfter, ownershipOf, type LogEntry, type OwnershipEntry, type TaskLog } from './task-logs.ts';

/** Commit and claim records of each changelog are one chain, and nothing is outside of it. */
export const checkChains: Check = (seen, report) => {
  for (const log of seen.logs) {
    checkFrames(seen, log, report);
    checkChain(seen, log, report);
  }
};

/** Changes belong to the commit record behind them: they are followed by one, and no claim comes between. */
function checkFrames({ allowances }: Case, { name, entries }: TaskLog, report: Report): void {
  const isCommit = (entry: LogEntry): boolean => entry.kind === 'ownership' && entry.record.kind === 'commit';
  // Of the beginning of a compacted log one commit record is left.
  const first = allowances.compacted ? entries.findIndex(isCommit) : 0;
  for (const [i, entry] of entries.entries()) {
    if (entry.kind === 'ownership' || i < first) continue;
    const next = entries[i + 1];
    const where = `${name} offset ${entry.offset}`;
    if (next === undefined) report('I3', where, 'a change without a commit record behind it');
    else if (next.kind === 'ownership' && next.record.kind === 'claim') {
      report('I3', where, `a change without a commit record: a claim follows at ${next.offset}`);
    }
  }
}

/** What the chain has come to. */
interface Link {
  /** Offset of the last commit record, and of the last claim. */
  readonly position: number;
  readonly claim: number;
  readonly last: OwnershipEntry | null;
}

function checkChain(seen: Case, log: TaskLog, report: Report): void {
  const records = ownershipOf(log);
  if (records.length === 0) {
    report('I3', log.name, 'expected at least one claim, found no record of ownership');
    return;
  }
  let link: Link = { position: -1, claim: -1, last: null };
  for (const entry of records) {
    checkLink(seen, log, link, entry, report);
    const { kind } = entry.record;
    link = {
      position: kind === 'commit' ? entry.offset : link.position,
      claim: kind === 'claim' ? entry.offset : link.claim,
      last: entry,
    };
  }
}

function checkLink(seen: Case, log: TaskLog, link: Link, entry: OwnershipEntry, report: Report): void {
  const { record, offset } = entry;
  const where = `${log.name} offset ${offset} (${record.kind})`;
  const expect = (what: string, expected: unknown, found: unknown): void => {
    if (expected !== found) report('I3', where, `${what}: expected ${String(expected)}, found ${String(found)}`);
  };
  const isWhole = !seen.allowances.compacted;
  // Of the beginning of a compacted log one commit record and one claim are left, and what they refer to may be gone.
  if (isWhole || link.position >= 0) expect('position before it', link.position, record.position);
  if (record.kind === 'commit' && (isWhole || link.position >= 0)) expect('generation', link.claim, record.generation);
  if (record.kind === 'commit' && record.generation >= offset)
    report('I3', where, `generation ${record.generation} to come`);

  const { topic } = log.subTopology.input;
  expect('input topics', topic, Object.keys(record.inputs).join());
  const { last } = link;
  if (last === null) {
    if (!isWhole) return;
    expect('first record', 'claim', record.kind);
    expect('batch', -1, record.batchId);
    expectNothingSkipped(seen, log, 0, entry, where, report);
    return;
  }
  expect('log', last.record.logId, record.logId);
  const gap = !isWhole && link.position < 0;
  if (!gap) expect('batch', last.record.batchId + (record.kind === 'commit' ? 1 : 0), record.batchId);
  const [before, after] = [inputAfter(log, last.record), inputAfter(log, record)];
  if (!(after >= before)) report('I3', where, `input goes back from ${before} to ${after}`);
  if (record.kind === 'claim' && !gap) expectNothingSkipped(seen, log, before, entry, where, report);
  expectOnwards('batch time', last.record.batchTimeMs, record.batchTimeMs, where, report);
  expectOnwards('plan', last.record.planEpoch, record.planEpoch, where, report);
  // It is left out before the first.
  expectOnwards('watermark', watermarkOf(last), watermarkOf(entry), where, report);
}

const watermarkOf = ({ record }: OwnershipEntry): number => record.time.watermark ?? -Infinity;

function expectOnwards(what: string, before: number, after: number, where: string, report: Report): void {
  if (!(after >= before)) report('I3', where, `${what} goes back from ${before} to ${after}`);
}

/** A claim takes no input: between where it begins and where the record before it ended there are no rows. */
function expectNothingSkipped(
  { evidence }: Case,
  log: TaskLog,
  from: number,
  { record }: OwnershipEntry,
  where: string,
  report: Report,
): void {
  const { input } = log.subTopology;
  const to = inputAfter(log, record);
  for (const row of recordsOf(evidence, input.topic)) {
    if (row.partition !== log.partition || row.offset < from || row.offset >= to || !holdsRow(input, row)) continue;
    report('I3', where, `the claim passes over the input at offset ${row.offset}`);
  }
}

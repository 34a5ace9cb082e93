import { MillraceError } from '../core/errors.ts';
import type { StateDelta } from '../core/state.ts';
import type { Transaction } from '../core/transport.ts';
import { CLAIM_KEY, COMMIT_KEY, encodeOwnership, stateKey, type OwnershipRecord } from './changelog.ts';

/** What brokers of version 4 take from producers at most, unless told otherwise (`message.timestamp.after.max.ms`). */
const MOST_AHEAD_MS = 3_600_000;

export interface CommitTimes {
  /** ms from the first request to the last acknowledgement of the data. */
  readonly produceMs: number;
  /** ms from the decision being asked for to it being definite. */
  readonly commitMs: number;
}

/**
 * The order of a commit, and the only place that knows it. Outputs and repartition rows are in the transaction already; now
 *
 *     1. state changes are appended to the changelog,
 *     2. the commit record (or claim record) is appended behind them, as the last record of the log,
 *     3. everything is sent and acknowledged, by brokers whose clocks agree with this one's,
 *     4. the transaction is committed: the decision.
 *
 * Only after this resolves may the state's overlay enter the cache, Redis be written or a sink outside Kafka be called. When it rejects, the
 * error says whether the transaction is definitely not committed (recovery `aborted`), or the changelog has to be asked.
 * @returns the offset of the commit record, which is the task's new position, or of the claim record, which is the owner's generation
 */
export async function commitTransaction(
  transaction: Transaction,
  changelog: { readonly topic: string; readonly partition: number },
  delta: StateDelta,
  record: OwnershipRecord,
  now: () => number,
): Promise<{ offset: number; times: CommitTimes }> {
  const { topic, partition } = changelog;
  const timestamp = Math.floor(now());
  for (const { store, key, value } of delta.changes) {
    transaction.append(topic, partition, timestamp, stateKey(store, key), value, null);
  }
  const key = record.kind === 'commit' ? COMMIT_KEY : CLAIM_KEY;
  transaction.append(topic, partition, timestamp, key, encodeOwnership(record), null);

  const started = now();
  try {
    await transaction.send();
    refuseWrongClock(timestamp, transaction.appendedMs(topic, partition));
  } catch (error) {
    await transaction.abort();
    throw error;
  }
  const sent = now();
  const offset = transaction.lastOffset(topic, partition);
  await transaction.commit();
  return { offset, times: { produceMs: sent - started, commitMs: now() - sent } };
}

/**
 * A batch time that is committed binds every later owner, for it never goes back. One that no broker would take from a sink must not be:
 * the owners after this one, whose clocks are right, could write nothing until their clocks have come to it.
 * @throws CLOCK_WRONG
 */
function refuseWrongClock(nowMs: number, brokerMs: number): void {
  if (brokerMs < 0 || nowMs <= brokerMs + MOST_AHEAD_MS) return;
  const [here, there] = [nowMs, brokerMs].map((ms) => new Date(ms).toISOString());
  const message = `it is ${here} by the clock of this machine, and ${there} by that of the broker`;
  throw new MillraceError('CLOCK_WRONG', message, { details: { nowMs, brokerMs } });
}

import { MillraceError } from '../core/errors.ts';
import { brokerError } from './broker-error.ts';
import type { Cluster } from './cluster.ts';
import { askCoordinator } from './coordinator-request.ts';
import { ErrorCode, isRetriable, isStaleCoordinator } from './error-codes.ts';
import { Patience } from './patience.ts';

const PATIENCE_MS = 30_000;

/**
 * Whether a transaction of the id is decided and its markers are still being written. A coordinator says that it is complete only when the
 * leaders of all its partitions have them. An id that nobody knows has no such transaction.
 * @throws NOT_AUTHORIZED, BROKER_ERROR, BROKER_UNAVAILABLE when no coordinator answers for long
 */
export async function isEnding(cluster: Cluster, transactionalId: string, signal: AbortSignal): Promise<boolean> {
  const patience = new Patience(cluster.clock, PATIENCE_MS, signal);
  const request = { transactionalId };
  const reply = await askCoordinator(
    cluster,
    'transaction',
    transactionalId,
    'DescribeTransactions',
    request,
    patience,
    (answer) => {
      if (answer === null || isStaleCoordinator(answer.errorCode)) return 'elsewhere';
      return isRetriable(answer.errorCode) ? 'again' : 'done';
    },
  );
  if (reply === null) {
    throw new MillraceError('BROKER_UNAVAILABLE', `no coordinator answered for transactional id ${transactionalId}`, {
      details: { transactionalId },
    });
  }
  const { errorCode, state } = reply;
  if (errorCode === ErrorCode.TRANSACTIONAL_ID_NOT_FOUND) return false;
  if (errorCode !== ErrorCode.NONE) throw brokerError(errorCode, `describe transactional id ${transactionalId}`);
  return state === 'PrepareCommit' || state === 'PrepareAbort';
}

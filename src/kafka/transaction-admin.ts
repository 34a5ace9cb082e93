import { brokerError } from './broker-error.ts';
import type { Cluster } from './cluster.ts';
import { answerOfCoordinator } from './coordinator-request.ts';
import { ErrorCode } from './error-codes.ts';

/**
 * Whether a transaction of the id is decided and its markers are still being written. A coordinator says that it is complete only when the
 * leaders of all its partitions have them. An id that nobody knows has no such transaction.
 * @throws NOT_AUTHORIZED, BROKER_ERROR, BROKER_UNAVAILABLE when no coordinator answers for long
 */
export async function isEnding(cluster: Cluster, transactionalId: string, signal: AbortSignal): Promise<boolean> {
  const request = { transactionalId };
  const { errorCode, state } = await answerOfCoordinator(
    cluster,
    'transaction',
    transactionalId,
    'DescribeTransactions',
    request,
    signal,
  );
  if (errorCode === ErrorCode.TRANSACTIONAL_ID_NOT_FOUND) return false;
  if (errorCode !== ErrorCode.NONE) throw brokerError(errorCode, `describe transactional id ${transactionalId}`);
  return state === 'PrepareCommit' || state === 'PrepareAbort';
}

import type { ApiReply, ApiRequest } from './api.ts';
import type { Cluster } from './cluster.ts';
import { askCoordinator, type Verdict } from './coordinator-request.ts';
import type { Patience } from './patience.ts';
import type { ProducerSession } from './producer-session.ts';
import { isFinal, NO_REPLY, type Rule, ruleOf, type TransactionApi, transactionError } from './transaction-errors.ts';

type CoordinatorApi = Exclude<TransactionApi, 'Produce'>;

/**
 * Asks the coordinator of the session's transactional id until it grants the request; null when the patience ended before. Whatever is
 * left without a definite answer puts the session in doubt.
 * @throws as the rules say: TRANSACTION_ABORTED, PRODUCER_FENCED, or what is fatal
 */
export function askTransactionCoordinator<A extends CoordinatorApi>(
  cluster: Cluster,
  session: ProducerSession,
  api: A,
  request: ApiRequest<A>,
  patience: Patience,
  codesOf: (reply: ApiReply<A>) => readonly number[],
): Promise<ApiReply<A> | null> {
  const { transactionalId } = session;
  return askCoordinator(cluster, 'transaction', transactionalId, api, request, patience, (reply) => {
    let verdict: Verdict = 'done';
    const codes = reply === null ? [null] : codesOf(reply);
    for (const code of codes) {
      const rule: Rule = code === null ? NO_REPLY : ruleOf(api, code);
      if (rule.indefinite) session.inDoubt = true;
      if (rule.action === 'again' && verdict === 'done') verdict = 'again';
      if (rule.action === 'elsewhere') verdict = 'elsewhere';
      if (code !== null && isFinal(rule)) throw transactionError(rule, code, `${api} of ${transactionalId}`);
    }
    return verdict;
  });
}

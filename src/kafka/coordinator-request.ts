import { MillraceError } from '../core/errors.ts';
import type { ApiName, ApiReply, ApiRequest, Apis, NodeId } from './api.ts';
import { backoffMs, isLinkError } from './broker-error.ts';
import type { Cluster, CoordinatorType } from './cluster.ts';
import { isRetriable, isStaleCoordinator } from './error-codes.ts';
import { Patience } from './patience.ts';

/** What the asker makes of an answer: granted, ask the same node again, or ask whoever coordinates now. Throws to end the asking. */
export type Verdict = 'done' | 'again' | 'elsewhere';

const SHORTEST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 20;
const ANSWER_PATIENCE_MS = 30_000;

/**
 * Asks the coordinator of the group or transactional id until the judge says done or throws; null when the patience ended before. The
 * judge sees every reply, and null for each request that none came to (it may have been carried out, or may yet be).
 */
export async function askCoordinator<A extends ApiName>(
  cluster: Cluster,
  type: CoordinatorType,
  key: string,
  api: A,
  request: ApiRequest<A>,
  patience: Patience,
  judge: (reply: ApiReply<A> | null) => Verdict,
): Promise<ApiReply<A> | null> {
  for (let attempt = 0; ; attempt++) {
    let verdict: Verdict = 'elsewhere';
    const node = await orNull<NodeId>(cluster.coordinatorOf(type, key));
    if (node !== null) {
      const reply = await orNull(cluster.link.send(node, api, request));
      verdict = judge(reply);
      if (verdict === 'done') return reply;
    }
    if (verdict === 'elsewhere') cluster.forgetCoordinator(type, key);
    const pause =
      verdict === 'again' ? Math.min(SHORTEST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS) : backoffMs(attempt);
    if (!(await patience.pause(pause))) return null;
  }
}

/** Requests whose reply is one answer, with one code. */
type OneAnswer = { [A in ApiName]: Apis[A]['reply'] extends { errorCode: number } ? A : never }[ApiName];

/**
 * The coordinator's first answer that asking again would not change; its code may still be an error.
 * @throws BROKER_UNAVAILABLE when no coordinator gives one for long, NOT_AUTHORIZED
 */
export async function answerOfCoordinator<A extends OneAnswer>(
  cluster: Cluster,
  type: CoordinatorType,
  key: string,
  api: A,
  request: ApiRequest<A>,
  signal: AbortSignal,
): Promise<ApiReply<A>> {
  const patience = new Patience(cluster.clock, ANSWER_PATIENCE_MS, signal);
  const reply = await askCoordinator(cluster, type, key, api, request, patience, (answer) => {
    if (answer === null || isStaleCoordinator(answer.errorCode)) return 'elsewhere';
    return isRetriable(answer.errorCode) ? 'again' : 'done';
  });
  if (reply !== null) return reply;
  const [what, field] = type === 'group' ? ['group', 'groupId'] : ['transactional id', 'transactionalId'];
  throw new MillraceError('BROKER_UNAVAILABLE', `no coordinator answered for ${what} ${key}`, {
    details: { [field]: key },
  });
}

/** The reply, or null where none came. */
export async function orNull<T>(reply: Promise<T>): Promise<T | null> {
  try {
    return await reply;
  } catch (error) {
    if (isLinkError(error)) return null;
    throw error;
  }
}

import type { ApiName, ApiReply, ApiRequest, NodeId } from './api.ts';
import { backoffMs, isLinkError } from './broker-error.ts';
import type { Cluster, CoordinatorType } from './cluster.ts';
import type { Patience } from './patience.ts';

/** What the asker makes of an answer: granted, ask the same node again, or ask whoever coordinates now. Throws to end the asking. */
export type Verdict = 'done' | 'again' | 'elsewhere';

const SHORTEST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 20;

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

/** The reply, or null where none came. */
export async function orNull<T>(reply: Promise<T>): Promise<T | null> {
  try {
    return await reply;
  } catch (error) {
    if (isLinkError(error)) return null;
    throw error;
  }
}

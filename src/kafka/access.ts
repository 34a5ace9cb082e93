import { MillraceError } from '../core/errors.ts';
import type { Access } from '../core/transport.ts';
import { backoffMs, brokerError, isLinkError } from './broker-error.ts';
import type { Cluster } from './cluster.ts';
import { isNotAuthorized, isRetriable } from './error-codes.ts';
import { Patience } from './patience.ts';

const PATIENCE_MS = 10_000;
const REQUEST_MS = 5_000;
/** Of a partition; a broker that has more sends one record batch at least. */
const FEW_BYTES = 1;

/**
 * Brokers look at the right before they look at the request. So each of these requests asks for something that cannot be done or changes
 * nothing, and whatever is answered but "not authorized" says that the right is there.
 * @throws NOT_AUTHORIZED, BROKER_UNAVAILABLE, TOPIC_MISSING
 */
export async function tryAccess(cluster: Cluster, access: Access, signal: AbortSignal): Promise<void> {
  const patience = new Patience(cluster.clock, PATIENCE_MS, signal);
  for (let attempt = 0; ; attempt++) {
    const errorCode = await attemptOnce(cluster, access).catch((error: unknown) => {
      if (isLinkError(error)) return null;
      throw error;
    });
    if (errorCode !== null && isNotAuthorized(errorCode)) throw brokerError(errorCode, describe(access));
    if (errorCode !== null && !isRetriable(errorCode)) return;
    if (!(await patience.pause(backoffMs(attempt)))) {
      throw new MillraceError('BROKER_UNAVAILABLE', `${describe(access)}: no broker could say whether we may`);
    }
  }
}

async function attemptOnce(cluster: Cluster, access: Access): Promise<number> {
  const { link } = cluster;
  if (access.kind === 'join') {
    const { group } = access;
    const node = await cluster.coordinatorOf('group', group);
    const { errorCode } = await link.send(node, 'Heartbeat', { groupId: group, generation: 0, memberId: 'nobody' });
    if (isRetriable(errorCode)) cluster.forgetCoordinator('group', group);
    return errorCode;
  }
  const { topic } = access;
  const node = await cluster.leaderOf(topic, 0);
  const errorCode = await (access.kind === 'read' ? tryFetch : tryProduce)(cluster, topic, node);
  if (isRetriable(errorCode)) cluster.forgetLeader(topic, 0);
  return errorCode;
}

async function tryFetch({ link }: Cluster, topic: string, node: number): Promise<number> {
  const partitions = [{ partition: 0, offset: 0, maxBytes: FEW_BYTES }];
  const request = { maxWaitMs: 0, minBytes: 0, maxBytes: FEW_BYTES, topics: [{ topic, partitions }] };
  const reply = await link.send(node, 'Fetch', request);
  return reply.errorCode || reply.topics[0].partitions[0].errorCode;
}

async function tryProduce({ link }: Cluster, topic: string, node: number): Promise<number> {
  const nothing = { partition: 0, batch: new Uint8Array() };
  const request = { transactionalId: null, timeoutMs: REQUEST_MS, topics: [{ topic, partitions: [nothing] }] };
  const reply = await link.send(node, 'Produce', request);
  return reply.topics[0].partitions[0].errorCode;
}

const describe = (access: Access): string =>
  access.kind === 'join' ? `join group ${access.group}` : `${access.kind} topic ${access.topic}`;

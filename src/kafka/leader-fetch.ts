import type { ApiReply, ApiRequest, BrokerLink, FetchedPartition, NodeId } from './api.ts';
import type { PartitionQueue } from './partition-queue.ts';

/** What a leader's fetches need of the fetcher that they belong to. */
export interface LeaderFetchHost {
  readonly link: BrokerLink;
  readonly queues: Iterable<PartitionQueue>;
  /** Ms. */
  now(): number;
  /** Bytes that a queue may hold. */
  share(): number;
  /** Most bytes of one answer. */
  maxAnswerBytes(): number;
  /** Takes in an answer to what was asked then, for a queue that is still open and where it was; whether the queue's position moved. */
  onAnswer(queue: PartitionQueue, answer: FetchedPartition, askedMs: number): boolean;
  /** The request failed as a whole, or the answer left the queue out of it. */
  onFailure(queue: PartitionQueue, error: unknown): void;
}

/** How long the broker may hold a fetch that finds nothing. */
const LONG_POLL_MS = 500;
/** The same for the second request to a leader, which others wait for. */
const SHORT_POLL_MS = 20;
const MAX_REQUESTS = 2;
const MAX_PARTITION_BYTES = 1024 * 1024;
const MIN_PARTITION_BYTES = 64 * 1024;

/**
 * The long polls to one leader for all partitions that it leads. As a rule one request holds them all. A partition that becomes ready
 * while that one is held (just opened, or its queue has room again) goes into a second, short one at once; when both come back without
 * news they are one again.
 */
export class LeaderFetch {
  readonly #node: NodeId;
  readonly #host: LeaderFetchHost;
  #requests = 0;
  #shortRequests = 0;
  #turn = 0;
  #scheduled = false;

  constructor(node: NodeId, host: LeaderFetchHost) {
    this.#node = node;
    this.#host = host;
  }

  /** Fetches what is ready, as soon as the current turn of events is over, so that partitions opened together travel together. */
  pump(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (this.#requests === MAX_REQUESTS) return;
      const ready = this.#readyQueues();
      if (ready.length > 0) void this.#fetch(ready, this.#requests > 0 ? SHORT_POLL_MS : LONG_POLL_MS);
    });
  }

  /** Queues to ask for, each time beginning with another one: only the first is sure to get a whole batch. */
  #readyQueues(): PartitionQueue[] {
    const half = this.#host.share() / 2;
    const ready: PartitionQueue[] = [];
    for (const queue of this.#host.queues) {
      if (queue.leader === this.#node && !queue.inFlight && queue.bufferedBytes < half) ready.push(queue);
    }
    if (ready.length < 2) return ready;
    const first = this.#turn++ % ready.length;
    return [...ready.slice(first), ...ready.slice(0, first)];
  }

  async #fetch(queues: readonly PartitionQueue[], maxWaitMs: number): Promise<void> {
    const isShort = maxWaitMs === SHORT_POLL_MS;
    this.#requests++;
    if (isShort) this.#shortRequests++;
    for (const queue of queues) queue.inFlight = true;
    const positions = queues.map((queue) => queue.position);
    const askedMs = this.#host.now();
    let moved = false;
    try {
      const reply = await this.#host.link.send(this.#node, 'Fetch', this.#request(queues, maxWaitMs));
      const answers = answersByName(reply);
      queues.forEach((queue, i) => {
        queue.inFlight = false;
        if (queue.closed || queue.position !== positions[i]) return;
        const answer = answers.get(`${queue.topic}-${queue.partition}`);
        if (reply.errorCode !== 0 || answer === undefined) this.#host.onFailure(queue, reply.errorCode);
        else if (this.#host.onAnswer(queue, answer, askedMs)) moved = true;
      });
    } catch (error) {
      for (const queue of queues) {
        queue.inFlight = false;
        if (!queue.closed) this.#host.onFailure(queue, error);
      }
    } finally {
      this.#requests--;
      if (isShort) this.#shortRequests--;
    }
    // Without news, one that is soon back is waited for, so that the next request holds the partitions of both.
    if (moved || this.#shortRequests === 0) this.pump();
  }

  #request(queues: readonly PartitionQueue[], maxWaitMs: number): ApiRequest<'Fetch'> {
    const half = Math.floor(this.#host.share() / 2);
    const maxBytes = Math.min(MAX_PARTITION_BYTES, Math.max(MIN_PARTITION_BYTES, half));
    const topics = new Map<string, { partition: number; offset: number; maxBytes: number }[]>();
    for (const { topic, partition, position } of queues) {
      const asked = { partition, offset: position, maxBytes };
      const partitions = topics.get(topic);
      if (partitions === undefined) topics.set(topic, [asked]);
      else partitions.push(asked);
    }
    return {
      maxWaitMs,
      minBytes: 1,
      maxBytes: this.#host.maxAnswerBytes(),
      topics: Array.from(topics, ([topic, partitions]) => ({ topic, partitions })),
    };
  }
}

function answersByName(reply: ApiReply<'Fetch'>): Map<string, FetchedPartition> {
  const answers = new Map<string, FetchedPartition>();
  for (const { topic, partitions } of reply.topics) {
    for (const answer of partitions) answers.set(`${topic}-${answer.partition}`, answer);
  }
  return answers;
}

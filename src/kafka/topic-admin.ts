import { MillraceError } from '../core/errors.ts';
import { partitionName, type TopicPartition } from '../core/task.ts';
import type { PartitionOffsets, TopicAdmin, TopicDescription, TopicSpec } from '../core/transport.ts';
import { ANY_NODE, type ApiRequest, type NodeId } from './api.ts';
import { brokerError, isLinkError } from './broker-error.ts';
import type { Cluster } from './cluster.ts';
import { ErrorCode, isRetriable, isStaleLeader } from './error-codes.ts';

const REQUEST_MS = 15_000;
const PATIENCE_MS = 30_000;
const EARLIEST = -2;
const LATEST = -1;
const NO_OFFSET = -1;

type Isolation = 'read_committed' | 'read_uncommitted';

/** Topics and offsets over the cluster's Metadata, admin and ListOffsets requests. Passing errors are retried for half a minute. */
export class KafkaTopicAdmin implements TopicAdmin {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async describe(names: readonly string[]): Promise<Map<string, TopicDescription>> {
    const descriptions = new Map<string, TopicDescription>();
    for (const { topic, partitions } of await this.#cluster.describe(names)) {
      const replicationFactor = partitions[0]?.replicas.length ?? 0;
      descriptions.set(topic, { name: topic, partitions: partitions.length, replicationFactor });
    }
    return descriptions;
  }

  async config(name: string): Promise<Map<string, string>> {
    return this.#patiently(async () => {
      const reply = await this.#cluster.link.send(ANY_NODE, 'DescribeConfigs', { topic: name });
      if (isRetriable(reply.errorCode) && reply.errorCode !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) return undefined;
      if (reply.errorCode !== ErrorCode.NONE) throw topicError(reply.errorCode, 'describe', name, reply.errorMessage);
      const settings = new Map<string, string>();
      for (const entry of reply.entries) if (entry.value !== null) settings.set(entry.name, entry.value);
      return settings;
    }, `describe the settings of topic ${name}`);
  }

  async create(topics: readonly TopicSpec[]): Promise<void> {
    let left = [...topics];
    await this.#patiently(async () => {
      if (left.length === 0) return true;
      const reply = await this.#cluster.link.send(await this.#controller(), 'CreateTopics', creation(left));
      const created = new Set<string>();
      for (const { topic, errorCode, errorMessage } of reply.topics) {
        if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.TOPIC_ALREADY_EXISTS) created.add(topic);
        else if (!isRetriable(errorCode)) throw topicError(errorCode, 'create', topic, errorMessage);
      }
      left = left.filter(({ name }) => !created.has(name));
      return left.length === 0 || undefined;
    }, 'create topics');
    // Brokers learn of a new topic one after the other: it is there for us when whoever we ask knows a leader for every partition.
    await this.#patiently(async () => {
      const described = await this.#cluster.describe(topics.map(({ name }) => name));
      const ready = described.filter(
        ({ partitions }) => partitions.length > 0 && partitions.every((p) => p.leader >= 0),
      );
      return ready.length === topics.length || undefined;
    }, 'wait for the leaders of new topics');
  }

  async validate(topics: readonly TopicSpec[]): Promise<void> {
    if (topics.length === 0) return;
    await this.#patiently(async () => {
      const request = { ...creation(topics), validateOnly: true };
      const reply = await this.#cluster.link.send(await this.#controller(), 'CreateTopics', request);
      for (const { topic, errorCode, errorMessage } of reply.topics) {
        if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.TOPIC_ALREADY_EXISTS) continue;
        if (isRetriable(errorCode)) return undefined;
        throw topicError(errorCode, 'create', topic, errorMessage);
      }
      return true;
    }, 'ask whether topics could be created');
  }

  async delete(names: readonly string[]): Promise<void> {
    let left = [...names];
    await this.#patiently(async () => {
      if (left.length === 0) return true;
      const request = { timeoutMs: REQUEST_MS, topics: left };
      const reply = await this.#cluster.link.send(await this.#controller(), 'DeleteTopics', request);
      const deleted = new Set<string>();
      for (const { topic, errorCode } of reply.topics) {
        if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) deleted.add(topic);
        else if (!isRetriable(errorCode)) throw topicError(errorCode, 'delete', topic, null);
      }
      left = left.filter((name) => !deleted.has(name));
      return left.length === 0 || undefined;
    }, 'delete topics');
    // Each broker learns of it for itself: one that has not would still take records, or say that there is no need to create the topic anew.
    await this.#patiently(async () => (await this.#isGone(names)) || undefined, 'wait for topics to be gone');
  }

  async offsets(partitions: readonly TopicPartition[]): Promise<Map<string, PartitionOffsets>> {
    const [first, lastStable, end] = await Promise.all([
      this.#listOffsets(partitions, EARLIEST, 'read_uncommitted'),
      this.#listOffsets(partitions, LATEST, 'read_committed'),
      this.#listOffsets(partitions, LATEST, 'read_uncommitted'),
    ]);
    const offsets = new Map<string, PartitionOffsets>();
    for (const name of first.keys()) {
      offsets.set(name, {
        first: first.get(name) ?? 0,
        lastStable: lastStable.get(name) ?? 0,
        end: end.get(name) ?? 0,
      });
    }
    return offsets;
  }

  async offsetsAt(partitions: readonly TopicPartition[], timestampMs: number): Promise<Map<string, number>> {
    const found = await this.#listOffsets(partitions, timestampMs, 'read_committed');
    const behind = partitions.filter((tp) => found.get(partitionName(tp)) === NO_OFFSET);
    const ends = await this.#listOffsets(behind, LATEST, 'read_committed');
    for (const [name, end] of ends) found.set(name, end);
    return found;
  }

  async deleteRecords(before: readonly { topic: string; partition: number; offset: number }[]): Promise<void> {
    await this.#perLeader(before, 'delete records', async (leader, group) => {
      const reply = await this.#cluster.link.send(leader, 'DeleteRecords', {
        timeoutMs: REQUEST_MS,
        topics: byTopic(group, ({ partition, offset }) => ({ partition, offset })),
      });
      return answersOf(reply.topics);
    });
  }

  async #listOffsets(
    partitions: readonly TopicPartition[],
    timestamp: number,
    isolation: Isolation,
  ): Promise<Map<string, number>> {
    const offsets = new Map<string, number>();
    await this.#perLeader(partitions, 'list offsets', async (leader, group) => {
      const topics = byTopic(group, ({ partition }) => ({ partition, timestamp }));
      const reply = await this.#cluster.link.send(leader, 'ListOffsets', { isolation, topics });
      for (const { topic, partitions: answers } of reply.topics) {
        for (const { partition, errorCode, offset } of answers) {
          if (errorCode === ErrorCode.NONE) offsets.set(partitionName({ topic, partition }), offset);
        }
      }
      return answersOf(reply.topics);
    });
    return offsets;
  }

  /** Asks the leaders of the partitions, each for its own, and again for those that it could not answer for. */
  async #perLeader<P extends TopicPartition>(
    partitions: readonly P[],
    what: string,
    ask: (leader: NodeId, group: readonly P[]) => Promise<PartitionAnswer[]>,
  ): Promise<void> {
    let left = new Map(partitions.map((tp) => [partitionName(tp), tp]));
    await this.#patiently(async () => {
      const groups = new Map<NodeId, P[]>();
      for (const tp of left.values()) {
        const leader = await this.#cluster.leaderOf(tp.topic, tp.partition);
        groups.set(leader, [...(groups.get(leader) ?? []), tp]);
      }
      const failed = new Map<string, P>();
      await Promise.all(
        Array.from(groups, async ([leader, group]) => {
          const answers = await ask(leader, group).catch((error: unknown): PartitionAnswer[] => {
            if (!isLinkError(error)) throw error;
            return group.map((tp) => ({ name: partitionName(tp), errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER }));
          });
          for (const { name, errorCode } of answers) {
            const tp = left.get(name);
            if (errorCode === ErrorCode.NONE || tp === undefined) continue;
            if (!isRetriable(errorCode)) throw brokerError(errorCode, `${what} of ${name}`);
            if (isStaleLeader(errorCode)) this.#cluster.forgetLeader(tp.topic, tp.partition);
            failed.set(name, tp);
          }
        }),
      );
      left = failed;
      return left.size === 0 || undefined;
    }, what);
  }

  /** Whether no broker that is up knows any of the topics. */
  async #isGone(names: readonly string[]): Promise<boolean> {
    if (names.length === 0) return true;
    const { link } = this.#cluster;
    const replies = (await this.#cluster.brokers()).map(({ nodeId }) =>
      link.send(nodeId, 'Metadata', { topics: names }),
    );
    return (await Promise.all(replies)).every(({ topics }) =>
      topics.every(({ errorCode }) => errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
    );
  }

  async #controller(): Promise<NodeId> {
    const { controllerId } = await this.#cluster.link.send(ANY_NODE, 'Metadata', { topics: [] });
    return controllerId < 0 ? ANY_NODE : controllerId;
  }

  /** Tries until there is a result, through broken connections too, up to the patience. */
  async #patiently<T>(attemptOnce: () => Promise<T | undefined>, what: string): Promise<T> {
    const { clock } = this.#cluster;
    const deadline = clock.now() + PATIENCE_MS;
    for (let attempt = 0; ; attempt++) {
      let failure: MillraceError | undefined;
      try {
        const result = await attemptOnce();
        if (result !== undefined) return result;
      } catch (error) {
        if (!isLinkError(error)) throw error;
        failure = error;
      }
      if (clock.now() >= deadline) {
        if (failure !== undefined) throw failure;
        throw new MillraceError(
          'BROKER_UNAVAILABLE',
          `${what}: the brokers could not do it in ${PATIENCE_MS / 1000} s`,
        );
      }
      await this.#cluster.backOff(attempt);
    }
  }
}

const creation = (topics: readonly TopicSpec[]): ApiRequest<'CreateTopics'> => ({
  timeoutMs: REQUEST_MS,
  topics: topics.map(({ name, partitions, replicationFactor, config }) => ({
    topic: name,
    partitions,
    replicationFactor,
    config: Object.entries(config).map(([key, value]) => ({ name: key, value })),
  })),
});

interface PartitionAnswer {
  readonly name: string;
  readonly errorCode: number;
}

const answersOf = (
  topics: readonly { topic: string; partitions: readonly { partition: number; errorCode: number }[] }[],
): PartitionAnswer[] =>
  topics.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, errorCode }) => ({ name: partitionName({ topic, partition }), errorCode })),
  );

function byTopic<P extends TopicPartition, T>(
  partitions: readonly P[],
  entry: (tp: P) => T,
): { topic: string; partitions: T[] }[] {
  const topics = new Map<string, T[]>();
  for (const tp of partitions) {
    const entries = topics.get(tp.topic);
    if (entries === undefined) topics.set(tp.topic, [entry(tp)]);
    else entries.push(entry(tp));
  }
  return Array.from(topics, ([topic, entries]) => ({ topic, partitions: entries }));
}

function topicError(errorCode: number, verb: string, topic: string, message: string | null): MillraceError {
  if (errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
    return new MillraceError('TOPIC_MISSING', `the topic ${topic} does not exist`, { details: { topic } });
  }
  return brokerError(errorCode, `${verb} topic ${topic}`, message);
}

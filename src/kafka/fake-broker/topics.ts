import type { ApiReply, ApiRequest, NodeId, TopicPartitions } from '../api.ts';
import { ErrorCode } from '../error-codes.ts';
import type { Nodes } from './nodes.ts';
import { PartitionLog } from './partition-log.ts';
import { TopicConfig } from './topic-config.ts';

const LEGAL_NAME = /^[a-zA-Z0-9._-]{1,249}$/;

/** A partition: its log, its replicas, and which of them leads. All replicas share the one log, so a move loses nothing. */
export class Partition {
  readonly index: number;
  readonly replicas: readonly NodeId[];
  readonly log: PartitionLog;
  /** -1 while no replica is up. */
  leader: NodeId;
  leaderEpoch = 0;
  /** Called, once, when the log moved on or the leader changed. */
  readonly #waiting = new Set<() => void>();

  constructor(topic: string, index: number, replicas: readonly NodeId[], config: TopicConfig) {
    this.index = index;
    this.replicas = replicas;
    this.leader = -1;
    this.log = new PartitionLog({ topic, partition: index }, config);
    this.log.onAdvance = () => this.wake();
  }

  onChange(listener: () => void): void {
    this.#waiting.add(listener);
  }

  offChange(listener: () => void): void {
    this.#waiting.delete(listener);
  }

  wake(): void {
    if (this.#waiting.size === 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const listener of waiting) listener();
  }

  lead(node: NodeId): void {
    if (this.leader === node) return;
    this.leader = node;
    this.leaderEpoch++;
    this.wake();
  }
}

export interface Topic {
  readonly name: string;
  readonly config: TopicConfig;
  readonly partitions: readonly Partition[];
}

/** The topics of a cluster and who leads their partitions. Topics are made by CreateTopics only, never by being asked for. */
export class Topics {
  readonly #nodes: Nodes;
  readonly #topics = new Map<string, Topic>();

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
  }

  get names(): string[] {
    return [...this.#topics.keys()];
  }

  topic(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  partition(topic: string, partition: number): Partition | undefined {
    return this.#topics.get(topic)?.partitions[partition];
  }

  /** The partition, if this node leads it; else the error that a client gets who asks this node. */
  ledBy(node: NodeId, topic: string, partition: number): Partition | number {
    const found = this.partition(topic, partition);
    if (found === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    return found.leader === node ? found : ErrorCode.NOT_LEADER_OR_FOLLOWER;
  }

  inSyncReplicas(partition: Partition): NodeId[] {
    return partition.replicas.filter((node) => this.#nodes.isUp(node));
  }

  exists({ topic, partitions }: TopicPartitions): boolean {
    return partitions.every((partition) => this.partition(topic, partition) !== undefined);
  }

  create(request: ApiRequest<'CreateTopics'>): ApiReply<'CreateTopics'> {
    const names = request.topics.map(({ topic }) => topic);
    return {
      topics: request.topics.map((spec) => {
        const twice = names.indexOf(spec.topic) !== names.lastIndexOf(spec.topic);
        const refusal: Refusal | null = twice
          ? [ErrorCode.INVALID_REQUEST, 'Duplicate topic name.']
          : this.#createOne(spec, request.validateOnly === true);
        return { topic: spec.topic, errorCode: refusal?.[0] ?? ErrorCode.NONE, errorMessage: refusal?.[1] ?? null };
      }),
    };
  }

  delete(request: ApiRequest<'DeleteTopics'>): ApiReply<'DeleteTopics'> {
    return {
      topics: request.topics.map((name) => {
        const topic = this.#topics.get(name);
        this.#topics.delete(name);
        for (const partition of topic?.partitions ?? []) partition.wake();
        return { topic: name, errorCode: topic === undefined ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.NONE };
      }),
    };
  }

  /** Gives every partition whose leader is down another replica that is up, or none. */
  elect(): void {
    for (const { partitions } of this.#topics.values()) {
      for (const partition of partitions) {
        if (!this.#nodes.isUp(partition.leader)) partition.lead(this.inSyncReplicas(partition)[0] ?? -1);
      }
    }
  }

  #createOne(spec: ApiRequest<'CreateTopics'>['topics'][number], validateOnly: boolean): Refusal | null {
    const { topic: name } = spec;
    if (!isLegalName(name)) return [ErrorCode.INVALID_TOPIC_EXCEPTION, `Topic name is invalid: '${name}'`];
    if (this.#topics.has(name)) return [ErrorCode.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`];
    const count = spec.partitions === -1 ? 1 : spec.partitions;
    if (count <= 0)
      return [ErrorCode.INVALID_PARTITIONS, 'Number of partitions was set to an invalid non-positive value.'];
    const factor = spec.replicationFactor === -1 ? 1 : spec.replicationFactor;
    const up = this.#nodes.up;
    if (factor <= 0) return [ErrorCode.INVALID_REPLICATION_FACTOR, 'Replication factor must be larger than 0.'];
    if (factor > up.length) {
      return [
        ErrorCode.INVALID_REPLICATION_FACTOR,
        `The target replication factor of ${factor} cannot be reached because only ${up.length} broker(s) are registered.`,
      ];
    }
    const config = TopicConfig.of(spec.config);
    if (typeof config === 'string') return [ErrorCode.INVALID_CONFIG, config];
    if (validateOnly) return null;
    const partitions = Array.from({ length: count }, (_, index) => {
      const replicas = Array.from({ length: factor }, (_, i) => up[(index + i) % up.length]);
      const partition = new Partition(name, index, replicas, config);
      partition.leader = replicas[0];
      return partition;
    });
    this.#topics.set(name, { name, config, partitions });
    return null;
  }
}

type Refusal = readonly [errorCode: number, message: string];

export const isLegalName = (name: string): boolean => LEGAL_NAME.test(name) && name !== '.' && name !== '..';

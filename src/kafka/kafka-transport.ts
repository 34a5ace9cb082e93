import type { Clock } from '../core/clock.ts';
import { MillraceError } from '../core/errors.ts';
import type { TopicPartition } from '../core/task.ts';
import type {
  Access,
  Fetcher,
  FetcherOptions,
  GroupListener,
  GroupMemberInfo,
  GroupMembership,
  GroupOptions,
  MirroredOffset,
  ProducerOptions,
  RecordChunk,
  TopicAdmin,
  TransactionalProducer,
  Transport,
} from '../core/transport.ts';
import type { BrokerLink } from './api.ts';
import { tryAccess } from './access.ts';
import { Cluster } from './cluster.ts';
import { KafkaFetcher } from './fetcher.ts';
import { GroupMember } from './group-member.ts';
import { deleteGroup, groupMembers } from './group-admin.ts';
import { groupOffsets, mirrorOffsets } from './offset-mirror.ts';
import { readRange } from './range-reader.ts';
import { KafkaTopicAdmin } from './topic-admin.ts';
import { isEnding } from './transaction-admin.ts';
import { KafkaTransactionalProducer } from './transactional-producer.ts';

/** Kafka as the runtime sees it, over one broker link that all of it shares. */
export class KafkaTransport implements Transport {
  readonly topics: TopicAdmin;
  readonly #cluster: Cluster;
  readonly #members = new Map<string, GroupMember>();
  readonly #fetchers = new Set<Fetcher>();
  readonly #producers = new Set<KafkaTransactionalProducer>();
  readonly #closing = new AbortController();

  constructor(link: BrokerLink, clock: Clock) {
    this.#cluster = new Cluster(link, clock);
    this.topics = new KafkaTopicAdmin(this.#cluster);
  }

  /**
   * Checks that the brokers are ones we can work with.
   * @throws BROKER_TOO_OLD, BROKER_UNAVAILABLE
   */
  start(): Promise<void> {
    return this.#cluster.start();
  }

  /** Resolves at once: the first assignment comes when the group has settled, and the member can be told to leave before that. */
  join(group: GroupOptions, listener: GroupListener): Promise<GroupMembership> {
    const { groupId } = group;
    const known = this.#members.get(groupId);
    if (known !== undefined && !known.isOver) {
      return Promise.reject(new MillraceError('INTERNAL', `this transport is a member of group ${groupId} already`));
    }
    const member = new GroupMember(this.#cluster, group, listener);
    this.#members.set(groupId, member);
    return Promise.resolve(member);
  }

  fetcher(options: FetcherOptions): Fetcher {
    const fetcher = new KafkaFetcher(this.#cluster, options);
    this.#fetchers.add(fetcher);
    return fetcher;
  }

  async openProducer(options: ProducerOptions): Promise<TransactionalProducer> {
    const producer = new KafkaTransactionalProducer(this.#cluster, options, () => this.#producers.delete(producer));
    this.#producers.add(producer);
    try {
      await producer.open();
      return producer;
    } catch (error) {
      producer.close();
      throw error;
    }
  }

  readRange(tp: TopicPartition, from: number, to: number): AsyncIterable<RecordChunk> {
    return readRange(this.#cluster, tp, from, to);
  }

  /** Commits as the member of the group that this transport is, if it is one; a group with members takes offsets from no one else. */
  mirrorOffsets(groupId: string, positions: readonly MirroredOffset[]): Promise<void> {
    const committer = this.#members.get(groupId)?.identity ?? null;
    return mirrorOffsets(this.#cluster, groupId, committer, positions, this.#closing.signal);
  }

  groupOffsets(groupId: string, partitions: readonly TopicPartition[]): Promise<MirroredOffset[]> {
    return groupOffsets(this.#cluster, groupId, partitions, this.#closing.signal);
  }

  groupMembers(groupId: string): Promise<GroupMemberInfo[]> {
    return groupMembers(this.#cluster, groupId, this.#closing.signal);
  }

  deleteGroup(groupId: string): Promise<boolean> {
    return deleteGroup(this.#cluster, groupId, this.#closing.signal);
  }

  isEnding(transactionalId: string): Promise<boolean> {
    return isEnding(this.#cluster, transactionalId, this.#closing.signal);
  }

  tryAccess(access: Access): Promise<void> {
    return tryAccess(this.#cluster, access, this.#closing.signal);
  }

  /** Leaves every group, closes everything that was opened, then the link. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const producer of [...this.#producers]) producer.close();
    await Promise.all([...this.#fetchers].map((fetcher) => fetcher.close()));
    await Promise.all([...this.#members.values()].map((member) => member.leave()));
    await this.#cluster.close();
  }
}

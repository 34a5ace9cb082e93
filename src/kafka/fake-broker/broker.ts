import { partitionName } from '../../core/task.ts';
import type { ApiName, ApiReply, ApiRequest, MetadataReply, NodeId } from '../api.ts';
import { ErrorCode } from '../error-codes.ts';
import { readBatchHeader } from '../record-batch/decode.ts';
import * as layout from '../record-batch/layout.ts';
import { API_VERSIONS } from './api-versions.ts';
import type { Coordinators } from './coordinators.ts';
import type { FetchService } from './fetch.ts';
import type { GroupCoordinator } from './group-coordinator.ts';
import { notJoined, notSynced } from './group.ts';
import type { Nodes } from './nodes.ts';
import type { Timers } from './timers.ts';
import { isLegalName, type Partition, type Topics } from './topics.ts';
import type { TransactionCoordinator } from './transaction-coordinator.ts';

type Handlers = { readonly [A in ApiName]: (request: ApiRequest<A>) => ApiReply<A> | Promise<ApiReply<A>> };

export interface BrokerParts {
  readonly nodes: Nodes;
  readonly topics: Topics;
  readonly timers: Timers;
  readonly coordinators: Coordinators;
  readonly transactions: TransactionCoordinator;
  readonly groups: GroupCoordinator;
  readonly fetches: FetchService;
}

const LATEST = -1;
const EARLIEST = -2;

/** One node of the cluster: answers requests as a broker would that leads some partitions and coordinates some groups and transactions. */
export class Broker {
  readonly #id: NodeId;
  readonly #parts: BrokerParts;
  readonly #handlers: Handlers;

  constructor(id: NodeId, parts: BrokerParts) {
    this.#id = id;
    this.#parts = parts;
    this.#handlers = this.#handlersOf(parts);
  }

  serve<A extends ApiName>(api: A, request: ApiRequest<A>): ApiReply<A> | Promise<ApiReply<A>> {
    return this.#handlers[api](request);
  }

  #handlersOf({ topics, coordinators, transactions, groups, fetches }: BrokerParts): Handlers {
    const forGroup = (groupId: string): boolean => coordinators.nodeFor('group', groupId) === this.#id;
    const forTransaction = (id: string): boolean => coordinators.nodeFor('transaction', id) === this.#id;
    const notHere = ErrorCode.NOT_COORDINATOR;
    return {
      ApiVersions: () => ({ errorCode: ErrorCode.NONE, apis: API_VERSIONS.map((range) => ({ ...range })) }),
      Metadata: (request) => this.#metadata(request.topics),
      FindCoordinator: ({ key, keyType }) => coordinators.find(key, keyType),
      InitProducerId: (request) =>
        forTransaction(request.transactionalId)
          ? transactions.initProducerId(request)
          : { errorCode: notHere, producerId: -1, epoch: -1 },
      AddPartitionsToTxn: (request) =>
        forTransaction(request.transactionalId) ? transactions.addPartitions(request) : refuseAll(request, notHere),
      EndTxn: (request) =>
        forTransaction(request.transactionalId) ? transactions.endTxn(request) : { errorCode: notHere },
      DescribeTransactions: ({ transactionalId }) =>
        forTransaction(transactionalId) ? transactions.describe(transactionalId) : { errorCode: notHere, state: '' },
      Produce: (request) => this.#produce(request),
      Fetch: (request) => fetches.fetch(this.#id, request),
      ListOffsets: (request) => this.#listOffsets(request),
      JoinGroup: (request) => (forGroup(request.groupId) ? groups.join(request) : notJoined(notHere, request.memberId)),
      SyncGroup: (request) => (forGroup(request.groupId) ? groups.sync(request) : notSynced(notHere)),
      Heartbeat: (request) => (forGroup(request.groupId) ? groups.heartbeat(request) : { errorCode: notHere }),
      LeaveGroup: (request) => (forGroup(request.groupId) ? groups.leave(request) : { errorCode: notHere }),
      DescribeGroups: (request) =>
        forGroup(request.groupId) ? groups.describe(request) : { errorCode: notHere, state: '', members: [] },
      DeleteGroups: (request) => (forGroup(request.groupId) ? groups.delete(request) : { errorCode: notHere }),
      OffsetCommit: (request) => (forGroup(request.groupId) ? groups.commit(request) : refuseCommit(request, notHere)),
      OffsetFetch: (request) =>
        forGroup(request.groupId) ? groups.fetch(request) : { errorCode: notHere, topics: [] },
      CreateTopics: (request) => topics.create(request),
      DeleteTopics: (request) => topics.delete(request),
      DeleteRecords: (request) => this.#deleteRecords(request),
      DescribeConfigs: ({ topic }) => describeConfigs(topics, topic),
    };
  }

  #metadata(names: readonly string[] | null): MetadataReply {
    const { nodes, topics } = this.#parts;
    return {
      brokers: nodes.up.map((nodeId) => ({ nodeId, host: 'fake', port: 9092 + nodeId })),
      controllerId: nodes.up[0] ?? -1,
      topics: (names ?? topics.names).map((name) => {
        const topic = topics.topic(name);
        const missing = isLegalName(name) ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION;
        return {
          errorCode: topic === undefined ? missing : ErrorCode.NONE,
          topic: name,
          partitions: (topic?.partitions ?? []).map((partition) => ({
            errorCode: partition.leader === -1 ? ErrorCode.LEADER_NOT_AVAILABLE : ErrorCode.NONE,
            partition: partition.index,
            leader: partition.leader,
            replicas: [...partition.replicas],
            inSyncReplicas: topics.inSyncReplicas(partition),
          })),
        };
      }),
    };
  }

  #produce(request: ApiRequest<'Produce'>): ApiReply<'Produce'> {
    return {
      topics: request.topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, batch }) => {
          const found = this.#parts.topics.ledBy(this.#id, topic, partition);
          const appended =
            typeof found === 'number'
              ? { errorCode: found, baseOffset: -1, logAppendTimeMs: -1 }
              : this.#append(found, request.transactionalId, layout.asBuffer(batch));
          return { partition, ...appended };
        }),
      })),
    };
  }

  #append(partition: Partition, transactionalId: string | null, batch: Buffer): ReturnType<Partition['log']['append']> {
    const { topics, timers } = this.#parts;
    const { log } = partition;
    const enough = topics.inSyncReplicas(partition).length >= log.config.minInSyncReplicas;
    const errorCode = enough ? this.#verify(partition, transactionalId, batch) : ErrorCode.NOT_ENOUGH_REPLICAS;
    if (errorCode !== ErrorCode.NONE) return { errorCode, baseOffset: -1, logAppendTimeMs: -1 };
    return log.append(batch, partition.leaderEpoch, timers.now());
  }

  /** A batch may open a transaction in the log only if the coordinator knows that the partition is part of it. */
  #verify({ log }: Partition, transactionalId: string | null, batch: Buffer): number {
    if (batch.length < layout.HEADER_SIZE) return ErrorCode.NONE;
    const header = readBatchHeader(batch, 0);
    const { isTransactional, producerId, producerEpoch } = header;
    if (!isTransactional) return ErrorCode.NONE;
    if (transactionalId === null) return ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
    if (log.producers.hasOpenTransaction(producerId, producerEpoch)) return ErrorCode.NONE;
    log.producers.asked(header);
    return this.#parts.transactions.verify(transactionalId, producerId, producerEpoch, partitionName(log.tp));
  }

  #listOffsets(request: ApiRequest<'ListOffsets'>): ApiReply<'ListOffsets'> {
    return {
      topics: request.topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, timestamp }) => {
          const found = this.#parts.topics.ledBy(this.#id, topic, partition);
          if (typeof found === 'number') return { partition, errorCode: found, timestamp: -1, offset: -1 };
          return { partition, errorCode: ErrorCode.NONE, ...lookUp(found, timestamp, request.isolation) };
        }),
      })),
    };
  }

  #deleteRecords(request: ApiRequest<'DeleteRecords'>): ApiReply<'DeleteRecords'> {
    return {
      topics: request.topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, offset }) => {
          const found = this.#parts.topics.ledBy(this.#id, topic, partition);
          if (typeof found === 'number') return { partition, lowWatermark: -1, errorCode: found };
          const { log } = found;
          if (!log.config.deletable) return { partition, lowWatermark: -1, errorCode: ErrorCode.POLICY_VIOLATION };
          const deleted = log.deleteBefore(offset === -1 ? log.highWatermark : offset);
          return deleted
            ? { partition, lowWatermark: log.startOffset, errorCode: ErrorCode.NONE }
            : { partition, lowWatermark: -1, errorCode: ErrorCode.OFFSET_OUT_OF_RANGE };
        }),
      })),
    };
  }
}

function lookUp(
  { log }: Partition,
  timestamp: number,
  isolation: ApiRequest<'ListOffsets'>['isolation'],
): { offset: number; timestamp: number } {
  const end = isolation === 'read_committed' ? log.lastStableOffset : log.highWatermark;
  if (timestamp === LATEST) return { offset: end, timestamp: -1 };
  if (timestamp === EARLIEST) return { offset: log.startOffset, timestamp: -1 };
  const found = log.findTimestamp(timestamp);
  return found === null || found.offset >= end ? { offset: -1, timestamp: -1 } : { ...found };
}

function describeConfigs(topics: Topics, name: string): ApiReply<'DescribeConfigs'> {
  const topic = topics.topic(name);
  if (topic === undefined) {
    return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, errorMessage: null, entries: [] };
  }
  const entries = [...topic.config.values].map(([key, value]) => ({ name: key, value }));
  return { errorCode: ErrorCode.NONE, errorMessage: null, entries };
}

const refuseAll = (request: ApiRequest<'AddPartitionsToTxn'>, errorCode: number): ApiReply<'AddPartitionsToTxn'> => ({
  topics: request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map((partition) => ({ partition, errorCode })),
  })),
});

const refuseCommit = (request: ApiRequest<'OffsetCommit'>, errorCode: number): ApiReply<'OffsetCommit'> => ({
  topics: request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition }) => ({ partition, errorCode })),
  })),
});

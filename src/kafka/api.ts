/**
 * The broker link: the one narrow seam between our data path and whatever speaks to a broker. Requests and replies are plain typed values
 * of the Kafka protocol, record batches are bytes. kafkajs implements it over sockets, the fake broker in process; a proxy of it can delay,
 * drop and repeat for tests. Nothing here retries: `send` is one request and its reply.
 *
 * Error codes are the protocol's numbers; `error-codes.ts` names them. 64-bit numbers are JavaScript numbers (offsets stay below 2^53).
 */
export interface BrokerLink {
  /**
   * Sends one request to the node and resolves with its reply, whatever error codes that carries.
   * @throws REQUEST_TIMED_OUT when no reply came in time, BROKER_UNAVAILABLE when there is no connection or it broke: in both cases the
   * broker may or may not have acted
   */
  send<A extends ApiName>(node: NodeId, api: A, request: ApiRequest<A>): Promise<ApiReply<A>>;
  /** Forgets what is known of the brokers' addresses and learns them anew from a Metadata reply. */
  close(): Promise<void>;
}

/** A broker's id, or ANY_NODE for whichever is reachable. */
export type NodeId = number;
export const ANY_NODE: NodeId = -1;

export type ApiName = keyof Apis;
export type ApiRequest<A extends ApiName> = Apis[A]['request'];
export type ApiReply<A extends ApiName> = Apis[A]['reply'];

export interface Apis {
  ApiVersions: {
    request: Record<string, never>;
    reply: { errorCode: number; apis: { apiKey: number; minVersion: number; maxVersion: number }[] };
  };
  Metadata: { request: { topics: readonly string[] | null }; reply: MetadataReply };
  FindCoordinator: {
    request: { key: string; keyType: 'group' | 'transaction' };
    reply: { errorCode: number; nodeId: NodeId };
  };
  InitProducerId: {
    request: { transactionalId: string; transactionTimeoutMs: number };
    reply: { errorCode: number; producerId: number; epoch: number };
  };
  AddPartitionsToTxn: {
    request: { transactionalId: string; producerId: number; epoch: number; topics: readonly TopicPartitions[] };
    reply: { topics: { topic: string; partitions: { partition: number; errorCode: number }[] }[] };
  };
  EndTxn: {
    request: { transactionalId: string; producerId: number; epoch: number; commit: boolean };
    reply: { errorCode: number };
  };
  DescribeTransactions: {
    request: { transactionalId: string };
    reply: {
      errorCode: number;
      /** `PrepareCommit` and `PrepareAbort`: decided, and the markers are being written; empty with an error. */
      state: string;
    };
  };
  Produce: {
    request: {
      /** Null for a produce outside any transaction. */
      transactionalId: string | null;
      timeoutMs: number;
      /** acks = all. One record batch (v2) a partition. */
      topics: readonly { topic: string; partitions: readonly { partition: number; batch: Uint8Array }[] }[];
    };
    reply: {
      topics: {
        topic: string;
        partitions: { partition: number; errorCode: number; baseOffset: number; logAppendTimeMs: number }[];
      }[];
    };
  };
  Fetch: {
    request: {
      maxWaitMs: number;
      minBytes: number;
      maxBytes: number;
      /** Always read_committed. */
      topics: readonly {
        topic: string;
        partitions: readonly { partition: number; offset: number; maxBytes: number }[];
      }[];
    };
    reply: { errorCode: number; topics: { topic: string; partitions: FetchedPartition[] }[] };
  };
  ListOffsets: {
    request: {
      isolation: 'read_uncommitted' | 'read_committed';
      /** timestamp -1 = latest (LSO when read_committed, else HW), -2 = earliest. */
      topics: readonly { topic: string; partitions: readonly { partition: number; timestamp: number }[] }[];
    };
    reply: {
      topics: {
        topic: string;
        partitions: { partition: number; errorCode: number; timestamp: number; offset: number }[];
      }[];
    };
  };
  JoinGroup: {
    request: {
      groupId: string;
      sessionTimeoutMs: number;
      rebalanceTimeoutMs: number;
      memberId: string;
      protocolType: string;
      protocols: readonly { name: string; metadata: Uint8Array }[];
    };
    reply: {
      errorCode: number;
      generation: number;
      protocol: string;
      leaderId: string;
      memberId: string;
      members: { memberId: string; metadata: Buffer }[];
    };
  };
  SyncGroup: {
    request: {
      groupId: string;
      generation: number;
      memberId: string;
      assignments: readonly { memberId: string; assignment: Uint8Array }[];
    };
    reply: { errorCode: number; assignment: Buffer };
  };
  Heartbeat: { request: { groupId: string; generation: number; memberId: string }; reply: { errorCode: number } };
  LeaveGroup: { request: { groupId: string; memberId: string }; reply: { errorCode: number } };
  DescribeGroups: {
    request: { groupId: string };
    reply: {
      errorCode: number;
      /** `Dead` for a group that is not there. */
      state: string;
      /** `metadata` is what the member joined with; empty while the group rebalances. */
      members: { memberId: string; clientId: string; clientHost: string; metadata: Buffer }[];
    };
  };
  DeleteGroups: { request: { groupId: string }; reply: { errorCode: number } };
  OffsetCommit: {
    request: {
      groupId: string;
      /** -1 and '' for a commit from outside the group. */
      generation: number;
      memberId: string;
      topics: readonly {
        topic: string;
        partitions: readonly { partition: number; offset: number; metadata: string }[];
      }[];
    };
    reply: { topics: { topic: string; partitions: { partition: number; errorCode: number }[] }[] };
  };
  OffsetFetch: {
    request: { groupId: string; topics: readonly TopicPartitions[] };
    reply: {
      errorCode: number;
      topics: {
        topic: string;
        partitions: { partition: number; errorCode: number; offset: number; metadata: string }[];
      }[];
    };
  };
  CreateTopics: {
    request: {
      timeoutMs: number;
      /** Nothing is created: the reply is what it would be. */
      validateOnly?: boolean;
      topics: readonly {
        topic: string;
        partitions: number;
        replicationFactor: number;
        config: readonly { name: string; value: string }[];
      }[];
    };
    reply: { topics: { topic: string; errorCode: number; errorMessage: string | null }[] };
  };
  DeleteTopics: {
    request: { timeoutMs: number; topics: readonly string[] };
    reply: { topics: { topic: string; errorCode: number }[] };
  };
  DeleteRecords: {
    request: {
      timeoutMs: number;
      topics: readonly { topic: string; partitions: readonly { partition: number; offset: number }[] }[];
    };
    reply: {
      topics: { topic: string; partitions: { partition: number; lowWatermark: number; errorCode: number }[] }[];
    };
  };
  DescribeConfigs: {
    request: { topic: string };
    reply: { errorCode: number; errorMessage: string | null; entries: { name: string; value: string | null }[] };
  };
}

export interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export interface MetadataReply {
  brokers: { nodeId: NodeId; host: string; port: number }[];
  controllerId: NodeId;
  topics: {
    errorCode: number;
    topic: string;
    partitions: {
      errorCode: number;
      partition: number;
      leader: NodeId;
      replicas: NodeId[];
      inSyncReplicas: NodeId[];
    }[];
  }[];
}

export interface FetchedPartition {
  partition: number;
  errorCode: number;
  highWatermark: number;
  lastStableOffset: number;
  logStartOffset: number;
  /** Transactions aborted within the range returned, in any order: records of the producer from firstOffset up to its abort marker. */
  abortedTransactions: { producerId: number; firstOffset: number }[];
  /** Whole record batches one after the other; the last may be cut off. May begin below the offset asked for. */
  records: Buffer;
}

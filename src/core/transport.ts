import type { TaskId, TopicPartition } from './task.ts';

/**
 * What the runtime sees of Kafka: membership of a group that assigns tasks, reading committed records, transactions, topics. No type of
 * a client library shows here; `src/kafka` implements it, over a real cluster or over the in-process fake broker.
 */
export interface Transport {
  readonly topics: TopicAdmin;
  /** Joins the group; the listener hears of every assignment until `leave`. */
  join(group: GroupOptions, listener: GroupListener): Promise<GroupMembership>;
  /** A fetcher that long-polls the leaders of all partitions opened on it. Read committed, always. */
  fetcher(options: FetcherOptions): Fetcher;
  /**
   * Takes over the transactional id (InitProducerId): when it resolves, every earlier owner is fenced, its open transaction is resolved,
   * and nothing that owner still sends can ever commit.
   */
  openProducer(options: ProducerOptions): Promise<TransactionalProducer>;
  /**
   * Whether the id has a transaction that is decided while its markers are still being written: until they are, nobody can read what it has
   * committed.
   */
  isEnding(transactionalId: string): Promise<boolean>;
  /** Reads committed records in [from, to) once, in order. `to` is an offset as `offsets` gives it; control and aborted records are left out. */
  readRange(tp: TopicPartition, from: number, to: number): AsyncIterable<RecordChunk>;
  /** Writes the consumer group's offsets outside any transaction: a mirror for lag tools. `metadata` marks it as ours. */
  mirrorOffsets(groupId: string, positions: readonly MirroredOffset[]): Promise<void>;
  /** The group's offsets as any tool would see them; partitions without one are left out. */
  groupOffsets(groupId: string, partitions: readonly TopicPartition[]): Promise<MirroredOffset[]>;
  /** The members of the group at this moment; none when there is no such group. */
  groupMembers(groupId: string): Promise<GroupMemberInfo[]>;
  /** Deletes the group and its offsets. False when it has members: then nothing was deleted. */
  deleteGroup(groupId: string): Promise<boolean>;
  /** Finds out, without changing anything, whether the brokers let us do it. Rejects with NOT_AUTHORIZED when they do not. */
  tryAccess(access: Access): Promise<void>;
  close(): Promise<void>;
}

/** Something that takes an access right: to be a member of a group, to read a topic, to write one. */
export type Access =
  { readonly kind: 'join'; readonly group: string } | { readonly kind: 'read' | 'write'; readonly topic: string };

/** A member of a group, as told to somebody outside. */
export interface GroupMemberInfo {
  readonly memberId: string;
  /** Where its connection comes from, as the coordinator sees it. */
  readonly host: string;
  /** Where it answers HTTP; empty when it does not, did not say, or is not one of ours. */
  readonly address: string;
}

export interface MirroredOffset extends TopicPartition {
  readonly offset: number;
  readonly metadata: string;
}

/** First offset, last stable offset (what read_committed may see) and high watermark of a partition. */
export interface PartitionOffsets {
  readonly first: number;
  readonly lastStable: number;
  readonly end: number;
}

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** -1 = the broker's default. */
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
}

export interface TopicDescription {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
}

export interface TopicAdmin {
  /** Descriptions of those of the topics that exist. */
  describe(names: readonly string[]): Promise<Map<string, TopicDescription>>;
  /** Settings of a topic as they are in force. */
  config(name: string): Promise<Map<string, string>>;
  /** Creates those that do not exist; resolves when every partition has a leader. */
  create(topics: readonly TopicSpec[]): Promise<void>;
  /** Rejects as `create` would if the topics could not be created; creates none. Those that exist are passed over. */
  validate(topics: readonly TopicSpec[]): Promise<void>;
  /** Deletes those that exist; resolves when no broker knows them any more. */
  delete(names: readonly string[]): Promise<void>;
  offsets(partitions: readonly TopicPartition[]): Promise<Map<string, PartitionOffsets>>;
  /** First offset whose record timestamp is at or after `timestampMs`; the end where there is none. Keys as `partitionName`. */
  offsetsAt(partitions: readonly TopicPartition[], timestampMs: number): Promise<Map<string, number>>;
  /** Deletes what lies below the offsets. */
  deleteRecords(before: readonly { topic: string; partition: number; offset: number }[]): Promise<void>;
}

// --- group -----------------------------------------------------------------------------------------------------------

/** One sub-topology as the assignor sees it: it has as many tasks as its inputs have partitions. */
export interface TaskFamily {
  readonly subTopology: string;
  /** All must have the same number of partitions; task p reads partition p of each. */
  readonly inputTopics: readonly string[];
}

export interface GroupOptions {
  readonly groupId: string;
  readonly families: readonly TaskFamily[];
  readonly sessionTimeoutMs: number;
  /** Fingerprint of the plan this member runs; told to the leader. */
  readonly planHash: string;
  /** Where this member answers HTTP (`host:port`), told to the other members; empty when it does not. */
  readonly address: string;
}

export interface GroupAssignment {
  readonly generation: number;
  readonly memberId: string;
  readonly tasks: readonly TaskId[];
  /** The address of the owner of every task of the group, by `taskName`. */
  readonly owners: ReadonlyMap<string, string>;
}

export interface GroupListener {
  /**
   * A new generation began with these tasks. Tasks kept from the one before go on untouched; the others are to be stopped or started.
   * Called synchronously; heartbeats go on meanwhile, so restoring may take as long as it needs.
   */
  onAssignment(assignment: GroupAssignment): void;
  /** The membership is gone (session expired): every task may have another owner by now. The member joins again by itself. */
  onLost(reason: string): void;
  /** The member cannot go on (not authorized, inconsistent protocol, partition counts differ); it has left. */
  onFailure(error: Error): void;
}

export interface GroupMembership {
  /**
   * A heartbeat sent after this call was answered by the coordinator: resolves with the assignment then in force. Waits through a
   * rebalance that is under way.
   */
  confirm(): Promise<GroupAssignment>;
  /** Leaves the group at once, so that others take the tasks over without waiting for the session to end. */
  leave(): Promise<void>;
}

// --- reading ---------------------------------------------------------------------------------------------------------

/**
 * Committed records of one partition as they lie in one fetched record batch (decompressed): offsets and bounds are decoded, bytes
 * are not copied. Bounds index `bytes`; a start of -1 means null. Headers are left encoded; `readHeaders` of `record-headers.ts` decodes them.
 */
export interface RecordChunk {
  readonly topic: string;
  readonly partition: number;
  readonly count: number;
  /** Where to go on after this chunk: from the batch header, so it may lie beyond the last record (compaction, control batches). */
  readonly nextOffset: number;
  readonly bytes: Buffer;
  readonly offsets: Float64Array;
  /** Milliseconds since the epoch. */
  readonly timestamps: Float64Array;
  readonly keyStart: Int32Array;
  readonly keyEnd: Int32Array;
  readonly valueStart: Int32Array;
  readonly valueEnd: Int32Array;
  /** Where the header count of each record stands. */
  readonly headersStart: Int32Array;
}

export interface FetcherOptions {
  /** Most bytes held in all queues together: what cannot be held is not fetched. That is the back-pressure. */
  readonly maxBufferedBytes: number;
  /** A fetch that could not be answered for good (out of range, corrupt, not authorized): the partition stops, the others go on. */
  onError(tp: TopicPartition, error: Error): void;
}

export interface Fetcher {
  /** Begins to fetch the partition from the offset. A partition can be open once at a time. */
  open(tp: TopicPartition, offset: number): PartitionReader;
  close(): Promise<void>;
}

/** The queue of one partition: chunks in offset order, each once. */
export interface PartitionReader {
  readonly topic: string;
  readonly partition: number;
  /** The first chunk queued, or null. */
  peek(): RecordChunk | null;
  /** Takes the first chunk off and frees its bytes for the next fetch. */
  shift(): RecordChunk | null;
  readonly bufferedBytes: number;
  /** Where the next fetch begins: behind everything queued or taken. Goes past aborted and control records. */
  readonly position: number;
  /** The leader is being looked for, or did not answer the last time it was asked: there may be more than is known of. */
  readonly failing: boolean;
  /** When the leader was asked what it answered last, ms: of what came later nothing is known. -Infinity before the first answer. */
  readonly askedMs: number;
  /** As of the last answer of the leader; -1 before the first. */
  readonly lastStableOffset: number;
  readonly highWatermark: number;
  /** Called when a chunk was queued or the position moved; at most one listener. */
  onProgress: (() => void) | null;
  close(): void;
}

// --- transactions ----------------------------------------------------------------------------------------------------

export interface ProducerOptions {
  readonly transactionalId: string;
  readonly transactionTimeoutMs: number;
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
}

export interface TransactionalProducer {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly epoch: number;
  /**
   * Begins a transaction. Where the one before had a timeout or a disconnect, the id is initialised anew first (a delayed request of the
   * old transaction must not be able to end this one). Rejects with PRODUCER_FENCED when the id has a new owner.
   */
  begin(): Promise<Transaction>;
  close(): void;
}

/** Bytes to produce: a string is encoded as UTF-8, null is Kafka's null. */
export type Payload = string | Uint8Array | null;

/**
 * One transaction. First everything is appended (encoded at once into record batches, sequences fixed), then `send`, then `commit`. The
 * broker learns of it only in `send`, so that it stays open for as short a time as can be.
 */
export interface Transaction {
  /**
   * Appends a record to the partition. `headers` null = none.
   * @throws RECORD_TOO_LARGE if the record alone is larger than the topic takes
   */
  append(
    topic: string,
    partition: number,
    timestampMs: number,
    key: Payload,
    value: Payload,
    headers: readonly (readonly [string, Payload])[] | null,
  ): void;
  /** Bytes appended so far, uncompressed. */
  readonly byteLength: number;
  /** Adds the partitions to the transaction and produces all batches; resolves when every one is acknowledged by all in-sync replicas. */
  send(): Promise<void>;
  /** Offset of the last record appended to the partition; only after `send`. */
  lastOffset(topic: string, partition: number): number;
  /** When the broker appended that record, ms by its clock; -1 where the topic keeps the times of its producers. Only after `send`. */
  appendedMs(topic: string, partition: number): number;
  /**
   * The decision. Resolves only if the transaction is committed. Rejects with TRANSACTION_ABORTED (definitely not committed),
   * TRANSACTION_OUTCOME_UNKNOWN, or PRODUCER_FENCED (which says nothing of a commit sent before: the changelog knows).
   */
  commit(): Promise<void>;
  /** Gives the transaction up. Never rejects: what cannot be told the broker is resolved by the next `begin`. */
  abort(): Promise<void>;
}

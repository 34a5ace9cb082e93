import type { ApiReply, ApiRequest } from '../api.ts';
import { ErrorCode } from '../error-codes.ts';
import type { Topics } from './topics.ts';

const MAX_METADATA_BYTES = 4096;

/** The committed offsets of one group, with the text that the committer left beside each. */
export class GroupOffsets {
  readonly #topics: Topics;
  readonly #offsets = new Map<string, { offset: number; metadata: string }>();

  constructor(topics: Topics) {
    this.#topics = topics;
  }

  /** Stores the offsets, unless the group refuses the committer: then every partition gets that error. */
  commit(topics: ApiRequest<'OffsetCommit'>['topics'], refusal: number): ApiReply<'OffsetCommit'> {
    return {
      topics: topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, offset, metadata }) => {
          const errorCode = this.#check(topic, partition, metadata, refusal);
          if (errorCode === ErrorCode.NONE) this.#offsets.set(`${topic}-${partition}`, { offset, metadata });
          return { partition, errorCode };
        }),
      })),
    };
  }

  fetch(topics: ApiRequest<'OffsetFetch'>['topics']): ApiReply<'OffsetFetch'> {
    return {
      errorCode: ErrorCode.NONE,
      topics: topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map((partition) => {
          // A topic that was deleted takes the offsets in it along.
          const known = this.#topics.partition(topic, partition) !== undefined;
          const found = known ? this.#offsets.get(`${topic}-${partition}`) : undefined;
          return {
            partition,
            errorCode: ErrorCode.NONE,
            offset: found?.offset ?? -1,
            metadata: found?.metadata ?? '',
          };
        }),
      })),
    };
  }

  #check(topic: string, partition: number, metadata: string, refusal: number): number {
    if (this.#topics.partition(topic, partition) === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    if (refusal !== ErrorCode.NONE) return refusal;
    return metadata.length > MAX_METADATA_BYTES ? ErrorCode.OFFSET_METADATA_TOO_LARGE : ErrorCode.NONE;
  }
}

import type { ApiName, ApiReply, ApiRequest } from '../../../src/kafka/api.ts';
import { ErrorCode } from '../../../src/kafka/error-codes.ts';

const errorCode = ErrorCode.TRANSACTION_ABORTABLE;

const REFUSALS: { readonly [A in ApiName]?: (request: ApiRequest<A>) => ApiReply<A> } = {
  AddPartitionsToTxn: ({ topics }) => ({
    topics: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map((partition) => ({ partition, errorCode })),
    })),
  }),
  Produce: ({ topics }) => ({
    topics: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition }) => ({ partition, errorCode, baseOffset: -1, logAppendTimeMs: -1 })),
    })),
  }),
  EndTxn: () => ({ errorCode }),
};

/** A broker's answer that a transaction cannot go on and is to be aborted; null for requests that have no part in one. */
export const refusal = <A extends ApiName>(api: A, request: ApiRequest<A>): ApiReply<A> | null =>
  REFUSALS[api]?.(request) ?? null;

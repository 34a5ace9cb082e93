import Encoder from 'kafkajs/src/protocol/encoder.js';
import addPartitionsToTxnRequest from 'kafkajs/src/protocol/requests/addPartitionsToTxn/v1/request.js';
import endTxnRequest from 'kafkajs/src/protocol/requests/endTxn/v1/request.js';
import initProducerIdRequest from 'kafkajs/src/protocol/requests/initProducerId/v1/request.js';
import { ErrorCode } from '../error-codes.ts';
import { SPOKEN_APIS } from './api-versions.ts';
import type { Codec } from './codec.ts';

export const initProducerId: Codec<'InitProducerId'> = {
  request: ({ transactionalId, transactionTimeoutMs }) =>
    initProducerIdRequest({ transactionalId, transactionTimeout: transactionTimeoutMs }),
  reply: (reader) => ({
    throttleMs: reader.int32(),
    reply: { errorCode: reader.int16(), producerId: reader.int64(), epoch: reader.int16() },
  }),
};

export const addPartitionsToTxn: Codec<'AddPartitionsToTxn'> = {
  request: ({ transactionalId, producerId, epoch, topics }) =>
    addPartitionsToTxnRequest({ transactionalId, producerId, producerEpoch: epoch, topics }),
  reply: (reader) => ({
    throttleMs: reader.int32(),
    reply: {
      topics: reader.array((r) => ({
        topic: r.string(),
        partitions: r.array((p) => ({ partition: p.int32(), errorCode: p.int16() })),
      })),
    },
  }),
};

export const endTxn: Codec<'EndTxn'> = {
  request: ({ transactionalId, producerId, epoch, commit }) =>
    endTxnRequest({ transactionalId, producerId, producerEpoch: epoch, transactionResult: commit }),
  reply: (reader) => ({ throttleMs: reader.int32(), reply: { errorCode: reader.int16() } }),
};

const NO_TAGGED_FIELDS = 0;
/** As flexible versions write it. */
const ARRAY_OF_ONE = 2;

// kafkajs does not know this API, nor the headers of flexible versions: what is new in these, tagged fields, is part of the bodies here.
export const describeTransactions: Codec<'DescribeTransactions'> = {
  request: ({ transactionalId }) => ({
    apiKey: SPOKEN_APIS.DescribeTransactions.key,
    apiVersion: SPOKEN_APIS.DescribeTransactions.version,
    apiName: 'DescribeTransactions',
    encode: () =>
      Promise.resolve(
        new Encoder()
          .writeUVarInt(NO_TAGGED_FIELDS)
          .writeUVarInt(ARRAY_OF_ONE)
          .writeUVarIntString(transactionalId)
          .writeUVarInt(NO_TAGGED_FIELDS),
      ),
  }),
  reply(reader) {
    reader.skipTaggedFields();
    const throttleMs = reader.int32();
    if (reader.unsignedVarint() < ARRAY_OF_ONE) {
      return { throttleMs, reply: { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, state: '' } };
    }
    const errorCode = reader.int16();
    reader.compactString(); // transactional id
    return { throttleMs, reply: { errorCode, state: reader.compactString() } };
  },
};

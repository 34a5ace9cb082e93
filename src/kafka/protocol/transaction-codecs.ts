import addPartitionsToTxnRequest from 'kafkajs/src/protocol/requests/addPartitionsToTxn/v1/request.js';
import endTxnRequest from 'kafkajs/src/protocol/requests/endTxn/v1/request.js';
import initProducerIdRequest from 'kafkajs/src/protocol/requests/initProducerId/v1/request.js';
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

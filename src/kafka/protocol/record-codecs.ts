import Encoder from 'kafkajs/src/protocol/encoder.js';
import type { ApiRequest } from '../api.ts';
import { asBuffer } from '../record-batch/layout.ts';
import { SPOKEN_APIS } from './api-versions.ts';
import type { Codec } from './codec.ts';

// Produce and Fetch are ours altogether: batches go in and out as bytes, past kafkajs's record codec.

const ACKS_ALL = -1;
const CONSUMER_REPLICA_ID = -1;
const READ_COMMITTED = 1;
const NO_SESSION_ID = 0;
const NO_SESSION_EPOCH = -1;
const NO_LEADER_EPOCH = -1;
/** The log start offset is for followers only. */
const NO_LOG_START = -1;

export const produce: Codec<'Produce'> = {
  request: (request) => ({
    apiKey: SPOKEN_APIS.Produce.key,
    apiVersion: SPOKEN_APIS.Produce.version,
    apiName: 'Produce',
    encode: () => Promise.resolve(encodeProduce(request)),
  }),
  holdMs: ({ timeoutMs }) => timeoutMs,
  reply(reader) {
    const topics = reader.array((r) => ({
      topic: r.string(),
      partitions: r.array((p) => {
        const partition = {
          partition: p.int32(),
          errorCode: p.int16(),
          baseOffset: p.int64(),
          logAppendTimeMs: p.int64(),
        };
        p.int64(); // log start offset
        return partition;
      }),
    }));
    return { throttleMs: reader.int32(), reply: { topics } };
  },
};

function encodeProduce({ transactionalId, timeoutMs, topics }: ApiRequest<'Produce'>): Encoder {
  let size = 64;
  for (const { topic, partitions } of topics) {
    size += 8 + topic.length;
    for (const { batch } of partitions) size += 8 + batch.length;
  }
  const body = new Encoder(size)
    .writeString(transactionalId)
    .writeInt16(ACKS_ALL)
    .writeInt32(timeoutMs)
    .writeInt32(topics.length);
  for (const { topic, partitions } of topics) {
    body.writeString(topic).writeInt32(partitions.length);
    for (const { partition, batch } of partitions) body.writeInt32(partition).writeBytes(asBuffer(batch));
  }
  return body;
}

export const fetch: Codec<'Fetch'> = {
  request: (request) => ({
    apiKey: SPOKEN_APIS.Fetch.key,
    apiVersion: SPOKEN_APIS.Fetch.version,
    apiName: 'Fetch',
    encode: () => Promise.resolve(encodeFetch(request)),
  }),
  holdMs: ({ maxWaitMs }) => maxWaitMs,
  reply(reader) {
    const throttleMs = reader.int32();
    const errorCode = reader.int16();
    reader.int32(); // session id
    const topics = reader.array((r) => ({
      topic: r.string(),
      partitions: r.array((p) => {
        const head = {
          partition: p.int32(),
          errorCode: p.int16(),
          highWatermark: p.int64(),
          lastStableOffset: p.int64(),
          logStartOffset: p.int64(),
          abortedTransactions: p.array((a) => ({ producerId: a.int64(), firstOffset: a.int64() })),
        };
        p.int32(); // preferred read replica
        return { ...head, records: p.bytes() };
      }),
    }));
    return { throttleMs, reply: { errorCode, topics } };
  },
};

function encodeFetch({ maxWaitMs, minBytes, maxBytes, topics }: ApiRequest<'Fetch'>): Encoder {
  const body = new Encoder()
    .writeInt32(CONSUMER_REPLICA_ID)
    .writeInt32(maxWaitMs)
    .writeInt32(minBytes)
    .writeInt32(maxBytes)
    .writeInt8(READ_COMMITTED)
    .writeInt32(NO_SESSION_ID)
    .writeInt32(NO_SESSION_EPOCH)
    .writeInt32(topics.length);
  for (const { topic, partitions } of topics) {
    body.writeString(topic).writeInt32(partitions.length);
    for (const { partition, offset, maxBytes: partitionMaxBytes } of partitions) {
      body
        .writeInt32(partition)
        .writeInt32(NO_LEADER_EPOCH)
        .writeInt64(offset)
        .writeInt64(NO_LOG_START)
        .writeInt32(partitionMaxBytes);
    }
  }
  // No partitions to forget in the session, and no rack.
  return body.writeInt32(0).writeString('');
}

import createTopicsRequest from 'kafkajs/src/protocol/requests/createTopics/v3/request.js';
import deleteRecordsRequest from 'kafkajs/src/protocol/requests/deleteRecords/v1/request.js';
import deleteTopicsRequest from 'kafkajs/src/protocol/requests/deleteTopics/v1/request.js';
import describeConfigsRequest from 'kafkajs/src/protocol/requests/describeConfigs/v2/request.js';
import listOffsetsRequest from 'kafkajs/src/protocol/requests/listOffsets/v3/request.js';
import { ErrorCode } from '../error-codes.ts';
import type { Codec } from './codec.ts';

const RESOURCE_TYPE_TOPIC = 2;
const CONSUMER_REPLICA_ID = -1;

export const listOffsets: Codec<'ListOffsets'> = {
  request: ({ isolation, topics }) =>
    listOffsetsRequest({
      replicaId: CONSUMER_REPLICA_ID,
      isolationLevel: isolation === 'read_committed' ? 1 : 0,
      topics,
    }),
  reply: (reader) => ({
    throttleMs: reader.int32(),
    reply: {
      topics: reader.array((r) => ({
        topic: r.string(),
        partitions: r.array((p) => ({
          partition: p.int32(),
          errorCode: p.int16(),
          timestamp: p.int64(),
          offset: p.int64(),
        })),
      })),
    },
  }),
};

export const createTopics: Codec<'CreateTopics'> = {
  request: ({ timeoutMs, validateOnly = false, topics }) =>
    createTopicsRequest({
      timeout: timeoutMs,
      validateOnly,
      topics: topics.map(({ topic, partitions, replicationFactor, config }) => ({
        topic,
        numPartitions: partitions,
        replicationFactor,
        configEntries: config,
      })),
    }),
  holdMs: ({ timeoutMs }) => timeoutMs,
  reply: (reader) => ({
    throttleMs: reader.int32(),
    reply: {
      topics: reader.array((r) => ({
        topic: r.string(),
        errorCode: r.int16(),
        errorMessage: r.nullableString(),
      })),
    },
  }),
};

export const deleteTopics: Codec<'DeleteTopics'> = {
  request: ({ timeoutMs, topics }) => deleteTopicsRequest({ topics, timeout: timeoutMs }),
  holdMs: ({ timeoutMs }) => timeoutMs,
  reply: (reader) => ({
    throttleMs: reader.int32(),
    reply: { topics: reader.array((r) => ({ topic: r.string(), errorCode: r.int16() })) },
  }),
};

export const deleteRecords: Codec<'DeleteRecords'> = {
  request: ({ timeoutMs, topics }) => deleteRecordsRequest({ topics, timeout: timeoutMs }),
  holdMs: ({ timeoutMs }) => timeoutMs,
  reply: (reader) => ({
    throttleMs: reader.int32(),
    reply: {
      topics: reader.array((r) => ({
        topic: r.string(),
        partitions: r.array((p) => ({ partition: p.int32(), lowWatermark: p.int64(), errorCode: p.int16() })),
      })),
    },
  }),
};

export const describeConfigs: Codec<'DescribeConfigs'> = {
  request: ({ topic }) =>
    describeConfigsRequest({ resources: [{ type: RESOURCE_TYPE_TOPIC, name: topic }], includeSynonyms: false }),
  reply(reader) {
    const throttleMs = reader.int32();
    const [resource] = reader.array((r) => {
      const errorCode = r.int16();
      const errorMessage = r.nullableString();
      r.int8(); // resource type
      r.string(); // resource name
      const entries = r.array((e) => {
        const entry = { name: e.string(), value: e.nullableString() };
        e.boolean(); // read only
        e.int8(); // source
        e.boolean(); // sensitive
        e.array((s) => [s.string(), s.nullableString(), s.int8()]); // synonyms
        return entry;
      });
      return { errorCode, errorMessage, entries };
    });
    const missing = { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, errorMessage: 'an empty reply', entries: [] };
    return { throttleMs, reply: resource ?? missing };
  },
};

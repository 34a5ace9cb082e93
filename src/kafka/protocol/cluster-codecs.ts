import Encoder from 'kafkajs/src/protocol/encoder.js';
import apiVersionsRequest from 'kafkajs/src/protocol/requests/apiVersions/v2/request.js';
import findCoordinatorRequest from 'kafkajs/src/protocol/requests/findCoordinator/v2/request.js';
import { SPOKEN_APIS } from './api-versions.ts';
import type { Codec } from './codec.ts';

export const apiVersions: Codec<'ApiVersions'> = {
  request: () => apiVersionsRequest(),
  reply(reader) {
    const errorCode = reader.int16();
    const apis = reader.array((r) => ({ apiKey: r.int16(), minVersion: r.int16(), maxVersion: r.int16() }));
    // A broker that does not know the version asked for answers in the oldest one, which has no throttle time.
    return { throttleMs: reader.remaining >= 4 ? reader.int32() : 0, reply: { errorCode, apis } };
  },
};

export const metadata: Codec<'Metadata'> = {
  // kafkajs's encoder writes no topics as null, which asks for all of them.
  request: ({ topics }) => ({
    apiKey: SPOKEN_APIS.Metadata.key,
    apiVersion: SPOKEN_APIS.Metadata.version,
    apiName: 'Metadata',
    encode: () => {
      const body = topics === null ? new Encoder().writeInt32(-1) : new Encoder().writeArray(topics);
      const allowAutoTopicCreation = false;
      return Promise.resolve(body.writeBoolean(allowAutoTopicCreation));
    },
  }),
  reply(reader) {
    const throttleMs = reader.int32();
    const brokers = reader.array((r) => {
      const broker = { nodeId: r.int32(), host: r.string(), port: r.int32() };
      r.nullableString(); // rack
      return broker;
    });
    reader.nullableString(); // cluster id
    const controllerId = reader.int32();
    const topics = reader.array((r) => {
      const errorCode = r.int16();
      const topic = r.string();
      r.boolean(); // is internal
      const partitions = r.array((p) => {
        const partition = {
          errorCode: p.int16(),
          partition: p.int32(),
          leader: p.int32(),
          replicas: p.array((id) => id.int32()),
          inSyncReplicas: p.array((id) => id.int32()),
        };
        p.array((id) => id.int32()); // offline replicas
        return partition;
      });
      return { errorCode, topic, partitions };
    });
    return { throttleMs, reply: { brokers, controllerId, topics } };
  },
};

export const findCoordinator: Codec<'FindCoordinator'> = {
  request: ({ key, keyType }) =>
    findCoordinatorRequest({ coordinatorKey: key, coordinatorType: keyType === 'group' ? 0 : 1 }),
  reply(reader) {
    const throttleMs = reader.int32();
    const errorCode = reader.int16();
    reader.nullableString(); // error message
    return { throttleMs, reply: { errorCode, nodeId: reader.int32() } };
  },
};

import deleteGroupsRequest from 'kafkajs/src/protocol/requests/deleteGroups/v1/request.js';
import describeGroupsRequest from 'kafkajs/src/protocol/requests/describeGroups/v2/request.js';
import heartbeatRequest from 'kafkajs/src/protocol/requests/heartbeat/v3/request.js';
import joinGroupRequest from 'kafkajs/src/protocol/requests/joinGroup/v5/request.js';
import leaveGroupRequest from 'kafkajs/src/protocol/requests/leaveGroup/v3/request.js';
import offsetCommitRequest from 'kafkajs/src/protocol/requests/offsetCommit/v5/request.js';
import offsetFetchRequest from 'kafkajs/src/protocol/requests/offsetFetch/v4/request.js';
import syncGroupRequest from 'kafkajs/src/protocol/requests/syncGroup/v3/request.js';
import { asBuffer } from '../record-batch/layout.ts';
import type { Codec } from './codec.ts';

// SyncGroup is answered when the leader has sent its assignment, which takes it as long as computing it does.
const SYNC_HOLD_MS = 30_000;

export const joinGroup: Codec<'JoinGroup'> = {
  request: ({ groupId, sessionTimeoutMs, rebalanceTimeoutMs, memberId, protocolType, protocols }) =>
    joinGroupRequest({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: rebalanceTimeoutMs,
      memberId,
      protocolType,
      groupProtocols: protocols.map(({ name, metadata }) => ({ name, metadata: asBuffer(metadata) })),
    }),
  holdMs: ({ rebalanceTimeoutMs }) => rebalanceTimeoutMs,
  reply: (reader) => ({
    throttleMs: reader.int32(),
    reply: {
      errorCode: reader.int16(),
      generation: reader.int32(),
      protocol: reader.string(),
      leaderId: reader.string(),
      memberId: reader.string(),
      members: reader.array((r) => {
        const memberId = r.string();
        r.nullableString(); // group instance id
        return { memberId, metadata: r.bytes() };
      }),
    },
  }),
};

export const syncGroup: Codec<'SyncGroup'> = {
  request: ({ groupId, generation, memberId, assignments }) =>
    syncGroupRequest({
      groupId,
      generationId: generation,
      memberId,
      groupAssignment: assignments.map((member) => ({
        memberId: member.memberId,
        memberAssignment: asBuffer(member.assignment),
      })),
    }),
  holdMs: () => SYNC_HOLD_MS,
  reply: (reader) => ({
    throttleMs: reader.int32(),
    reply: { errorCode: reader.int16(), assignment: reader.bytes() },
  }),
};

export const heartbeat: Codec<'Heartbeat'> = {
  request: ({ groupId, generation, memberId }) =>
    heartbeatRequest({ groupId, groupGenerationId: generation, memberId, groupInstanceId: null }),
  reply: (reader) => ({ throttleMs: reader.int32(), reply: { errorCode: reader.int16() } }),
};

export const leaveGroup: Codec<'LeaveGroup'> = {
  request: ({ groupId, memberId }) => leaveGroupRequest({ groupId, members: [{ memberId }] }),
  reply(reader) {
    const throttleMs = reader.int32();
    const errorCode = reader.int16();
    const members = reader.array((r) => {
      r.nullableString(); // member id
      r.nullableString(); // group instance id
      return r.int16();
    });
    return { throttleMs, reply: { errorCode: errorCode !== 0 ? errorCode : (members[0] ?? 0) } };
  },
};

export const describeGroups: Codec<'DescribeGroups'> = {
  request: ({ groupId }) => describeGroupsRequest({ groupIds: [groupId] }),
  reply(reader) {
    const throttleMs = reader.int32();
    const [reply] = reader.array((r) => {
      const errorCode = r.int16();
      r.string(); // group id
      const state = r.string();
      r.string(); // protocol type
      r.string(); // protocol
      const members = r.array((m) => {
        const member = { memberId: m.string(), clientId: m.string(), clientHost: m.string(), metadata: m.bytes() };
        m.bytes(); // assignment
        return member;
      });
      return { errorCode, state, members };
    });
    return { throttleMs, reply };
  },
};

export const deleteGroups: Codec<'DeleteGroups'> = {
  request: ({ groupId }) => deleteGroupsRequest([groupId]),
  reply(reader) {
    const throttleMs = reader.int32();
    const [reply] = reader.array((r) => {
      r.string(); // group id
      return { errorCode: r.int16() };
    });
    return { throttleMs, reply };
  },
};

export const offsetCommit: Codec<'OffsetCommit'> = {
  request: ({ groupId, generation, memberId, topics }) =>
    offsetCommitRequest({ groupId, groupGenerationId: generation, memberId, topics }),
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

export const offsetFetch: Codec<'OffsetFetch'> = {
  request: ({ groupId, topics }) =>
    offsetFetchRequest({
      groupId,
      topics: topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map((partition) => ({ partition })),
      })),
    }),
  reply(reader) {
    const throttleMs = reader.int32();
    const topics = reader.array((r) => ({
      topic: r.string(),
      partitions: r.array((p) => {
        const partition = p.int32();
        const offset = p.int64();
        const metadata = p.string();
        return { partition, offset, metadata, errorCode: p.int16() };
      }),
    }));
    return { throttleMs, reply: { topics, errorCode: reader.int16() } };
  },
};

import type { ApiName } from '../api.ts';
import type { Codec } from './codec.ts';
import { apiVersions, findCoordinator, metadata } from './cluster-codecs.ts';
import {
  deleteGroups,
  describeGroups,
  heartbeat,
  joinGroup,
  leaveGroup,
  offsetCommit,
  offsetFetch,
  syncGroup,
} from './group-codecs.ts';
import { fetch, produce } from './record-codecs.ts';
import { createTopics, deleteRecords, deleteTopics, describeConfigs, listOffsets } from './topic-codecs.ts';
import { addPartitionsToTxn, describeTransactions, endTxn, initProducerId } from './transaction-codecs.ts';

/** The codec of every API of the broker link. */
export const CODECS: { readonly [A in ApiName]: Codec<A> } = {
  ApiVersions: apiVersions,
  Metadata: metadata,
  FindCoordinator: findCoordinator,
  InitProducerId: initProducerId,
  AddPartitionsToTxn: addPartitionsToTxn,
  EndTxn: endTxn,
  DescribeTransactions: describeTransactions,
  Produce: produce,
  Fetch: fetch,
  ListOffsets: listOffsets,
  JoinGroup: joinGroup,
  SyncGroup: syncGroup,
  Heartbeat: heartbeat,
  LeaveGroup: leaveGroup,
  DescribeGroups: describeGroups,
  DeleteGroups: deleteGroups,
  OffsetCommit: offsetCommit,
  OffsetFetch: offsetFetch,
  CreateTopics: createTopics,
  DeleteTopics: deleteTopics,
  DeleteRecords: deleteRecords,
  DescribeConfigs: describeConfigs,
};

import type { ApiName } from '../api.ts';

/** The APIs that we send: their number in the protocol, and the one version of each that we speak. */
export const SPOKEN_APIS: Readonly<Record<ApiName, { readonly key: number; readonly version: number }>> = {
  Produce: { key: 0, version: 7 },
  Fetch: { key: 1, version: 11 },
  ListOffsets: { key: 2, version: 3 },
  Metadata: { key: 3, version: 6 },
  OffsetCommit: { key: 8, version: 5 },
  OffsetFetch: { key: 9, version: 4 },
  FindCoordinator: { key: 10, version: 2 },
  JoinGroup: { key: 11, version: 5 },
  Heartbeat: { key: 12, version: 3 },
  LeaveGroup: { key: 13, version: 3 },
  SyncGroup: { key: 14, version: 3 },
  DescribeGroups: { key: 15, version: 2 },
  ApiVersions: { key: 18, version: 2 },
  CreateTopics: { key: 19, version: 3 },
  DeleteTopics: { key: 20, version: 1 },
  DeleteRecords: { key: 21, version: 1 },
  InitProducerId: { key: 22, version: 1 },
  AddPartitionsToTxn: { key: 24, version: 1 },
  EndTxn: { key: 26, version: 1 },
  DescribeConfigs: { key: 32, version: 2 },
  DeleteGroups: { key: 42, version: 1 },
  DescribeTransactions: { key: 65, version: 0 },
};

/**
 * Versions that first appeared in Kafka 3.7 (both came with the discovery of new leaders in replies). Brokers do not tell their release,
 * but they tell these, and nothing older than 3.7 does.
 */
export const SIGNS_OF_3_7: readonly { readonly api: ApiName; readonly version: number }[] = [
  { api: 'Produce', version: 10 },
  { api: 'Fetch', version: 16 },
];

import type { TopicSpec } from '../core/transport.ts';

export const changelogTopic = (app: string, subTopology: string): string => `${app}.${subTopology}.changelog`;
export const repartitionTopic = (app: string, subTopology: string): string => `${app}.${subTopology}.repartition`;
export const planTopic = (app: string): string => `${app}.plan`;
export const transactionalId = (app: string, subTopology: string, partition: number): string =>
  `${app}.${subTopology}.${partition}`;

const DAY = 24 * 3_600_000;

/**
 * How long tombstones stay in a changelog. A copy of the state that is further behind than this cannot be caught up: deletions may be
 * missing from the log.
 */
export const TOMBSTONE_RETENTION_MS = 7 * DAY;

// The time in records of internal topics is the broker's: event times of the past would be deleted by retention and those of the future
// are refused by brokers of version 4. Event time travels in the payload.
const COMMON = { 'message.timestamp.type': 'LogAppendTime', 'retention.ms': '-1' };

export const CHANGELOG_CONFIG: Readonly<Record<string, string>> = {
  ...COMMON,
  'cleanup.policy': 'compact',
  'delete.retention.ms': String(TOMBSTONE_RETENTION_MS),
  'segment.bytes': String(64 * 1024 * 1024),
};

export const REPARTITION_CONFIG: Readonly<Record<string, string>> = {
  ...COMMON,
  'cleanup.policy': 'delete',
};

export const PLAN_CONFIG: Readonly<Record<string, string>> = { ...COMMON, 'cleanup.policy': 'compact' };

export const internalTopic = (
  name: string,
  partitions: number,
  replicationFactor: number,
  config: Readonly<Record<string, string>>,
): TopicSpec => ({ name, partitions, replicationFactor, config });

/** Settings of a topic as Kafka 4.1 has them when nobody set them. */
const DEFAULTS: ReadonlyMap<string, string> = new Map([
  ['cleanup.policy', 'delete'],
  ['compression.gzip.level', '-1'],
  ['compression.lz4.level', '9'],
  ['compression.type', 'producer'],
  ['compression.zstd.level', '3'],
  ['delete.retention.ms', '86400000'],
  ['file.delete.delay.ms', '60000'],
  ['flush.messages', '9223372036854775807'],
  ['flush.ms', '9223372036854775807'],
  ['follower.replication.throttled.replicas', ''],
  ['index.interval.bytes', '4096'],
  ['leader.replication.throttled.replicas', ''],
  ['local.retention.bytes', '-2'],
  ['local.retention.ms', '-2'],
  ['max.compaction.lag.ms', '9223372036854775807'],
  ['max.message.bytes', '1048588'],
  ['message.timestamp.after.max.ms', '3600000'],
  ['message.timestamp.before.max.ms', '9223372036854775807'],
  ['message.timestamp.type', 'CreateTime'],
  ['min.cleanable.dirty.ratio', '0.5'],
  ['min.compaction.lag.ms', '0'],
  ['min.insync.replicas', '1'],
  ['preallocate', 'false'],
  ['remote.log.copy.disable', 'false'],
  ['remote.log.delete.on.disable', 'false'],
  ['remote.storage.enable', 'false'],
  ['retention.bytes', '-1'],
  ['retention.ms', '604800000'],
  ['segment.bytes', '1073741824'],
  ['segment.index.bytes', '10485760'],
  ['segment.jitter.ms', '0'],
  ['segment.ms', '604800000'],
  ['unclean.leader.election.enable', 'false'],
]);

/** What a broker refuses to take as a value, by setting; all others are taken as they are. */
const ALLOWED: ReadonlyMap<string, (value: string) => boolean> = new Map([
  ['cleanup.policy', (value) => value.split(',').every((policy) => ['compact', 'delete', ''].includes(policy.trim()))],
  ['compression.type', (value) => ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'].includes(value)],
  ['message.timestamp.type', (value) => value === 'CreateTime' || value === 'LogAppendTime'],
  ['min.insync.replicas', atLeast(1)],
  ['segment.bytes', atLeast(1024 * 1024)],
  ['segment.ms', atLeast(1)],
  ['retention.ms', atLeast(-1)],
  ['retention.bytes', atLeast(-1)],
  ['delete.retention.ms', atLeast(0)],
  ['max.message.bytes', atLeast(0)],
  ['min.compaction.lag.ms', atLeast(0)],
  ['max.compaction.lag.ms', atLeast(1)],
  ['message.timestamp.after.max.ms', atLeast(0)],
  ['message.timestamp.before.max.ms', atLeast(0)],
]);

function atLeast(least: number): (value: string) => boolean {
  return (value) => /^-?\d+$/.test(value.trim()) && Number(value) >= least;
}

/** The settings of one topic in force; those that the broker acts on are parsed. */
export class TopicConfig {
  readonly values: ReadonlyMap<string, string>;
  readonly compacted: boolean;
  readonly deletable: boolean;
  readonly logAppendTime: boolean;
  readonly maxMessageBytes: number;
  readonly timestampBeforeMaxMs: number;
  readonly timestampAfterMaxMs: number;
  readonly segmentBytes: number;
  readonly segmentMs: number;
  readonly deleteRetentionMs: number;
  readonly minInSyncReplicas: number;

  private constructor(values: ReadonlyMap<string, string>) {
    const number = (name: string): number => Number(values.get(name));
    const policies = values.get('cleanup.policy')!.split(',');
    this.values = values;
    this.compacted = policies.some((policy) => policy.trim() === 'compact');
    this.deletable = policies.some((policy) => policy.trim() === 'delete');
    this.logAppendTime = values.get('message.timestamp.type') === 'LogAppendTime';
    this.maxMessageBytes = number('max.message.bytes');
    this.timestampBeforeMaxMs = number('message.timestamp.before.max.ms');
    this.timestampAfterMaxMs = number('message.timestamp.after.max.ms');
    this.segmentBytes = number('segment.bytes');
    this.segmentMs = number('segment.ms');
    this.deleteRetentionMs = number('delete.retention.ms');
    this.minInSyncReplicas = number('min.insync.replicas');
  }

  /** The defaults with these over them, or the reason why a broker refuses them. */
  static of(entries: readonly { name: string; value: string }[]): TopicConfig | string {
    const values = new Map(DEFAULTS);
    for (const { name, value } of entries) {
      if (!DEFAULTS.has(name)) return `Unknown topic config name: ${name}`;
      if (ALLOWED.get(name)?.(value) === false) return `Invalid value ${value} for configuration ${name}`;
      values.set(name, value);
    }
    return new TopicConfig(values);
  }
}

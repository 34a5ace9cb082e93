/** What is left when everything has come to rest: all that a judge needs, and nothing that a process under test says of itself. */
export interface Evidence {
  /** Name of the topology: group, transactional ids, internal topics and Redis keys begin with it. */
  readonly topology: string;
  /** Committed records of every topic, partition by partition in the order of their offsets. */
  readonly topics: ReadonlyMap<string, readonly EvidenceRecord[]>;
  /** Last stable offset and high watermark of every partition, by `topic-partition`. */
  readonly ends: ReadonlyMap<string, { readonly lastStable: number; readonly highWatermark: number }>;
  /** Offsets of the topology's group, by `topic-partition`. */
  readonly groupOffsets: ReadonlyMap<string, number>;
  /** Hashes in Redis: key, then field and value; null where state was not kept in Redis. */
  readonly redis: ReadonlyMap<string, ReadonlyMap<string, Buffer>> | null;
}

/** A committed record. */
export interface EvidenceRecord {
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/**
 * What has to hold whatever happens:
 *
 *     I1  every input record is in each output exactly once
 *     I2  results are those of a plain fold of the input; Redis holds what the changelog says, no more and no less
 *     I3  commit records are one chain: each names the one before it, input ranges follow on one another, generations never go back
 *     I4  a batch is in all of its outputs or in none
 *     I5  the group's offsets are those of the last commit records, and never go back
 *     I6  when faults are over everything comes to rest: nothing hangs, nothing lags, nothing has failed
 *     I7  the position in Redis never goes back but by a rebuild
 *     I8  nothing is late that was on time: what windows let go of is counted, and kept where that is asked for
 *     I9  what is said of it (metrics, status) is true
 */
export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9';

/** An invariant that does not hold. */
export interface Violation {
  readonly invariant: Invariant;
  /** Topic, partition, key, offset: wherever it shows. */
  readonly where: string;
  readonly what: string;
}

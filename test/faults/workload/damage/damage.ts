import type { Evidence, EvidenceRecord, Invariant } from '../evidence.ts';

/** Something that is wrong with the evidence of the topology `plain`, and what a judge has to say of it. */
export interface Inflicted {
  readonly what: string;
  readonly invariant: Invariant;
  /** A violation of which place and text together look like this. */
  readonly shows: RegExp;
  readonly inflict: (evidence: Evidence) => Evidence;
}

/** Evidence with another content of a topic. */
export function withTopic(
  evidence: Evidence,
  topic: string,
  change: (records: readonly EvidenceRecord[]) => readonly EvidenceRecord[],
): Evidence {
  const topics = new Map(evidence.topics);
  const records = topics.get(topic);
  if (records === undefined || records.length === 0) throw new RangeError(`there is nothing in ${topic} to damage`);
  topics.set(topic, change(records));
  return { ...evidence, topics };
}

/** Evidence with another content of Redis, which may be changed in place. */
export function withRedis(evidence: Evidence, change: (hashes: Map<string, Map<string, Buffer>>) => void): Evidence {
  const hashes = new Map([...(evidence.redis ?? [])].map(([key, hash]) => [key, new Map(hash)]));
  change(hashes);
  return { ...evidence, redis: hashes };
}

export const withGroupOffset = (evidence: Evidence, partition: string, offset: number | null): Evidence => {
  const groupOffsets = new Map(evidence.groupOffsets);
  if (offset === null) groupOffsets.delete(partition);
  else groupOffsets.set(partition, offset);
  return { ...evidence, groupOffsets };
};

type Choice = (record: EvidenceRecord) => boolean;

/** Position of the record in the middle of those picked. */
export function middle(records: readonly EvidenceRecord[], pick: Choice = () => true): number {
  const picked = records.flatMap((record, i) => (pick(record) ? [i] : []));
  if (picked.length === 0) throw new RangeError('there is no such record to damage');
  return picked[Math.floor(picked.length / 2)];
}

export type Damage = (records: readonly EvidenceRecord[]) => readonly EvidenceRecord[];

/** Damage done to a topic of the user's, to the changelog of a sub-topology, to the repartition topic before it. */
export const on =
  (output: string, damage: Damage) =>
  (evidence: Evidence): Evidence =>
    withTopic(evidence, `plain-${output}`, damage);
export const onLog =
  (subTopology: string, damage: Damage) =>
  (evidence: Evidence): Evidence =>
    withTopic(evidence, `plain.${subTopology}.changelog`, damage);
export const onRows =
  (subTopology: string, damage: Damage) =>
  (evidence: Evidence): Evidence =>
    withTopic(evidence, `plain.${subTopology}.repartition`, damage);

export const drop =
  (pick?: Choice): Damage =>
  (records) =>
    records.toSpliced(middle(records, pick), 1);

/** The record is there once more, at the end of its partition. */
export const double =
  (pick?: Choice): Damage =>
  (records) => {
    const record = records[middle(records, pick)];
    return append(records, record);
  };

export function append(records: readonly EvidenceRecord[], record: EvidenceRecord): EvidenceRecord[] {
  const last = records.findLastIndex(({ partition }) => partition === record.partition);
  return records.toSpliced(last + 1, 0, { ...record, offset: (records[last]?.offset ?? -1) + 2 });
}

export const alter =
  (change: (record: EvidenceRecord) => Partial<EvidenceRecord>, pick?: Choice): Damage =>
  (records) => {
    const at = middle(records, pick);
    return records.with(at, { ...records[at], ...change(records[at]) });
  };

/** The record changes places with the next of its partition. */
export const swap =
  (pick?: Choice): Damage =>
  (records) => {
    const at = middle(records, pick);
    const [a, b] = [records[at], records[at + 1]];
    if (a.partition !== b.partition) throw new RangeError('the record is the last of its partition');
    return records.with(at, { ...b, offset: a.offset }).with(at + 1, { ...a, offset: b.offset });
  };

/** The value as text, changed. */
export const text =
  (change: (value: string) => string) =>
  ({ value }: EvidenceRecord): Partial<EvidenceRecord> => ({ value: Buffer.from(change(value?.toString() ?? '')) });

/** The value as JSON, with other fields. */
export const fields = (
  change: (value: Readonly<Record<string, unknown>>) => object,
): ((record: EvidenceRecord) => Partial<EvidenceRecord>) =>
  text((value) => {
    const parsed = JSON.parse(value) as Readonly<Record<string, unknown>>;
    return JSON.stringify({ ...parsed, ...change(parsed) });
  });

export const hasKey =
  (key: string): Choice =>
  (record) =>
    record.key?.toString() === key;

export const keyBegins =
  (text: string): Choice =>
  (record) =>
    record.key?.toString().startsWith(text) === true;

export const isCommit = hasKey('\0commit');
export const isClaim = hasKey('\0claim');
export const isTotal = keyBegins('\x01userTotals\0');

/** The second half of the transactions of each changelog partition is gone, as if it had never been. */
export const cutShort: Damage = (records) =>
  [0, 1, 2].flatMap((p) => {
    const own = records.filter(({ partition }) => partition === p);
    const commits = own.filter(isCommit);
    const last = commits[Math.floor(commits.length / 2)].offset;
    return own.filter(({ offset }) => offset <= last);
  });

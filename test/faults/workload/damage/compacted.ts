import type { Evidence, EvidenceRecord } from '../evidence.ts';

/** The evidence with the first halves of all changelogs compacted: of every key in them, the last record stays. */
export function compacted(evidence: Evidence): Evidence {
  const topics = new Map(evidence.topics);
  for (const [topic, records] of topics) {
    if (!topic.endsWith('.changelog')) continue;
    const partitions = Map.groupBy(records, ({ partition }) => partition);
    topics.set(topic, [...partitions.values()].flatMap(firstHalfCompacted));
  }
  return { ...evidence, topics };
}

function firstHalfCompacted(records: readonly EvidenceRecord[]): EvidenceRecord[] {
  const half = Math.ceil(records.length / 2);
  const last = new Map(records.slice(0, half).map(({ key, offset }) => [key?.toString(), offset]));
  return records.filter(({ key, offset }, i) => i >= half || last.get(key?.toString()) === offset);
}

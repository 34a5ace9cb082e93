import type { Evidence, EvidenceRecord } from '../evidence.ts';

/**
 * The committed records of a topic.
 * @throws RangeError when the evidence lacks the topic: then there is nothing to judge
 */
export function recordsOf({ topics }: Evidence, topic: string): readonly EvidenceRecord[] {
  const records = topics.get(topic);
  if (records === undefined) throw new RangeError(`the evidence has no topic ${topic}`);
  return records;
}

/** How many partitions the topic has. @throws RangeError when the evidence lacks their ends */
export function partitionsOf({ ends }: Evidence, topic: string): number {
  let count = 0;
  while (ends.has(`${topic}-${count}`)) count++;
  if (count === 0) throw new RangeError(`the evidence has no ends of ${topic}`);
  return count;
}

export const placeOf = (topic: string, { partition, offset }: EvidenceRecord): string =>
  `${topic}-${partition} offset ${offset}`;

/** Bytes as text for a message: quoted, and cut where they are many. */
export function textOf(bytes: Buffer | string | null | undefined): string {
  if (bytes === null || bytes === undefined) return 'nothing';
  const text = JSON.stringify(bytes.toString());
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** The object that a JSON text is; null when it is none. */
export function objectOf(value: Buffer | null): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(value?.toString() ?? '');
    return typeof parsed === 'object' ? (parsed as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}

/** Whether two objects of plain values have the same fields, whatever their order. */
export function sameFields(a: object, b: object): boolean {
  const [left, right] = [a, b].map((each) => new Map<string, unknown>(Object.entries(each)));
  return left.size === right.size && [...left].every(([name, value]) => right.get(name) === value);
}

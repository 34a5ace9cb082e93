import type { TaskId } from '../../core/task.ts';
import { slotOf, SLOTS } from './cluster-slot.ts';

/**
 * Where a task's state lies in Redis. All keys of a task share one hash tag, so that they live in one slot and one script can touch them:
 *
 *     {app:sub:partition:salt}:meta                          hash: who made the copy, from what, up to where, and its live buckets
 *     {app:sub:partition:salt}:<incarnation>:<table>:<n>     hash: the entries of bucket n; field = 4 characters of hash, then the key
 *
 * A table is a store, or a segment of one: `store@segment`.
 * These names are read by every version that shares the Redis: they do not change.
 */
export class TaskLayout {
  readonly meta: string;
  /** What all keys of the task, and no others, begin with: the hash tag with its braces. */
  readonly tag: string;

  constructor(application: string, task: TaskId) {
    this.tag = hashTag(application, task);
    this.meta = `${this.tag}:meta`;
  }

  bucket(incarnation: string, table: string, bucket: number): string {
    return `${this.incarnation(incarnation)}${table}:${bucket}`;
  }

  /** What the keys of all buckets of an incarnation begin with. */
  incarnation(name: string): string {
    return `${this.tag}:${name}:`;
  }
}

/** A pattern for SCAN that all keys of the application match. */
export const applicationPattern = (application: string): string => `{${literally(application)}:*`;

/** Field of the meta hash with the entries of one bucket; buckets without entries have none. */
export const countField = (table: string, bucket: number): string => `count:${table}:${bucket}`;

/** Fields of the meta hash with a table's buckets (absent = 1) and entries (absent = 0; a segment without entries has neither). */
export const bucketsField = (table: string): string => `buckets:${table}`;
export const entriesField = (table: string): string => `entries:${table}`;

/** A pattern for HSCAN that these two fields of all segments of a store match, and no others. */
export const segmentsPattern = (store: string): string => `[be]*s:${literally(store)}@*`;

/** What `segmentsPattern` matched. */
export function readSegmentField(field: string): { name: 'buckets' | 'entries'; segment: number } {
  const name = field.startsWith('b') ? 'buckets' : 'entries';
  return { name, segment: Number(field.slice(field.lastIndexOf('@') + 1)) };
}

/** The text as a pattern that matches nothing else. */
const literally = (text: string): string => text.replace(/[\\*?[\]]/g, '\\$&');

/** Fields of a bucket begin with the key's hash, four characters of six bits from '0' on, so that a script can split the bucket. */
export const fieldOf = (hash: number, key: string): string => TWELVE_BITS[hash >>> 12] + TWELVE_BITS[hash & 4095] + key;
export const keyOfField = (field: string): string => field.slice(4);

const TWELVE_BITS: readonly string[] = Array.from({ length: 4096 }, (_, bits) =>
  String.fromCharCode(48 + (bits >>> 6), 48 + (bits & 63)),
);

/** Hash tags of nearby partitions would crowd a few slots; the salt puts each where an even spread wants it. */
function hashTag(application: string, task: TaskId): string {
  const name = `${application}:${task.subTopology}:${task.partition}`;
  // Steps of the golden ratio never come close to each other.
  const wanted = (slotOf(`${application}:${task.subTopology}`) + task.partition * 10_127) % SLOTS;
  for (let salt = 0; ; salt++) {
    const tag = `${name}:${salt}`;
    if ((slotOf(tag) - wanted + SLOTS) % SLOTS < SLOTS / 64) return `{${tag}}`;
  }
}

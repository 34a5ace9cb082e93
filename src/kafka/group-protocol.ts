import { ByteReader, ByteWriter } from '../core/bytes.ts';
import { type TaskId, taskName, type TopicPartition } from '../core/task.ts';
import type { TaskFamily } from '../core/transport.ts';

/**
 * What members tell the group and what the leader tells them. Outside it is the encoding of Kafka's own consumers (version 0), so that
 * Kafka's tools can show topics and partitions of every member; our part is its user data, which begins with a version of its own.
 */
export const PROTOCOL_TYPE = 'consumer';
export const PROTOCOL_NAME = 'millrace';

const VERSION = 1;

/** What a member presents when it joins. */
export interface Subscription {
  readonly families: readonly TaskFamily[];
  readonly owned: readonly TaskId[];
  /** The generation in which it was given what it owns. */
  readonly generation: number;
  readonly planHash: string;
  readonly address: string;
}

/** What the leader decided, as every member hears it. */
export interface SharedAssignment {
  /** Addresses of the members, by their index. */
  readonly addresses: readonly string[];
  /** By sub-topology: of every task, in order of partition, the index of the member that has it; -1 for none. */
  readonly owners: Readonly<Record<string, readonly number[]>>;
}

export function encodeSubscription({ families, owned, generation, planHash, address }: Subscription): Buffer {
  const topics = new Set(families.flatMap(({ inputTopics }) => inputTopics));
  const ours = new ByteWriter();
  ours.byte(VERSION);
  ours.unsigned(families.length);
  for (const { subTopology, inputTopics } of families) {
    ours.text(subTopology);
    ours.unsigned(inputTopics.length);
    for (const topic of inputTopics) ours.text(topic);
  }
  ours.unsigned(owned.length);
  for (const { subTopology, partition } of owned) {
    ours.text(subTopology);
    ours.unsigned(partition);
  }
  ours.signed(generation);
  ours.text(planHash);
  ours.text(address);
  return Buffer.concat([int16(0), int32(topics.size), ...Array.from(topics).sort().map(text), userData(ours)]);
}

/** Null if the bytes are not a member's of ours. */
export function decodeSubscription(bytes: Buffer): Subscription | null {
  return orNull(() => {
    const reader = new Reader(bytes);
    reader.int16();
    for (let topics = reader.int32(); topics > 0; topics--) reader.text();
    const ours = reader.userData();
    const families = list(ours, () => ({ subTopology: ours.text(), inputTopics: list(ours, () => ours.text()) }));
    const owned = list(ours, () => ({ subTopology: ours.text(), partition: ours.unsigned() }));
    return { families, owned, generation: ours.signed(), planHash: ours.text(), address: ours.text() };
  });
}

/** `partitions` is what tools shall show as the member's; `member` is its index in the shared assignment. */
export function encodeAssignment(
  partitions: readonly TopicPartition[],
  member: number,
  { addresses, owners }: SharedAssignment,
): Buffer {
  const byTopic = new Map<string, Set<number>>();
  for (const { topic, partition } of partitions) {
    const ofTopic = byTopic.get(topic);
    if (ofTopic === undefined) byTopic.set(topic, new Set([partition]));
    else ofTopic.add(partition);
  }
  const parts = [int16(0), int32(byTopic.size)];
  for (const [topic, ofTopic] of byTopic) parts.push(text(topic), int32(ofTopic.size), ...Array.from(ofTopic, int32));
  const ours = new ByteWriter();
  ours.byte(VERSION);
  ours.unsigned(member);
  ours.unsigned(addresses.length);
  for (const address of addresses) ours.text(address);
  const families = Object.entries(owners);
  ours.unsigned(families.length);
  for (const [subTopology, indexes] of families) {
    ours.text(subTopology);
    ours.unsigned(indexes.length);
    for (const index of indexes) ours.signed(index);
  }
  return Buffer.concat([...parts, userData(ours)]);
}

/** A member's tasks, and the address of the owner of every task by `taskName`; null if the bytes are not a leader's of ours. */
export function decodeAssignment(bytes: Buffer): { tasks: TaskId[]; owners: Map<string, string> } | null {
  return orNull(() => {
    const reader = new Reader(bytes);
    reader.int16();
    for (let topics = reader.int32(); topics > 0; topics--) {
      reader.text();
      for (let partitions = reader.int32(); partitions > 0; partitions--) reader.int32();
    }
    const ours = reader.userData();
    const member = ours.unsigned();
    const addresses = list(ours, () => ours.text());
    const tasks: TaskId[] = [];
    const owners = new Map<string, string>();
    for (let families = ours.unsigned(); families > 0; families--) {
      const subTopology = ours.text();
      for (const [partition, index] of list(ours, () => ours.signed()).entries()) {
        const task = { subTopology, partition };
        if (index === member) tasks.push(task);
        if (index >= 0) owners.set(taskName(task), addresses[index] ?? '');
      }
    }
    return { tasks, owners };
  });
}

function list<T>(reader: ByteReader, readItem: () => T): T[] {
  const items: T[] = [];
  for (let left = reader.unsigned(); left > 0; left--) items.push(readItem());
  return items;
}

function int16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([int16(bytes.length), bytes]);
}

const userData = (ours: ByteWriter): Buffer => Buffer.concat([int32(ours.length), ours.take()]);

/** Reads what the functions above wrote; throws RangeError on anything else. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int16(): number {
    this.#at += 2;
    return this.#bytes.readInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  text(): string {
    return this.#take(this.int16()).toString('utf8');
  }

  userData(): ByteReader {
    const ours = new ByteReader(this.#take(this.int32()));
    if (ours.byte() !== VERSION) throw new RangeError('another version');
    return ours;
  }

  #take(size: number): Buffer {
    if (size < 0 || this.#at + size > this.#bytes.length) throw new RangeError('the bytes end too early');
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

import { z } from 'zod';
import { type TaskId, taskName, type TopicPartition } from '../core/task.ts';
import type { TaskFamily } from '../core/transport.ts';

/**
 * What members tell the group and what the leader tells them. Outside it is the encoding of Kafka's own consumers (version 0), so that
 * Kafka's tools can show topics and partitions of every member; our part is JSON in its user data.
 */
export const PROTOCOL_TYPE = 'consumer';
export const PROTOCOL_NAME = 'millrace';

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

const taskIdSchema = z.tuple([z.string(), z.int()]);

const subscriptionSchema = z.object({
  v: z.literal(1),
  families: z.array(z.object({ subTopology: z.string(), inputTopics: z.array(z.string()) })),
  owned: z.array(taskIdSchema),
  generation: z.int(),
  planHash: z.string(),
  address: z.string(),
});

const assignmentSchema = z.object({
  v: z.literal(1),
  member: z.int(),
  addresses: z.array(z.string()),
  owners: z.record(z.string(), z.array(z.int())),
});

export function encodeSubscription(subscription: Subscription): Buffer {
  const topics = new Set(subscription.families.flatMap(({ inputTopics }) => inputTopics));
  const owned = subscription.owned.map(({ subTopology, partition }) => [subTopology, partition]);
  return Buffer.concat([
    int16(0),
    int32(topics.size),
    ...Array.from(topics).sort().map(text),
    json({ v: 1, ...subscription, owned }),
  ]);
}

/** Null if the bytes are not a member's of ours. */
export function decodeSubscription(bytes: Buffer): Subscription | null {
  const reader = new Reader(bytes);
  return orNull(() => {
    reader.int16();
    for (let topics = reader.int32(); topics > 0; topics--) reader.text();
    const { families, owned, generation, planHash, address } = subscriptionSchema.parse(reader.json());
    const tasks = owned.map(([subTopology, partition]) => ({ subTopology, partition }));
    return { families, owned: tasks, generation, planHash, address };
  });
}

/** `partitions` is what tools shall show as the member's; `member` is its index in the shared assignment. */
export function encodeAssignment(
  partitions: readonly TopicPartition[],
  member: number,
  shared: SharedAssignment,
): Buffer {
  const byTopic = new Map<string, Set<number>>();
  for (const { topic, partition } of partitions) {
    const ofTopic = byTopic.get(topic);
    if (ofTopic === undefined) byTopic.set(topic, new Set([partition]));
    else ofTopic.add(partition);
  }
  const parts = [int16(0), int32(byTopic.size)];
  for (const [topic, ofTopic] of byTopic) parts.push(text(topic), int32(ofTopic.size), ...Array.from(ofTopic, int32));
  parts.push(json({ v: 1, member, ...shared }));
  return Buffer.concat(parts);
}

/** A member's tasks, and the address of the owner of every task by `taskName`; null if the bytes are not a leader's of ours. */
export function decodeAssignment(bytes: Buffer): { tasks: TaskId[]; owners: Map<string, string> } | null {
  const reader = new Reader(bytes);
  return orNull(() => {
    reader.int16();
    for (let topics = reader.int32(); topics > 0; topics--) {
      reader.text();
      for (let partitions = reader.int32(); partitions > 0; partitions--) reader.int32();
    }
    const { member, addresses, owners: indexes } = assignmentSchema.parse(reader.json());
    const tasks: TaskId[] = [];
    const owners = new Map<string, string>();
    for (const [subTopology, ofFamily] of Object.entries(indexes)) {
      for (const [partition, index] of ofFamily.entries()) {
        const task = { subTopology, partition };
        if (index === member) tasks.push(task);
        if (index >= 0) owners.set(taskName(task), addresses[index] ?? '');
      }
    }
    return { tasks, owners };
  });
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

function json(value: unknown): Buffer {
  const bytes = Buffer.from(JSON.stringify(value));
  return Buffer.concat([int32(bytes.length), bytes]);
}

/** Reads what the functions above wrote; throws RangeError or SyntaxError on anything else. */
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

  json(): unknown {
    return JSON.parse(this.#take(this.int32()).toString('utf8'));
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
    if (error instanceof RangeError || error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

import { randomUUID } from 'node:crypto';
import type { Clock } from '../../src/core/clock.ts';
import type { BatchProgress, EngineEvent } from '../../src/core/progress.ts';
import type { ExternalSink, SinkDelivery } from '../../src/core/sink.ts';
import type { StateBackend } from '../../src/core/state.ts';
import { systemClock } from '../../src/core/system-clock.ts';
import type { RecordChunk, Transport } from '../../src/core/transport.ts';
import { partitionOf } from '../../src/core/murmur2.ts';
import { formats } from '../../src/formats/formats.ts';
import type { PhysicalPlan } from '../../src/plan/physical-plan.ts';
import { Engine } from '../../src/runtime/engine.ts';
import type { EngineSettings } from '../../src/runtime/settings.ts';
import { expect } from 'vitest';
import { eventually } from './eventually.ts';

export { planOf } from './plan-of.ts';

export const SETTINGS: EngineSettings = {
  maxRowsPerTrigger: 50_000,
  sessionTimeoutMs: 10_000,
  transactionTimeoutMs: 10_000,
  compression: 'none',
  replicationFactor: 1,
  transactionsPerSecond: 1_000,
  fetchBufferBytes: 16 << 20,
  address: '',
};

/** An engine with everything it said kept. */
export interface ObservedEngine {
  readonly engine: Engine;
  readonly batches: BatchProgress[];
  readonly events: EngineEvent[];
  /** What the console sinks got. */
  readonly deliveries: SinkDelivery[];
}

export function makeEngine(
  plan: PhysicalPlan,
  transport: Transport,
  state: StateBackend,
  options: { readonly settings?: Partial<EngineSettings>; readonly clock?: Clock } = {},
): ObservedEngine {
  const batches: BatchProgress[] = [];
  const events: EngineEvent[] = [];
  const deliveries: SinkDelivery[] = [];
  const collecting: ExternalSink = {
    deliver(delivery) {
      deliveries.push(delivery);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  const consoles = plan.subTopologies.flatMap((sub) => sub.sinks).filter((sink) => sink.kind === 'console');
  const engine = new Engine({
    plan,
    settings: { ...SETTINGS, ...options.settings },
    transport,
    state,
    formats,
    clock: options.clock ?? systemClock,
    listener: { onBatch: (batch) => batches.push(batch), onEvent: (event) => events.push(event) },
    externalSinks: new Map(consoles.map((sink) => [sink.name, collecting])),
    random: Math.random,
    newLogId: randomUUID,
  });
  return { engine, batches, events, deliveries };
}

export interface TestRecord {
  readonly key: string | null;
  readonly value: string | null;
}

export async function createTopic(
  transport: Transport,
  name: string,
  partitions: number,
  config: Record<string, string> = {},
): Promise<void> {
  await transport.topics.create([{ name, partitions, replicationFactor: 1, config }]);
}

/** Writes records as Kafka's own producer would place them; those without a key in turn over the partitions. */
export async function produce(transport: Transport, topic: string, records: readonly TestRecord[]): Promise<void> {
  const partitions = (await transport.topics.describe([topic])).get(topic)?.partitions ?? 1;
  const producer = await transport.openProducer({
    transactionalId: `test.feed.${randomUUID()}`,
    transactionTimeoutMs: 10_000,
    compression: 'none',
  });
  const transaction = await producer.begin();
  records.forEach(({ key, value }, i) => {
    const partition = key === null ? i % partitions : partitionOf(partitions, Buffer.from(key));
    // Times of the past would be deleted by the default retention.
    transaction.append(topic, partition, Math.floor(systemClock.now()), key, value, null);
  });
  await transaction.send();
  await transaction.commit();
  producer.close();
  await untilReadable(transport, topic);
}

/**
 * A commit is decided before its markers are in the log; until they are, nobody can read the records. No transaction may stay open.
 * @param partitions where; left out = in all of the topic
 */
export async function untilReadable(
  transport: Transport,
  topic: string,
  partitions?: readonly number[],
): Promise<void> {
  const count = (await transport.topics.describe([topic])).get(topic)?.partitions ?? 0;
  const inputs = (partitions ?? [...Array(count).keys()]).map((partition) => ({ topic, partition }));
  await eventually(
    async () => {
      for (const { lastStable, end } of (await transport.topics.offsets(inputs)).values()) expect(lastStable).toBe(end);
    },
    { interval: 1 },
  );
}

export interface PlacedRecord extends TestRecord {
  readonly partition: number;
}

/** Every record of a topic that may be read by now, partition by partition. */
export async function readableRecords(transport: Transport, topic: string): Promise<PlacedRecord[]> {
  const records: PlacedRecord[] = [];
  for await (const [partition, chunk] of readableChunks(transport, topic)) {
    for (let i = 0; i < chunk.count; i++) {
      const text = (start: Int32Array, end: Int32Array): string | null =>
        start[i] < 0 ? null : chunk.bytes.toString('utf8', start[i], end[i]);
      records.push({
        partition,
        key: text(chunk.keyStart, chunk.keyEnd),
        value: text(chunk.valueStart, chunk.valueEnd),
      });
    }
  }
  return records;
}

/** Every record of a topic that was committed before the call, partition by partition. No transaction may stay open. */
export async function readTopic(transport: Transport, topic: string): Promise<PlacedRecord[]> {
  await untilReadable(transport, topic);
  return readableRecords(transport, topic);
}

/** What may be read of a topic by now, with the partition it is of. */
export async function* readableChunks(transport: Transport, topic: string): AsyncGenerator<[number, RecordChunk]> {
  const partitions = (await transport.topics.describe([topic])).get(topic)?.partitions ?? 0;
  for (let partition = 0; partition < partitions; partition++) {
    const bounds = (await transport.topics.offsets([{ topic, partition }])).get(`${topic}-${partition}`);
    if (bounds === undefined) continue;
    for await (const chunk of transport.readRange({ topic, partition }, bounds.first, bounds.lastStable)) {
      yield [partition, chunk];
    }
  }
}

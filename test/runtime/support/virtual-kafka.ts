import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../src/core/clock.ts';
import type { StateBackend } from '../../../src/core/state.ts';
import type { Transport } from '../../../src/core/transport.ts';
import { FakeCluster } from '../../../src/kafka/fake-broker/fake-cluster.ts';
import { KafkaTransport } from '../../../src/kafka/kafka-transport.ts';
import type { EngineSettings } from '../../../src/runtime/settings.ts';
import { MemoryBackend } from '../../../src/state/memory/backend.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import {
  createTopic,
  makeEngine,
  planOf,
  readableRecords,
  type ObservedEngine,
  type TestRecord,
} from '../../support/engine-harness.ts';

/** What is written to a topic. */
export interface WrittenRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: string | Uint8Array | null;
  readonly value: string;
}

export interface ProcessOptions {
  readonly settings?: Partial<EngineSettings>;
  /** Left out = one that knows nothing. */
  readonly state?: StateBackend;
  /** How far its clock is ahead of the brokers'. */
  readonly skewMs?: number;
}

/**
 * A Kafka in this process and the engines on it, on a clock that goes on only while something is waited for: minutes pass in milliseconds,
 * and nothing depends on how fast the machine is. Its methods are not to be called while another one is under way.
 */
export class VirtualKafka {
  readonly clock = new VirtualClock(Date.UTC(2026, 6, 1));
  readonly cluster: FakeCluster;
  readonly #client: Transport;
  readonly #markerDelayMs: number;
  readonly #engines = new Set<ObservedEngine>();

  /** @param markerDelayMs how long after a commit its markers are in the log */
  constructor(markerDelayMs = 1) {
    const { clock } = this;
    this.#markerDelayMs = markerDelayMs;
    this.cluster = new FakeCluster({ clock, markerDelayMs, transit: () => Promise.resolve() });
    this.#client = new KafkaTransport(this.cluster.link(), clock);
  }

  /** What becomes of the work, on which time goes on as far as it has to. */
  passing<T>(work: Promise<T>): Promise<T> {
    return this.clock.passing(work);
  }

  /** Lets so much time go by. */
  pass(ms: number): Promise<void> {
    return this.clock.moveTo(this.clock.now() + ms);
  }

  createTopic(name: string, partitions: number): Promise<void> {
    return this.passing(createTopic(this.#client, name, partitions));
  }

  /** Writes the records in one transaction; when it resolves everybody may read them. */
  async write(records: readonly WrittenRecord[]): Promise<void> {
    const options = { transactionalId: `writer.${randomUUID()}`, transactionTimeoutMs: 60_000 };
    const producer = await this.passing(this.#client.openProducer({ ...options, compression: 'none' }));
    const transaction = await this.passing(producer.begin());
    for (const { topic, partition, key, value } of records) {
      transaction.append(topic, partition, Math.floor(this.clock.now()), key, value, null);
    }
    await this.passing(transaction.send());
    await this.passing(transaction.commit());
    producer.close();
    await this.pass(this.#markerDelayMs);
  }

  /** Every record that may be read by now, partition by partition. */
  read(topic: string): Promise<TestRecord[]> {
    return this.passing(readableRecords(this.#client, topic));
  }

  /** A new process that runs the topology; by default it has no state but what is in Kafka. */
  async start(yaml: string, options: ProcessOptions = {}): Promise<ObservedEngine> {
    const { settings = {}, state = new MemoryBackend(), skewMs = 0 } = options;
    const clock: Clock = {
      now: () => this.clock.now() + skewMs,
      sleep: (ms, signal) => this.clock.sleep(ms, signal),
    };
    const transport = new KafkaTransport(this.cluster.link(), clock);
    const observed = makeEngine(planOf(yaml), transport, state, { settings, clock });
    this.#engines.add(observed);
    await this.passing(observed.engine.start());
    return observed;
  }

  async stop(observed: ObservedEngine): Promise<void> {
    this.#engines.delete(observed);
    await this.passing(observed.engine.stop());
  }

  /** A run to the end of what is there, of trigger `once` or `availableNow`. */
  async run(yaml: string, options: ProcessOptions = {}): Promise<ObservedEngine> {
    const observed = await this.start(yaml, options);
    await this.passing(observed.engine.finished());
    await this.stop(observed);
    return observed;
  }

  /** Stops what still runs. */
  async close(): Promise<void> {
    for (const observed of this.#engines) await this.stop(observed);
    await this.cluster.close();
  }
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { systemClock } from '../../../src/core/system-clock.ts';
import type { Transaction } from '../../../src/core/transport.ts';
import { KafkajsLink } from '../../../src/kafka/kafkajs-link.ts';
import { KafkaTransport } from '../../../src/kafka/kafka-transport.ts';
import { startKafka } from '../../../src/service/local-services/kafka.ts';
import type { LocalService } from '../../../src/service/local-services/local-service.ts';
import { startRedis } from '../../../src/service/local-services/redis.ts';
import { seededRandom } from '../../runtime/support/seeded-random.ts';
import { createTopic } from '../../support/engine-harness.ts';
import { eventually } from '../../support/eventually.ts';
import { MillraceProcess } from '../../support/millrace-process.ts';
import { Load, type LoadRecord } from '../workload/load.ts';
import { outputTopics, PARTS, sourceTopics, tenMs, topologyYaml, windowMs } from '../workload/topology.ts';
import type { JudgedRun } from './judge.ts';

const NAME = 'judged';
const PARTITIONS = 3;
const SECOND_MS = 60_000;
const MEALS = 12;
const SLOW = { timeout: 120_000, interval: 500 };

/** A committed record; without a value it has an empty one. */
export interface WrittenRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string;
}

/**
 * A whole run of the topology on a Kafka and a Redis of its own, for a judge to be tried on: some thousand records, a process that is killed
 * and one that takes over, sees every window close and stops in peace. What comes later is damage.
 */
export class RestedRun {
  readonly load = new Load(seededRandom(7), {
    name: NAME,
    partitions: PARTITIONS,
    secondMs: SECOND_MS,
    times: { kind: 'own', disorderMs: 115_000 },
  });
  readonly transport: KafkaTransport;
  readonly #kafka: LocalService;
  readonly #redis: LocalService;

  private constructor(kafka: LocalService, redis: LocalService) {
    this.#kafka = kafka;
    this.#redis = redis;
    this.transport = new KafkaTransport(new KafkajsLink({ brokers: [kafka.address], clientId: 'damage' }), systemClock);
  }

  /** Resolves when it is over, which takes half a minute. @param dir for its data; the caller's to remove */
  static async in(dir: string): Promise<RestedRun> {
    const kafka = await startKafka({ dataDir: join(dir, 'kafka'), port: 0, shortLived: true });
    const run = new RestedRun(kafka, await startRedis({ dataDir: join(dir, 'redis'), port: 0 }));
    try {
      await run.#live(dir);
    } catch (error) {
      await run.close();
      throw error;
    }
    return run;
  }

  /** What the judge has to know of it. */
  get judged(): JudgedRun {
    const { closedBeforeMs } = this.load;
    const addresses = { brokers: this.#kafka.address, redis: this.#redis.address };
    return { ...addresses, topology: NAME, parts: PARTS, partitions: PARTITIONS, secondMs: SECOND_MS, closedBeforeMs };
  }

  async close(): Promise<void> {
    await this.transport.close();
    await this.#redis.stop();
    await this.#kafka.stop();
  }

  /** Writes the records as a producer of sources would. */
  feed(records: readonly LoadRecord[]): Promise<void> {
    return this.inTransaction((transaction) => {
      const now = Math.floor(systemClock.now());
      for (const { topic, partition, key, value } of records) {
        transaction.append(topic, partition, now, key, value, null);
      }
    });
  }

  /** One transaction, which may be left open. @param transactionalId that of a task takes its producer over */
  async inTransaction(
    fill: (transaction: Transaction) => void,
    end: 'commit' | 'none' = 'commit',
    transactionalId = `damage.${end}`,
  ): Promise<void> {
    const options = { transactionalId, transactionTimeoutMs: 60_000, compression: 'none' } as const;
    const producer = await this.transport.openProducer(options);
    const transaction = await producer.begin();
    fill(transaction);
    await transaction.send();
    if (end === 'commit') await transaction.commit();
    producer.close();
  }

  /** The committed records of a topic, those of a partition in the order of their offsets. */
  async read(topic: string): Promise<WrittenRecord[]> {
    const records: WrittenRecord[] = [];
    const text = (bytes: Buffer, start: number, end: number): string | null =>
      start < 0 ? null : bytes.toString('utf8', start, end);
    for (const tp of partitionsOf(topic)) {
      const bounds = (await this.transport.topics.offsets([tp])).get(`${topic}-${tp.partition}`);
      for await (const chunk of this.transport.readRange(tp, bounds?.first ?? 0, bounds?.lastStable ?? 0)) {
        const { bytes, keyStart, keyEnd, valueStart, valueEnd, offsets, timestamps } = chunk;
        for (let i = 0; i < chunk.count; i++) {
          const key = text(bytes, keyStart[i], keyEnd[i]);
          const value = text(bytes, valueStart[i], valueEnd[i]) ?? '';
          records.push({ partition: tp.partition, offset: offsets[i], timestamp: timestamps[i], key, value });
        }
      }
    }
    return records;
  }

  async #live(dir: string): Promise<void> {
    for (const topic of [...sourceTopics(NAME, PARTS), ...outputTopics(NAME, PARTS)]) {
      await createTopic(this.transport, topic, PARTITIONS);
    }
    const file = join(dir, 'judged.yaml');
    const options = { name: NAME, parts: PARTS, trigger: 'default', compression: 'lz4', secondMs: SECOND_MS } as const;
    writeFileSync(file, topologyYaml({ ...options, watermarkDelay: '2 minutes', idleTimeout: '1 hour' }));
    const settings = [`kafka.brokers=${this.#kafka.address}`, `redis.url=${this.#redis.address}`];
    const all = [...settings, 'sessionTimeout=6 seconds'].flatMap((setting) => ['--set', setting]);
    const start = (): MillraceProcess => new MillraceProcess(['run', file, '--port', '0', ...all]);

    await this.feed(this.load.begin());
    let process = start();
    try {
      for (let meal = 0; meal < MEALS; meal++) {
        await this.feed([...this.load.nextEvents(250, { jump: meal === 8 }), ...this.load.nextLines(100)]);
        if (meal !== MEALS / 2) continue;
        await eventually(async () => expect(await this.read(`${NAME}-copies`)).not.toHaveLength(0), SLOW);
        await process.end('SIGKILL');
        process = start();
      }
      await this.feed(this.load.closing());
      await this.#untilAtRest(process);
      await process.end('SIGTERM');
      expect(process.exitCode, process.stderr.slice(-2_000)).toBe(0);
    } finally {
      await process.end('SIGKILL');
    }
  }

  /** Everything is read, and every window that has to close is there. */
  async #untilAtRest(process: MillraceProcess): Promise<void> {
    const due = this.load.events.filter(({ timeMs }) => timeMs < this.load.closedBeforeMs);
    const windows = new Set(due.map(({ user, timeMs }) => `${user} ${Math.floor(timeMs / windowMs(SECOND_MS))}`));
    const tens = new Set(due.map(({ timeMs }) => Math.floor(timeMs / tenMs(SECOND_MS))));
    const inputs = [`${NAME}-events`, `${NAME}-lines`, `${NAME}.wordCounts.repartition`].flatMap(partitionsOf);
    await eventually(async () => {
      expect(process.isRunning, process.stderr.slice(-2_000)).toBe(true);
      expect((await this.read(`${NAME}-windows`)).length).toBeGreaterThanOrEqual(windows.size);
      expect((await this.read(`${NAME}-tens`)).length).toBeGreaterThanOrEqual(tens.size);
      const ends = await this.transport.topics.offsets(inputs);
      const reached = await this.transport.groupOffsets(NAME, inputs);
      expect(reached).toHaveLength(inputs.length);
      for (const { topic, partition, offset } of reached) expect(offset).toBe(ends.get(`${topic}-${partition}`)?.end);
    }, SLOW);
  }
}

const partitionsOf = (topic: string): { readonly topic: string; readonly partition: number }[] =>
  Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }));

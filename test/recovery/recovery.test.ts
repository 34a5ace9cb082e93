import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { partitionOf } from '../../src/core/murmur2.ts';
import { systemClock } from '../../src/core/system-clock.ts';
import { KafkajsLink } from '../../src/kafka/kafkajs-link.ts';
import { KafkaTransport } from '../../src/kafka/kafka-transport.ts';
import { startKafka } from '../../src/service/local-services/kafka.ts';
import type { LocalService } from '../../src/service/local-services/local-service.ts';
import { startRedis } from '../../src/service/local-services/redis.ts';
import { createTopic, produce } from '../support/engine-harness.ts';
import { eventually } from '../support/eventually.ts';
import { MillraceProcess } from '../support/millrace-process.ts';
import { readCommitted, type JavaRecord } from '../support/read-committed.ts';
import { suiteTempDir } from '../support/temp-dir.ts';

const TOPOLOGY = `
apiVersion: millrace/v1
name: recovery
sources:
  lines:
    topic: lines
    value: { format: text }
  clicks:
    topic: clicks
    value: { format: json, schema: "user string, amount bigint, ts timestamp" }
    partitionedBy: [ user ]
    watermark: { column: ts, delay: 1 second, idleTimeout: 1 hour }
views:
  words:
    from: lines
    select:
      - explode(split(value, ' ')) as word
  wordCounts:
    from: words
    where: word not like '#%'
    groupBy: word
    aggregate:
      - count(*) as n
  userTotals:
    from: clicks
    groupBy: user
    aggregate:
      - count(*) as n
      - sum(amount) as total
  seconds:
    from: clicks
    groupBy: [ "window(ts, '1 second') as second", "amount % 10 as class" ]
    aggregate: [ "count(*) as n", "sum(amount) as total" ]
    emit: final
  tens:
    from: seconds
    groupBy: "window(second, '10 seconds') as ten"
    aggregate: [ "sum(n) as n", "sum(total) as total", "count(*) as parts" ]
sinks:
  tens: { from: tens, topic: tens, value: { format: json, select: [ ten.start as start, n, total, parts ] } }
  copies: { from: lines, topic: copies, value: { format: text, select: [ value ] } }
  word-counts: { from: wordCounts, topic: word-counts, outputMode: update, key: word, value: { format: text, select: [ n ] } }
  user-totals: { from: userTotals, topic: user-totals, outputMode: update, key: user }
`;

const KILLS = 20;
const PARTITIONS = 4;
/** Seeded, so that a failing run can be run again with the same data and the same victims. */
const SEED = Number(process.env['MILLRACE_RECOVERY_SEED'] ?? 1);

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Lines carry their number, so that a copy that is lost or doubled is seen; clicks carry amounts. The totals are kept beside. */
class Load {
  readonly words = new Map<string, number>();
  readonly users = new Map<string, { n: number; total: number }>();
  /** By start, ms, of ten seconds. */
  readonly tens = new Map<number, { n: number; total: number; parts: Set<string> }>();
  lines = 0;
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = random(seed);
  }

  nextLines(count: number): { key: null; value: string }[] {
    return Array.from({ length: count }, () => {
      const words = Array.from({ length: 5 }, () => `w${Math.floor(this.#random() ** 2 * 400)}`);
      for (const word of words) this.words.set(word, (this.words.get(word) ?? 0) + 1);
      return { key: null, value: `#${this.lines++} ${words.join(' ')}` };
    });
  }

  nextClicks(count: number): { key: string; value: string }[] {
    return Array.from({ length: count }, () => {
      return this.click(`u${Math.floor(this.#random() * 1000)}`, Math.floor(this.#random() * 100), Date.now());
    });
  }

  click(user: string, amount: number, ms: number): { key: string; value: string } {
    const known = this.users.get(user) ?? { n: 0, total: 0 };
    this.users.set(user, { n: known.n + 1, total: known.total + amount });
    const start = ms - (ms % 10_000);
    const ten = this.tens.get(start) ?? { n: 0, total: 0, parts: new Set() };
    ten.parts.add(`${Math.floor(ms / 1000)} ${amount % 10}`);
    this.tens.set(start, { n: ten.n + 1, total: ten.total + amount, parts: ten.parts });
    return { key: user, value: JSON.stringify({ user, amount, ts: new Date(ms).toISOString() }) };
  }
}

/** The numbers of lines, in order, each as often as it is there. */
const numbersOf = (records: readonly JavaRecord[]): number[] =>
  records.map(({ value }) => Number(/^#(\d+) /.exec(value ?? '')?.[1])).sort((a, b) => a - b);

/** Reads a topic as last value per key, and checks that the counts of a key only ever grow within its partition. */
function finalCounts(records: readonly JavaRecord[], countOf: (value: string) => number): Map<string, string> {
  const last = new Map<string, string>();
  for (const { key, value } of records) {
    if (key === null || value === null) throw new Error('a record without key or value');
    const before = last.get(key);
    if (before !== undefined) expect(countOf(value), `the count of ${key}`).toBeGreaterThan(countOf(before));
    last.set(key, value);
  }
  return last;
}

/** Each commit record names the position before it; together they are one chain, and the inputs only go forward. */
function expectOneChain(records: readonly JavaRecord[]): void {
  const positions = new Map<number, number>();
  const inputs = new Map<number, number>();
  for (const { partition, offset, key, value } of records) {
    if (value === null || (key !== '\0commit' && key !== '\0claim')) continue;
    const record = JSON.parse(value) as { kind: string; position: number; inputs: Record<string, number> };
    expect(record.position, `chain of partition ${partition} at offset ${offset}`).toBe(positions.get(partition) ?? -1);
    const [input] = Object.values(record.inputs);
    expect(input).toBeGreaterThanOrEqual(inputs.get(partition) ?? 0);
    inputs.set(partition, input);
    if (record.kind === 'commit') positions.set(partition, offset);
  }
  expect(positions.size).toBeGreaterThan(0);
}

describe.skipIf(inject('kafka') === null || inject('redis') === null)('recovery', () => {
  const dir = suiteTempDir();
  const processes: MillraceProcess[] = [];
  const services: LocalService[] = [];
  afterAll(async () => {
    await Promise.all(processes.map((process) => process.end('SIGKILL')));
    await Promise.all(services.map((service) => service.stop()));
  });

  test(`outputs are exactly once through ${KILLS} kills, a lost Redis and a broker restart`, async () => {
    const kafka = await startKafka({ dataDir: join(dir, 'kafka'), port: 0 });
    const redis = await startRedis({ dataDir: join(dir, 'redis'), port: 0 });
    services.push(redis);
    let broker = kafka;
    services.push(kafka);
    const transport = new KafkaTransport(new KafkajsLink({ brokers: [kafka.address], clientId: 'load' }), systemClock);
    for (const topic of ['lines', 'clicks', 'copies', 'word-counts', 'user-totals', 'tens']) {
      await createTopic(transport, topic, PARTITIONS);
    }
    const file = join(dir, 'recovery.yaml');
    writeFileSync(file, TOPOLOGY);
    const start = (): MillraceProcess => {
      const settings = [`kafka.brokers=${kafka.address}`, `redis.url=${redis.address}`, 'sessionTimeout=6 seconds'];
      const started = new MillraceProcess(['run', file, '--port', '0', ...settings.flatMap((s) => ['--set', s])]);
      processes.push(started);
      return started;
    };

    const chance = random(SEED);
    const load = new Load(SEED + 1);
    const stopFeeding = new AbortController();
    const feeding = feed(load, () => kafka.address, stopFeeding.signal);
    const running = [start(), start(), start()];
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(800 + chance() * 2_200);
      const victim = Math.floor(chance() * running.length);
      expect(running[victim].isRunning, running[victim].stderr.slice(-2_000)).toBe(true);
      await running[victim].end('SIGKILL');
      if (chance() < 0.3) await sleep(chance() * 1_000);
      running[victim] = start();
      if (kill === Math.floor(KILLS / 3)) {
        const client = new Redis(redis.address);
        await client.flushall();
        client.disconnect();
      }
      if (kill === Math.floor((2 * KILLS) / 3)) {
        await broker.kill();
        broker = await startKafka({ dataDir: join(dir, 'kafka'), port: kafka.port });
        services.push(broker);
      }
    }
    stopFeeding.abort();
    await feeding;
    // A click of tomorrow in each partition: every window of today closes.
    const tomorrow = Date.now() + 86_400_000;
    const ofPartition = (p: number): string =>
      Array.from({ length: 1000 }, (_, i) => `u${i}`).find((u) => partitionOf(PARTITIONS, Buffer.from(u)) === p) ?? '';
    const last = Array.from({ length: PARTITIONS }, (_, p) => load.click(ofPartition(p), 1, tomorrow));
    await untilWritten(transport, 'clicks', last);
    await eventually(
      async () =>
        expect((await readCommitted(kafka.address, 'tens')).length).toBeGreaterThanOrEqual(load.tens.size - 1),
      { timeout: 90_000, interval: 2_000 },
    );

    const groups = ['lines', 'clicks', 'recovery.wordCounts.repartition'];
    await eventually(
      async () => {
        for (const topic of groups) {
          const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }));
          const ends = await transport.topics.offsets(partitions);
          const reached = await transport.groupOffsets('recovery', partitions);
          expect(reached).toHaveLength(PARTITIONS);
          for (const { partition, offset } of reached) expect(offset).toBe(ends.get(`${topic}-${partition}`)?.end);
        }
      },
      { timeout: 90_000, interval: 500 },
    );
    await Promise.all(running.map((process) => process.end('SIGTERM')));
    for (const process of running) expect(process.exitCode, process.stderr.slice(-2_000)).toBe(0);
    await transport.close();

    const fed = numbersOf(await readCommitted(kafka.address, 'lines'));
    expect(fed, 'the load itself').toEqual(Array.from({ length: load.lines }, (_, i) => i));
    expect(numbersOf(await readCommitted(kafka.address, 'copies'))).toEqual(fed);

    const words = finalCounts(await readCommitted(kafka.address, 'word-counts'), Number);
    expect(Object.fromEntries([...words].map(([word, n]) => [word, Number(n)]))).toEqual(
      Object.fromEntries(load.words),
    );

    const countOf = (value: string): number => (JSON.parse(value) as { n: number }).n;
    const users = finalCounts(await readCommitted(kafka.address, 'user-totals'), countOf);
    const totals = [...users].map(([user, value]) => {
      const { n, total } = JSON.parse(value) as { n: number; total: number };
      return [user, { n, total }];
    });
    expect(Object.fromEntries(totals)).toEqual(Object.fromEntries(load.users));

    const tens = (await readCommitted(kafka.address, 'tens')).map(
      ({ value }) => JSON.parse(value ?? '') as { start: string; n: number; total: number; parts: number },
    );
    const wanted = [...load.tens].filter(([start]) => start < tomorrow - (tomorrow % 10_000));
    expect(tens.map((ten) => ({ ...ten, start: Date.parse(ten.start) })).sort((a, b) => a.start - b.start)).toEqual(
      wanted
        .map(([start, { n, total, parts }]) => ({ start, n, total, parts: parts.size }))
        .sort((a, b) => a.start - b.start),
    );

    for (const id of ['lines', 'clicks', 'wordCounts', 'seconds', 'tens']) {
      expectOneChain(await readCommitted(kafka.address, `recovery.${id}.changelog`));
    }
  });
});

/** Feeds both sources without a pause; a load that the broker did not take in full is not counted twice, since it is one transaction. */
async function feed(load: Load, address: () => string, signal: AbortSignal): Promise<void> {
  const transport = new KafkaTransport(new KafkajsLink({ brokers: [address()], clientId: 'feed' }), systemClock);
  try {
    while (!signal.aborted) {
      await untilWritten(transport, 'lines', load.nextLines(100));
      await untilWritten(transport, 'clicks', load.nextClicks(200));
      await sleep(50);
    }
  } finally {
    await transport.close();
  }
}

/** Writes the records once: when the outcome of a try is not known, what has become readable since tells. */
async function untilWritten(
  transport: KafkaTransport,
  topic: string,
  records: readonly { key: string | null; value: string }[],
): Promise<void> {
  for (;;) {
    const before = await eventually(() => ends(transport, topic), { timeout: 60_000 });
    try {
      await produce(transport, topic, records);
      return;
    } catch {
      // Nobody else writes here. A transaction that is still open is over when its timeout is.
      await sleep(12_000);
      if ((await eventually(() => committedSince(transport, topic, before), { timeout: 60_000 })) > 0) return;
    }
  }
}

async function ends(transport: KafkaTransport, topic: string): Promise<number[]> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }));
  const offsets = await transport.topics.offsets(partitions);
  return partitions.map(({ partition }) => offsets.get(`${topic}-${partition}`)?.end ?? 0);
}

async function committedSince(transport: KafkaTransport, topic: string, before: readonly number[]): Promise<number> {
  const now = await ends(transport, topic);
  let records = 0;
  for (const [partition, end] of now.entries()) {
    for await (const chunk of transport.readRange({ topic, partition }, before[partition], end)) records += chunk.count;
  }
  return records;
}

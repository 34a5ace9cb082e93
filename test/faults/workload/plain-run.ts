import { partitionName, type TopicPartition } from '../../../src/core/task.ts';
import type { Transport } from '../../../src/core/transport.ts';
import { KafkaTransport } from '../../../src/kafka/kafka-transport.ts';
import { userTopics, type PhysicalPlan } from '../../../src/plan/physical-plan.ts';
import { RedisBackend } from '../../../src/state/redis/backend.ts';
import { seededRandom } from '../../runtime/support/seeded-random.ts';
import { VirtualKafka } from '../../runtime/support/virtual-kafka.ts';
import { makeEngine, planOf } from '../../support/engine-harness.ts';
import { TwinConnection } from '../redis-twin/twin-connection.ts';
import { TwinRedis } from '../redis-twin/twin-redis.ts';
import type { Evidence, EvidenceRecord } from './evidence.ts';
import { Load, type LoadRecord } from './load.ts';
import { outputTopics, sourceTopics, topologyYaml, type Part, type TopologyOptions } from './topology.ts';

const NAME = 'plain';
const PARTITIONS = 3;
/** How long a "second" is, ms. */
export const SECOND_MS = 60_000;
/** Processes that follow on one another, and how often each of them is fed. */
const LIVES = 2;
const MEALS = 5;
/** Less than the time after which what was read of a repartition topic is deleted. */
const MEAL_MS = 1_000;
/** In each meal, where it can be seen which of them were late. */
const STRAGGLERS = 10;

export interface PlainRun {
  readonly evidence: Evidence;
  readonly load: Load;
  readonly topology: TopologyOptions;
}

/** A topology that lives a quiet life: it reads some hundred records, is stopped and started again, sees every window close, and rests. */
export async function plainRun(
  parts: readonly Part[],
  options: Pick<TopologyOptions, 'compression' | 'lateRows'> = {},
): Promise<PlainRun> {
  const durations = { watermarkDelay: '2 minutes', idleTimeout: '1 hour', secondMs: SECOND_MS };
  const topology: TopologyOptions = { name: NAME, parts, trigger: 'default', ...durations, ...options };
  const times = { kind: 'own', disorderMs: 115_000 } as const;
  const load = new Load(seededRandom(1), { name: NAME, partitions: PARTITIONS, secondMs: SECOND_MS, times });
  const stragglers = options.lateRows === true ? STRAGGLERS : 0;
  const plan = planOf(topologyYaml(topology));
  const kafka = new VirtualKafka();
  const redis = new TwinRedis();
  const sources = sourceTopics(NAME, parts);
  const feed = (records: readonly LoadRecord[]): Promise<void> =>
    kafka.write(records.filter(({ topic }) => sources.includes(topic)));

  for (const topic of [...sources, ...outputTopics(NAME, parts, options.lateRows)]) {
    await kafka.createTopic(topic, PARTITIONS);
  }
  await feed(load.begin());
  for (let life = 1; life <= LIVES; life++) {
    const engine = await startEngine(kafka, redis, plan);
    for (let meal = 0; meal < MEALS; meal++) {
      await feed([...load.nextEvents(40, { jump: meal === 3, stragglers }), ...load.nextLines(15)]);
      await kafka.pass(MEAL_MS);
    }
    if (life === LIVES) {
      await feed(load.closing());
      await kafka.pass(2 * MEAL_MS);
    }
    await kafka.passing(engine.stop());
  }
  const evidence = await kafka.passing(collect(new KafkaTransport(kafka.cluster.link(), kafka.clock), plan, redis));
  await kafka.close();
  return { evidence, load, topology };
}

async function startEngine(
  kafka: VirtualKafka,
  redis: TwinRedis,
  plan: PhysicalPlan,
): Promise<{ stop: () => Promise<void> }> {
  const { clock } = kafka;
  const connection = new TwinConnection({ server: redis, clock, random: seededRandom(2) });
  const state = new RedisBackend(connection, { application: plan.name }, clock);
  const transport = new KafkaTransport(kafka.cluster.link(), clock);
  const { engine } = makeEngine(plan, transport, state, { settings: { maxRowsPerTrigger: 20 }, clock });
  await kafka.passing(engine.start());
  return {
    stop: async () => {
      await engine.stop();
      await state.close();
    },
  };
}

async function collect(transport: Transport, plan: PhysicalPlan, redis: TwinRedis): Promise<Evidence> {
  const { sources, sinks } = userTopics(plan);
  const internal = plan.subTopologies.flatMap(({ input, changelogTopic }) => [input.topic, changelogTopic]);
  const topics = await transport.topics.describe([...new Set([...sources, ...sinks, ...internal])]);
  const partitions = [...topics.values()].flatMap(({ name, partitions: count }) =>
    Array.from({ length: count }, (_, partition) => ({ topic: name, partition })),
  );
  const records = new Map<string, EvidenceRecord[]>([...topics.keys()].map((topic) => [topic, []]));
  const ends = new Map<string, { lastStable: number; highWatermark: number }>();
  for (const [name, { lastStable, end }] of await transport.topics.offsets(partitions)) {
    ends.set(name, { lastStable, highWatermark: end });
  }
  for (const tp of partitions) {
    const end = ends.get(partitionName(tp))?.lastStable ?? 0;
    for await (const record of read(transport, tp, end)) records.get(tp.topic)?.push(record);
  }
  const offsets = await transport.groupOffsets(plan.name, partitions);
  const groupOffsets = new Map(offsets.map((tp) => [partitionName(tp), tp.offset]));
  return { topology: plan.name, topics: records, ends, groupOffsets, redis: redis.contents() };
}

async function* read(transport: Transport, tp: TopicPartition, end: number): AsyncIterable<EvidenceRecord> {
  for await (const chunk of transport.readRange(tp, 0, end)) {
    const { bytes, keyStart, keyEnd, valueStart, valueEnd, offsets, timestamps } = chunk;
    const part = (from: number, to: number): Buffer | null => (from < 0 ? null : Buffer.from(bytes.subarray(from, to)));
    for (let i = 0; i < chunk.count; i++) {
      yield {
        partition: tp.partition,
        offset: offsets[i],
        timestamp: timestamps[i],
        key: part(keyStart[i], keyEnd[i]),
        value: part(valueStart[i], valueEnd[i]),
      };
    }
  }
}

import { MillraceError } from '../core/errors.ts';
import type { TopicDescription, TopicSpec, Transport } from '../core/transport.ts';
import { userTopics, type PhysicalPlan } from '../plan/physical-plan.ts';
import { CHANGELOG_CONFIG, internalTopic, PLAN_CONFIG, planTopic, REPARTITION_CONFIG } from '../plan/topics.ts';

/**
 * Makes sure that every topic of the plan is there and as it must be: the user's exist, the internal ones are created where they are missing
 * and have the partitions and settings that exactly-once relies on where they are not.
 * @returns the number of partitions of every topic that the plan names
 * @throws TOPIC_MISSING, TOPIC_SETTINGS, PARTITIONS_CHANGED
 */
export async function prepareTopics(
  plan: PhysicalPlan,
  transport: Transport,
  replicationFactor: number,
): Promise<Map<string, number>> {
  const { sources, sinks } = userTopics(plan);
  const partitions = new Map<string, number>();
  const known = await transport.topics.describe([...sources, ...sinks]);
  const missing = [...sources, ...sinks].filter((topic) => !known.has(topic));
  if (missing.length > 0) {
    throw new MillraceError(
      'TOPIC_MISSING',
      `topology ${plan.name} needs topics that do not exist: ${missing.join(', ')}`,
      {
        details: { topics: missing },
      },
    );
  }
  for (const [topic, { partitions: count }] of known) partitions.set(topic, count);
  await refusePartialKeysOnCompactedTopics(plan, transport);

  const wanted = internalTopics(plan, partitions, replicationFactor);
  for (const { name, partitions: count } of wanted) partitions.set(name, count);
  const existing = await transport.topics.describe(wanted.map((topic) => topic.name));
  for (const topic of wanted) {
    const found = existing.get(topic.name);
    if (found !== undefined) await refuseUnfitTopic(topic, found, transport);
  }
  await transport.topics.create(wanted.filter((topic) => !existing.has(topic.name)));
  return partitions;
}

/**
 * The internal topics of the plan, as they must be.
 * @param partitions of the sources
 */
export function internalTopics(
  plan: PhysicalPlan,
  partitions: ReadonlyMap<string, number>,
  replicationFactor: number,
): TopicSpec[] {
  const largest = Math.max(1, ...userTopics(plan).sources.map((topic) => partitions.get(topic) ?? 1));
  const topics = [internalTopic(planTopic(plan.name), 1, replicationFactor, PLAN_CONFIG)];
  for (const { input, changelogTopic } of plan.subTopologies) {
    const repartitioned = input.kind === 'repartition';
    const tasks = repartitioned ? (input.partitions ?? largest) : (partitions.get(input.topic) ?? 1);
    if (repartitioned) topics.push(internalTopic(input.topic, tasks, replicationFactor, REPARTITION_CONFIG));
    topics.push(internalTopic(changelogTopic, tasks, replicationFactor, CHANGELOG_CONFIG));
  }
  return topics;
}

/**
 * Makes sure that an internal topic that is there is as it must be.
 * @throws PARTITIONS_CHANGED, TOPIC_SETTINGS
 */
export async function refuseUnfitTopic(
  wanted: TopicSpec,
  found: TopicDescription,
  transport: Transport,
): Promise<void> {
  const { name } = wanted;
  if (found.partitions !== wanted.partitions) {
    const message = `${name} has ${found.partitions} partitions, but the inputs now ask for ${wanted.partitions}`;
    throw new MillraceError('PARTITIONS_CHANGED', message, { details: { topic: name } });
  }
  const config = await transport.topics.config(name);
  for (const setting of ['cleanup.policy', 'retention.ms', 'message.timestamp.type'] as const) {
    const value = config.get(setting);
    if (value === wanted.config[setting]) continue;
    const message = `${name} must have ${setting}=${wanted.config[setting]}, but has ${value}`;
    throw new MillraceError('TOPIC_SETTINGS', message, { details: { topic: name, setting } });
  }
}

/** A compacted topic keeps one row per key: with a part of the table's key in it, rows of the table would delete each other. */
export async function refusePartialKeysOnCompactedTopics(plan: PhysicalPlan, transport: Transport): Promise<void> {
  for (const sink of plan.subTopologies.flatMap((sub) => sub.sinks)) {
    if (sink.kind !== 'kafka' || sink.wholeKey || sink.outputMode === 'append') continue;
    const policy = (await transport.topics.config(sink.topic)).get('cleanup.policy') ?? '';
    if (!policy.includes('compact')) continue;
    throw new MillraceError(
      'TOPIC_SETTINGS',
      `sink \`${sink.name}\` writes a table to ${sink.topic}, which is compacted, without the table's whole key`,
      { details: { sink: sink.name, topic: sink.topic } },
    );
  }
}

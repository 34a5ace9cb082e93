import { MillraceError } from '../core/errors.ts';
import type { Transport } from '../core/transport.ts';
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

  const largest = Math.max(1, ...sources.map((topic) => partitions.get(topic) ?? 1));
  const wanted = [internalTopic(planTopic(plan.name), 1, replicationFactor, PLAN_CONFIG)];
  for (const { input, changelogTopic } of plan.subTopologies) {
    if (input.kind === 'repartition') {
      const count = input.partitions ?? largest;
      partitions.set(input.topic, count);
      wanted.push(internalTopic(input.topic, count, replicationFactor, REPARTITION_CONFIG));
    }
    const tasks = partitions.get(input.topic) ?? 1;
    wanted.push(internalTopic(changelogTopic, tasks, replicationFactor, CHANGELOG_CONFIG));
  }

  const existing = await transport.topics.describe(wanted.map((topic) => topic.name));
  for (const topic of wanted) {
    const found = existing.get(topic.name);
    if (found === undefined) continue;
    if (found.partitions !== topic.partitions) {
      throw new MillraceError(
        'PARTITIONS_CHANGED',
        `${topic.name} has ${found.partitions} partitions, but the inputs of ${plan.name} now ask for ${topic.partitions}`,
        { details: { topic: topic.name } },
      );
    }
    const config = await transport.topics.config(topic.name);
    for (const setting of ['cleanup.policy', 'retention.ms', 'message.timestamp.type'] as const) {
      const value = config.get(setting);
      if (value === topic.config[setting]) continue;
      const message = `${topic.name} must have ${setting}=${topic.config[setting]}, but has ${value}`;
      throw new MillraceError('TOPIC_SETTINGS', message, { details: { topic: topic.name, setting } });
    }
  }
  await transport.topics.create(wanted.filter((topic) => !existing.has(topic.name)));
  return partitions;
}

/** A compacted topic keeps one row per key: with a part of the table's key in it, rows of the table would delete each other. */
async function refusePartialKeysOnCompactedTopics(plan: PhysicalPlan, transport: Transport): Promise<void> {
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

import type { TopicDescription, TopicSpec, Transport } from '../../core/transport.ts';
import { userTopics, type PhysicalPlan } from '../../plan/physical-plan.ts';
import { planTopic } from '../../plan/topics.ts';
import { ownOffsets } from '../../runtime/group-offsets.ts';
import { internalTopics, refusePartialKeysOnCompactedTopics, refuseUnfitTopic } from '../../runtime/internal-topics.ts';
import { readPlanTopic, refuseUnfitPlan } from '../../runtime/plan-topic.ts';
import { Chart, type Finding } from './finding.ts';

/** Whether a topology could be started: its topics, its group, its plan. Changes nothing. */
export async function* checkTopology(
  plan: PhysicalPlan,
  transport: Transport,
  replicationFactor: number,
): AsyncGenerator<Finding> {
  const chart = new Chart(plan.name);
  const { sources, sinks } = userTopics(plan);
  const known = await transport.topics.describe([...sources, ...sinks]);
  for (const topic of sources) yield await checkTopic(topic, 'read', known, transport, chart);
  for (const topic of sinks) yield await checkTopic(topic, 'write', known, transport, chart);
  const missing = [...sources, ...sinks].filter((topic) => !known.has(topic));
  if (missing.length > 0) {
    yield chart.skipped('internal topics', `they depend on topics that are missing: ${missing.join(', ')}`);
    return;
  }
  const partitions = new Map(Array.from(known, ([topic, found]) => [topic, found.partitions]));
  const wanted = internalTopics(plan, partitions, replicationFactor);
  const existing = await transport.topics.describe(wanted.map(({ name }) => name));
  yield await chart.tried('sink keys', async () => {
    await refusePartialKeysOnCompactedTopics(plan, transport);
    return 'compacted sink topics get whole keys';
  });
  yield await chart.tried('internal topics', () => checkInternal(wanted, existing, transport));
  yield await chart.tried('plan', () => checkPlan(plan, existing.has(planTopic(plan.name)), transport));
  for (const { name, partitions: count } of existing.values()) partitions.set(name, count);
  yield await chart.tried('group', () => checkGroup(plan, partitions, transport));
}

function checkTopic(
  topic: string,
  kind: 'read' | 'write',
  known: ReadonlyMap<string, TopicDescription>,
  transport: Transport,
  chart: Chart,
): Promise<Finding> {
  const check = kind === 'read' ? 'source topic' : 'sink topic';
  return chart.tried(check, async () => {
    const found = known.get(topic);
    if (found === undefined) {
      return chart.failed(check, `${topic} does not exist`, 'create it, or run `millrace topics apply`');
    }
    await transport.tryAccess({ kind, topic });
    return `${topic}: ${size(found)}, we may ${kind} it`;
  });
}

async function checkInternal(
  wanted: readonly TopicSpec[],
  existing: ReadonlyMap<string, TopicDescription>,
  transport: Transport,
): Promise<string> {
  for (const topic of wanted) {
    const found = existing.get(topic.name);
    if (found === undefined) continue;
    await refuseUnfitTopic(topic, found, transport);
    await transport.tryAccess({ kind: 'read', topic: topic.name });
    await transport.tryAccess({ kind: 'write', topic: topic.name });
  }
  const missing = wanted.filter(({ name }) => !existing.has(name));
  await transport.topics.validate(missing);
  const there = wanted.length - missing.length;
  if (missing.length === 0) return `all ${there} are there, with the settings they need`;
  return `${there} are there, with the settings they need; ${missing.length} can be created at the start`;
}

async function checkPlan(plan: PhysicalPlan, isRecorded: boolean, transport: Transport): Promise<string> {
  const recorded = isRecorded ? refuseUnfitPlan(await readPlanTopic(transport, plan.name), plan) : null;
  if (recorded === null) return 'it has not run yet';
  const { epoch, fingerprint } = recorded;
  return fingerprint === plan.fingerprint
    ? `it is the one that ran last (epoch ${epoch})`
    : `it can go on from epoch ${epoch}`;
}

async function checkGroup(
  plan: PhysicalPlan,
  partitions: ReadonlyMap<string, number>,
  transport: Transport,
): Promise<string> {
  const { name: group } = plan;
  await transport.tryAccess({ kind: 'join', group });
  await ownOffsets(plan, transport, partitions);
  const members = await transport.groupMembers(group);
  return `${group} has ${members.length === 0 ? 'no members now' : counted(members.length, 'member')}`;
}

const size = ({ partitions, replicationFactor }: TopicDescription): string =>
  `${counted(partitions, 'partition')}, replication factor ${replicationFactor}`;

const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

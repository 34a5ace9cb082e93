import type { Clock } from '../../core/clock.ts';
import { MillraceError } from '../../core/errors.ts';
import type { StateBackend } from '../../core/state.ts';
import type { TaskId } from '../../core/task.ts';
import type { GroupMemberInfo, TransactionalProducer, Transport } from '../../core/transport.ts';
import type { PhysicalPlan } from '../../plan/physical-plan.ts';
import { CHANGELOG_CONFIG, internalTopic, PLAN_CONFIG, planTopic, transactionalId } from '../../plan/topics.ts';
import { EVENT_TIME_BEGINS } from '../../runtime/event-time.ts';
import { announceReset } from '../../runtime/plan-topic.ts';
import type { EngineSettings } from '../../runtime/settings.ts';
import { claim } from '../../runtime/take-over.ts';
import type { ResetScope } from './scope.ts';
import { startPositions, type StartAt, type StartPosition } from './start-position.ts';

export interface ResetOptions {
  readonly transport: Transport;
  readonly state: StateBackend;
  readonly clock: Clock;
  readonly settings: Pick<EngineSettings, 'transactionTimeoutMs' | 'compression' | 'replicationFactor'>;
  /** A fresh identity for a new changelog. */
  readonly newLogId: () => string;
  /** Null = where the topology itself says, resolved when it is started. */
  readonly startAt: StartAt | null;
  /** Told of each step as it begins. */
  readonly onStep: (step: string) => void;
}

/** Transactional ids taken over at a time. */
const AT_ONCE = 16;

/**
 * Takes a topology back to its beginning: offsets, state and internal topics go together. What its sinks hold stays.
 *
 *     1. the group goes, which the coordinator refuses while it has members
 *     2. the plan topic says that a reset is under way: from now on no process starts the topology
 *     3. tasks are fenced: their open transactions are aborted while the topics in them are still there
 *     4. state, then internal topics are deleted; changelogs that are to begin elsewhere are made anew
 *     5. tasks are fenced once more, and those of sources given their start: whoever took one over from a log of before is out for good
 *     6. the group is looked at once more: a process that was starting before step 2 shows itself here
 *     7. the plan topic is deleted: the decision
 *
 * Every step can be done again. An interruption before step 2 has cost nothing but the offsets for lag tools, which the topology writes anew;
 * after it the topology can only be reset, by doing all of it again: what there was to remove is in the plan topic until the end.
 * @throws TOPOLOGY_RUNNING
 */
export async function resetTopology(plan: PhysicalPlan, scope: ResetScope, options: ResetOptions): Promise<void> {
  const { transport, state, clock, settings, startAt, onStep } = options;
  if (scope.members.length > 0) throw running(plan.name, scope.members);
  const starts = startAt === null ? [] : await startPositions(plan, startAt, transport);

  onStep('deleting the group');
  await deleteGroup(plan.name, transport);

  onStep('telling other processes');
  const log = internalTopic(planTopic(plan.name), 1, settings.replicationFactor, PLAN_CONFIG);
  const topics = scope.topics.map(({ name }) => name);
  await transport.topics.create([log]);
  await announceReset(plan.name, { tasks: countTasks(scope.tasks), topics }, { transport, settings, clock });

  onStep(`fencing ${scope.tasks.length} tasks`);
  await takeOver(scope, [], options);
  if (scope.stateKeys !== null) {
    onStep('deleting state');
    await state.destroy(scope.tasks);
  }

  onStep(`deleting ${topics.length} topics`);
  await transport.topics.delete(topics);
  await createChangelogs(starts, options);
  await takeOver(scope, starts, options);
  await deleteGroup(plan.name, transport);

  onStep('deleting the plan topic');
  await transport.topics.delete([log.name]);
}

async function deleteGroup(group: string, transport: Transport): Promise<void> {
  if (!(await transport.deleteGroup(group))) throw running(group, await transport.groupMembers(group));
}

function running(topology: string, members: readonly GroupMemberInfo[]): MillraceError {
  const who = members.map(describeMember).join(', ') || 'a process that is starting or stopping';
  return new MillraceError('TOPOLOGY_RUNNING', `topology ${topology} is running: ${who}`, { details: { topology } });
}

export const describeMember = ({ memberId, host, address }: GroupMemberInfo): string =>
  `${memberId} from ${host}${address === '' ? '' : ` (answers at ${address})`}`;

function countTasks(tasks: readonly TaskId[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { subTopology } of tasks) counts[subTopology] = (counts[subTopology] ?? 0) + 1;
  return counts;
}

async function createChangelogs(
  starts: readonly StartPosition[],
  { transport, settings }: ResetOptions,
): Promise<void> {
  const partitions = new Map<string, number>();
  for (const { subTopology, partition } of starts) partitions.set(subTopology.changelogTopic, partition + 1);
  const { replicationFactor } = settings;
  await transport.topics.create(
    Array.from(partitions, ([name, count]) => internalTopic(name, count, replicationFactor, CHANGELOG_CONFIG)),
  );
}

/** Fences whoever had the tasks; for those with a start, claims them with it. */
async function takeOver(
  { topology, tasks }: ResetScope,
  starts: readonly StartPosition[],
  options: ResetOptions,
): Promise<void> {
  const { transport, settings } = options;
  for (let at = 0; at < tasks.length; at += AT_ONCE) {
    const some = tasks.slice(at, at + AT_ONCE).map(async ({ subTopology, partition }) => {
      const producer = await transport.openProducer({
        transactionalId: transactionalId(topology, subTopology, partition),
        transactionTimeoutMs: settings.transactionTimeoutMs,
        compression: settings.compression,
      });
      try {
        const start = starts.find((each) => each.subTopology.id === subTopology && each.partition === partition);
        if (start !== undefined) await claimAt(start, producer, options);
      } finally {
        producer.close();
      }
    });
    await Promise.all(some);
  }
}

/** The first record of a changelog, as the task's next owner looks for it: where the input goes on, with nothing done before. */
async function claimAt(
  { subTopology, partition, offset }: StartPosition,
  producer: TransactionalProducer,
  { clock, newLogId }: ResetOptions,
): Promise<void> {
  const changelog = { topic: subTopology.changelogTopic, partition };
  const progress = {
    logId: newLogId(),
    position: -1,
    inputs: { [subTopology.input.topic]: offset },
    batchId: -1,
    batchTimeMs: 0,
    time: EVENT_TIME_BEGINS,
    planEpoch: 0,
  };
  await claim(await producer.begin(), changelog, progress, clock);
}

import { MillraceError, recoveryOf, type Recovery } from '../core/errors.ts';
import { partitionName } from '../core/task.ts';
import type { Transport } from '../core/transport.ts';
import type { PhysicalPlan } from '../plan/physical-plan.ts';
import { planTopic } from '../plan/topics.ts';
import { settledBounds } from './ownership.ts';
import type { TaskContext } from './task-context.ts';

/** The plan topic holds one record for each of these keys, the last; a reset that is under way has one, and none before or after. */
const PLAN_KEY = 'plan';
const RESET_KEY = 'reset';

/** What the plan topic remembers of the plan that runs: enough to refuse one that would read its state or logs as something else. */
export interface RecordedPlan {
  /** Grows by one with every plan that differs from the one before. */
  readonly epoch: number;
  readonly fingerprint: string;
  readonly subTopologies: readonly {
    readonly id: string;
    readonly input: string;
    readonly stores: Readonly<Record<string, string>>;
  }[];
}

/** What a reset set out to remove: all it needs to go on after it was interrupted, when most of that is gone already. */
export interface UnfinishedReset {
  /** How many tasks each sub-topology has. */
  readonly tasks: Readonly<Record<string, number>>;
  readonly topics: readonly string[];
}

export interface PlanTopicContent {
  readonly plan: RecordedPlan | null;
  readonly reset: UnfinishedReset | null;
}

/**
 * Compares the plan with the one recorded last and records it if it is new and compatible. Writers are fenced: of several processes that
 * begin at the same moment, one writes and the others, fenced or not, read again what is recorded by then.
 * @returns the plan's epoch
 * @throws PLAN_INCOMPATIBLE naming the node whose state or log could not be read any more, RESET_UNFINISHED
 */
export async function recordPlan(
  plan: PhysicalPlan,
  { transport, settings, clock, random }: Pick<TaskContext, 'transport' | 'settings' | 'clock' | 'random'>,
): Promise<number> {
  for (;;) {
    const recorded = refuseUnfitPlan(await readPlanTopic(transport, plan.name), plan);
    if (recorded?.fingerprint === plan.fingerprint) return recorded.epoch;
    try {
      return await writePlan(plan, transport, settings.transactionTimeoutMs);
    } catch (error) {
      if (!REREAD.includes(recoveryOf(error))) throw error;
      // At random, so that two that fence each other do not do so for ever.
      await clock.sleep(random() * FENCED_WAIT_MS);
    }
  }
}

/** Failures of a write after which the log itself says how things stand. */
const REREAD: readonly Recovery[] = ['fenced', 'aborted', 'unknown'];
const FENCED_WAIT_MS = 200;

/** Writes the plan as the next epoch, unless a writer that this one fenced has recorded it before. Returns the plan's epoch. */
async function writePlan(plan: PhysicalPlan, transport: Transport, transactionTimeoutMs: number): Promise<number> {
  const topic = planTopic(plan.name);
  const producer = await transport.openProducer({ transactionalId: topic, transactionTimeoutMs, compression: 'none' });
  try {
    const latest = refuseUnfitPlan(await readPlanTopic(transport, plan.name), plan);
    if (latest?.fingerprint === plan.fingerprint) return latest.epoch;
    const transaction = await producer.begin();
    const next = describe(plan, (latest?.epoch ?? 0) + 1);
    transaction.append(topic, 0, 0, PLAN_KEY, JSON.stringify(next), null);
    await transaction.send();
    await transaction.commit();
    return next.epoch;
  } finally {
    producer.close();
  }
}

/**
 * Writes into the plan topic, which must exist, that a reset is under way: from when this resolves until the topic is deleted, the topology
 * cannot be started. What an interrupted reset had set out to remove must be in it.
 */
export async function announceReset(
  app: string,
  reset: UnfinishedReset,
  {
    transport,
    settings,
    clock,
  }: Pick<TaskContext, 'transport' | 'clock'> & {
    readonly settings: Pick<TaskContext['settings'], 'transactionTimeoutMs'>;
  },
): Promise<void> {
  const topic = planTopic(app);
  const timeoutMs = settings.transactionTimeoutMs;
  const options = { transactionalId: topic, transactionTimeoutMs: timeoutMs, compression: 'none' } as const;
  const producer = await transport.openProducer(options);
  try {
    const transaction = await producer.begin();
    transaction.append(topic, 0, 0, RESET_KEY, JSON.stringify(reset), null);
    await transaction.send();
    await transaction.commit();
    const hanging = new AbortController();
    await settledBounds(transport, { topic, partition: 0 }, clock, {
      timeoutMs,
      signal: hanging.signal,
      onHanging: (error) => hanging.abort(error),
    });
  } finally {
    producer.close();
  }
}

/** What the plan topic says; it must exist. */
export async function readPlanTopic(transport: Transport, app: string): Promise<PlanTopicContent> {
  const partition = { topic: planTopic(app), partition: 0 };
  const last = new Map<string, unknown>();
  const bounds = (await transport.topics.offsets([partition])).get(partitionName(partition));
  if (bounds === undefined) return { plan: null, reset: null };
  for await (const chunk of transport.readRange(partition, bounds.first, bounds.lastStable)) {
    const { bytes, keyStart, keyEnd, valueStart, valueEnd } = chunk;
    for (let i = 0; i < chunk.count; i++) {
      const key = bytes.toString('utf8', keyStart[i], keyEnd[i]);
      last.set(key, JSON.parse(bytes.toString('utf8', valueStart[i], valueEnd[i])));
    }
  }
  return {
    plan: (last.get(PLAN_KEY) ?? null) as RecordedPlan | null,
    reset: (last.get(RESET_KEY) ?? null) as UnfinishedReset | null,
  };
}

function describe(plan: PhysicalPlan, epoch: number): RecordedPlan {
  return {
    epoch,
    fingerprint: plan.fingerprint,
    subTopologies: plan.subTopologies.map(({ id, input, stores }) => ({
      id,
      input: input.topic,
      stores: Object.fromEntries(stores.map((store) => [store.name, store.fingerprint])),
    })),
  };
}

/**
 * Makes sure that the plan can go on from what the plan topic says. Returns the plan that is recorded there.
 * @throws PLAN_INCOMPATIBLE, RESET_UNFINISHED
 */
export function refuseUnfitPlan({ plan: recorded, reset }: PlanTopicContent, plan: PhysicalPlan): RecordedPlan | null {
  if (reset !== null) {
    throw new MillraceError('RESET_UNFINISHED', `a reset of topology ${plan.name} is under way or was interrupted`, {
      details: { topology: plan.name },
    });
  }
  if (recorded !== null) refuseIncompatible(recorded, plan);
  return recorded;
}

function refuseIncompatible(recorded: RecordedPlan, plan: PhysicalPlan): void {
  const refuse = (what: string): never => {
    throw new MillraceError('PLAN_INCOMPATIBLE', `topology ${plan.name}: ${what}`, {
      details: { topology: plan.name },
    });
  };
  for (const before of recorded.subTopologies) {
    const now = plan.subTopologies.find((sub) => sub.id === before.id);
    if (now === undefined)
      return refuse(`sub-topology \`${before.id}\`, which has committed offsets and state, is gone`);
    if (now.input.topic !== before.input) {
      return refuse(
        `sub-topology \`${before.id}\` now reads ${now.input.topic}; its offsets are those of ${before.input}`,
      );
    }
    for (const [store, fingerprint] of Object.entries(before.stores)) {
      const kept = now.stores.find((candidate) => candidate.name === store);
      if (kept === undefined) return refuse(`the store \`${store}\` of \`${before.id}\` is gone`);
      if (kept.fingerprint !== fingerprint) {
        return refuse(`the state of \`${store}\` means something else now: was ${fingerprint}, is ${kept.fingerprint}`);
      }
    }
  }
}

import { MillraceError, recoveryOf, type Recovery } from '../core/errors.ts';
import type { Transport } from '../core/transport.ts';
import type { PhysicalPlan } from '../plan/physical-plan.ts';
import { planTopic } from '../plan/topics.ts';
import type { TaskContext } from './task-context.ts';

const KEY = 'plan';

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

/**
 * Compares the plan with the one recorded last and records it if it is new and compatible. Writers are fenced: of several processes that
 * begin at the same moment, one writes and the others, fenced or not, read again what is recorded by then.
 * @returns the plan's epoch
 * @throws PLAN_INCOMPATIBLE naming the node whose state or log could not be read any more
 */
export async function recordPlan(
  plan: PhysicalPlan,
  { transport, settings, clock, random }: Pick<TaskContext, 'transport' | 'settings' | 'clock' | 'random'>,
): Promise<number> {
  const topic = planTopic(plan.name);
  for (;;) {
    const recorded = await readPlan(transport, topic);
    if (recorded?.fingerprint === plan.fingerprint) return recorded.epoch;
    if (recorded !== null) refuseIncompatible(recorded, plan);
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
    const latest = await readPlan(transport, topic);
    if (latest?.fingerprint === plan.fingerprint) return latest.epoch;
    if (latest !== null) refuseIncompatible(latest, plan);
    const transaction = await producer.begin();
    const next = describe(plan, (latest?.epoch ?? 0) + 1);
    transaction.append(topic, 0, 0, KEY, JSON.stringify(next), null);
    await transaction.send();
    await transaction.commit();
    return next.epoch;
  } finally {
    producer.close();
  }
}

async function readPlan(transport: Transport, topic: string): Promise<RecordedPlan | null> {
  const partition = { topic, partition: 0 };
  const bounds = (await transport.topics.offsets([partition])).get(`${topic}-0`);
  if (bounds === undefined) return null;
  let last: RecordedPlan | null = null;
  for await (const chunk of transport.readRange(partition, bounds.first, bounds.lastStable)) {
    for (let i = 0; i < chunk.count; i++) {
      last = JSON.parse(chunk.bytes.toString('utf8', chunk.valueStart[i], chunk.valueEnd[i])) as RecordedPlan;
    }
  }
  return last;
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

import { SESSION_MS } from '../cluster/cluster.ts';
import { isInOrder, type WorkerSlot } from '../cluster/worker-slot.ts';
import type { Fault } from './fault.ts';
import { fault, type Injection } from './injection.ts';

/** Workers that die, stall and are restarted. */
export const WORKER_FAULTS: readonly Fault[] = [
  fault('worker', 'worker-kill', 'SIGKILL of a worker, which is started again at once', async (injection) => {
    const slot = injection.victim();
    await kill(injection, slot);
    await slot.start();
  }),
  fault(
    'worker',
    'worker-kill-no-successor',
    'SIGKILL of a worker; the others do its work for a while',
    async (injection) => {
      const slot = injection.victim();
      await kill(injection, slot);
      await injection.wait(SESSION_MS * injection.between(1.5, 2.5));
      injection.note(`worker ${slot.index} starts again`);
      await slot.start();
    },
  ),
  fault('worker', 'workers-kill-all', 'SIGKILL of all workers at once', async (injection) => {
    injection.note('all workers are killed');
    await Promise.all(injection.cluster.slots.map((slot) => slot.kill()));
    await injection.wait(injection.between(0, 3_000));
  }),
  fault('worker', 'workers-kill-two', 'SIGKILL of two workers, a moment apart', async (injection) => {
    const [first, second] = injection.shuffled(injection.cluster.slots);
    await kill(injection, first);
    await injection.wait(injection.between(0, 1_500));
    await kill(injection, second);
    await injection.wait(injection.between(0, 2_000));
  }),
  fault(
    'worker',
    'worker-kill-again-and-again',
    'a worker is killed five times, before it can settle',
    async (injection) => {
      const slot = injection.victim();
      for (let i = 0; i < 5; i++) {
        await kill(injection, slot);
        await slot.start();
        await injection.wait(injection.between(500, 4_000));
      }
    },
  ),
  fault('worker', 'worker-stall', 'SIGSTOP of a worker for less than its session', async (injection) => {
    await stall(injection, injection.victim(), SESSION_MS * injection.between(0.3, 0.8));
  }),
  fault(
    'worker',
    'worker-stall-at-the-limit',
    'SIGSTOP of a worker for about as long as its session',
    async (injection) => {
      await stall(injection, injection.victim(), SESSION_MS * injection.between(0.95, 1.15));
    },
  ),
  fault(
    'worker',
    'worker-zombie',
    'SIGSTOP of a worker past its session: it wakes while others own its tasks',
    async (injection) => {
      await stall(injection, injection.victim(), SESSION_MS * injection.between(2, 3));
    },
  ),
  fault(
    'worker',
    'workers-zombies',
    'two workers stall past their sessions and wake one after the other',
    async (injection) => {
      const [first, second] = injection.shuffled(injection.cluster.slots);
      await Promise.all([
        stall(injection, first, SESSION_MS * 1.8),
        stall(injection, second, SESSION_MS * injection.between(1.8, 2.5)),
      ]);
    },
  ),
  fault(
    'worker',
    'workers-stall-all',
    'all workers stall past their sessions: the group is empty when they wake',
    async (injection) => {
      const order = injection.shuffled(injection.cluster.slots);
      await Promise.all(order.map((slot, i) => stall(injection, slot, SESSION_MS * 2 + i * injection.between(0, 800))));
    },
  ),
  fault(
    'worker',
    'worker-term',
    'SIGTERM of a worker under load, which ends in order and is started again',
    async (injection) => {
      await restart(injection, injection.victim());
    },
  ),
  fault('worker', 'workers-rolling-restart', 'all workers restarted, one after the other', async (injection) => {
    for (const slot of injection.shuffled(injection.cluster.slots)) {
      await restart(injection, slot);
      await slot.untilRunning(injection.signal);
    }
  }),
  fault('worker', 'workers-term-all', 'SIGTERM of all workers at once', async (injection) => {
    await Promise.all(injection.cluster.slots.map((slot) => restart(injection, slot)));
  }),
];

async function kill(injection: Injection, slot: WorkerSlot): Promise<void> {
  injection.note(`worker ${slot.index} is killed`);
  await slot.kill();
}

/** Stands still for so long, then goes on where it was. */
export async function stall(injection: Injection, slot: WorkerSlot, ms: number): Promise<void> {
  injection.note(`worker ${slot.index} stalls for ${Math.round(ms)} ms`);
  slot.pause();
  try {
    await injection.wait(ms);
  } finally {
    slot.resume();
    injection.note(`worker ${slot.index} goes on`);
  }
}

/** Ends in order and starts again. A worker that does not end in order is a finding. */
export async function restart(injection: Injection, slot: WorkerSlot): Promise<void> {
  injection.note(`worker ${slot.index} is told to stop`);
  const ending = await slot.stop();
  injection.note(`worker ${slot.index} ended with ${ending}`);
  if (!isInOrder(ending))
    throw new Error(`worker ${slot.index} did not stop in order: ${ending}\n${await slot.logTail()}`);
  await slot.start();
}

import { SESSION_MS } from '../cluster/cluster.ts';
import type { WorkerSlot } from '../cluster/worker-slot.ts';
import { arm, FAILPOINTS, type Failpoint, type Reached } from '../proxy/failpoint.ts';
import type { Fault } from './fault.ts';
import { fault, type Injection } from './injection.ts';

/** How long a point may take to be reached. */
const PATIENCE_MS = 90_000;

type Act = (injection: Injection, slot: WorkerSlot, reached: Reached) => Promise<void>;

/** A worker is at an exact point of the commit protocol when it happens. */
export const FAILPOINT_FAULTS: readonly Fault[] = [
  ...points().map((point) => at(point, 'kill', 'the worker is killed', killWorker)),
  ...points().map((point) =>
    at(point, 'zombie', 'the worker stalls past its session and wakes while others own its tasks', stallWorker),
  ),
  ...(['F2', 'F3', 'F4', 'F6', 'F13'] as const).map((point) =>
    at(point, 'broker-kill', 'a broker is killed', killBroker),
  ),
  ...(['F7', 'F8', 'F10', 'F11'] as const).map((point) => at(point, 'redis-kill', 'Redis is killed', killRedis)),
  ...(['F7', 'F8', 'F11'] as const).map((point) => at(point, 'flushall', 'Redis is emptied', emptyRedis)),
  ...(['F12', 'F13'] as const).map((point) => at(point, 'rebalance', 'the group is assigned anew', rebalance)),
];

function points(): Failpoint[] {
  return Object.keys(FAILPOINTS) as Failpoint[];
}

function at(point: Failpoint, name: string, what: string, act: Act): Fault {
  return fault('failpoint', `${point}-${name}`, `${FAILPOINTS[point]}: ${what}`, async (injection) => {
    const slot = injection.victim();
    const patience = AbortSignal.any([injection.signal, AbortSignal.timeout(PATIENCE_MS)]);
    const nth = Math.ceil(injection.between(0, MOST_TIMES[point] ?? 20));
    const armed = arm(point, slot.proxies, { nth, signal: patience });
    // What rejects while the worker is still being brought there is told below.
    armed.catch(() => undefined);
    await PROVOCATIONS[point]?.(injection, slot);
    const reached = await armed;
    injection.note(`worker ${slot.index} is at ${point} (${reached.what})`);
    try {
      await act(injection, slot, reached);
    } finally {
      reached.release();
    }
  });
}

/** Of points that a worker gets to at take-overs only. */
const MOST_TIMES: Partial<Record<Failpoint, number>> = { F5: 3, F10: 1, F11: 3, F12: 2, F13: 2 };

/** How a worker is brought to points that it does not come to by itself. */
const PROVOCATIONS: Partial<Record<Failpoint, (injection: Injection, slot: WorkerSlot) => Promise<void>>> = {
  async F10(injection, slot) {
    const other = injection.oneOf(injection.cluster.slots.filter((candidate) => candidate !== slot));
    injection.note(`worker ${other.index} cannot write to Redis and is killed; others take its tasks over`);
    const { redis } = other.proxies;
    const cut = redis.add({ direction: 'request', names: ['apply'], action: { kind: 'cut', when: 'before' } });
    try {
      await injection.wait(1_500);
      await other.kill();
    } finally {
      cut();
    }
  },
  async F11(injection) {
    injection.note('Redis loses everything');
    await injection.cluster.redis.primary.use((redis) => redis.flushall());
  },
  F12: killAndStart,
  F13: killAndStart,
};

async function killAndStart(injection: Injection, slot: WorkerSlot): Promise<void> {
  injection.note(`worker ${slot.index} is killed and starts again`);
  await slot.kill();
  await slot.start();
}

/** What was on its way when the worker died arrives or is lost: both happen. */
async function killWorker(injection: Injection, slot: WorkerSlot, reached: Reached): Promise<void> {
  injection.note('it is killed');
  await slot.kill();
  letGo(injection, reached);
  await injection.wait(injection.between(0, 1_500));
  await slot.start();
}

/** What was on its way arrives while the worker stands still, when it wakes, or never. */
async function stallWorker(injection: Injection, slot: WorkerSlot, reached: Reached): Promise<void> {
  injection.note('it stalls');
  slot.pause();
  try {
    const early = injection.chance(0.5);
    if (early) letGo(injection, reached);
    await injection.wait(SESSION_MS * injection.between(1.5, 2.5));
    if (!early) letGo(injection, reached);
  } finally {
    slot.resume();
    injection.note('it goes on');
  }
  await injection.wait(1_000);
}

async function killBroker(injection: Injection, _: WorkerSlot, reached: Reached): Promise<void> {
  const { kafka } = injection.cluster;
  const node = injection.oneOf(kafka.nodes);
  injection.note(`broker ${node.id} is killed`);
  await node.kill();
  letGo(injection, reached);
  await injection.wait(injection.between(0, 8_000));
  await node.start();
  await kafka.untilInSync(injection.signal);
  injection.note('all copies are in sync');
}

async function killRedis(injection: Injection, _: WorkerSlot, reached: Reached): Promise<void> {
  const { redis } = injection.cluster;
  injection.note('Redis is killed');
  await redis.primary.kill();
  letGo(injection, reached);
  await injection.wait(injection.between(0, 4_000));
  await redis.follow();
  injection.note('Redis is back, empty');
}

async function emptyRedis(injection: Injection, _: WorkerSlot, reached: Reached): Promise<void> {
  injection.note('Redis loses everything');
  await injection.cluster.redis.primary.use((redis) => redis.flushall());
  letGo(injection, reached);
}

/** Another worker leaves and comes back meanwhile. */
async function rebalance(injection: Injection, slot: WorkerSlot, reached: Reached): Promise<void> {
  const other = injection.oneOf(injection.cluster.slots.filter((candidate) => candidate !== slot));
  injection.note(`worker ${other.index} is killed and starts again`);
  await other.kill();
  await other.start();
  await injection.wait(SESSION_MS * injection.between(0.5, 1.5));
  letGo(injection, reached);
}

function letGo(injection: Injection, reached: Reached): void {
  const fate = injection.oneOf(['release', 'release', 'discard', 'cut'] as const);
  injection.note(`what was on its way: ${fate}`);
  reached[fate]();
}

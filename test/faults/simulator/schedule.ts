import { below, oneOf, stream, weighted, type Random } from './random.ts';
import type { Scenario } from './scenario.ts';
import type { FaultKind, Mishap, RequestName, Step } from './step.ts';

export const SLOTS = 3;
export const NODES = 3;

/** Longest that a request is under way; a process that stands still does so for longer than a session lasts. */
export const LATEST_MS = 15_000;
const LONGEST_FREEZE_MS = 20_000;

/** Requests whose mishaps matter, by how often they are picked. */
const REQUESTS: readonly (readonly [number, RequestName])[] = [
  [6, 'EndTxn'],
  [5, 'Produce'],
  [4, 'AddPartitionsToTxn'],
  [4, 'InitProducerId'],
  [2, 'ListOffsets'],
  [2, 'Fetch'],
  [1, 'OffsetCommit'],
  [1, 'Heartbeat'],
  [1, 'JoinGroup'],
  [1, 'SyncGroup'],
  [1, 'Metadata'],
  [1, 'FindCoordinator'],
  [1, 'DeleteRecords'],
];
const REDIS_REQUESTS: readonly (readonly [number, RequestName])[] = [
  [6, 'redis apply'],
  [2, 'redis load'],
  [2, 'redis split'],
  [2, 'redis reset'],
  [2, 'redis claim'],
  [1, 'redis hmget'],
  [1, 'redis swept'],
];

/** Requests that act upon whatever transaction there is when they come. */
const TRANSACTIONAL: readonly RequestName[] = ['EndTxn', 'Produce', 'AddPartitionsToTxn'];

/** Requests of a transaction that a broker refuses, so that it is aborted: mostly when others of its records are in the logs already. */
const REFUSED: readonly (readonly [number, RequestName])[] = [
  [3, 'Produce'],
  [1, 'AddPartitionsToTxn'],
  [2, 'EndTxn'],
];

/** Without heartbeats a process that is awake loses its tasks, and does not know it; without EndTxn nothing is decided. */
const CUT: readonly (readonly [number, RequestName])[] = [
  [4, 'Heartbeat'],
  [3, 'EndTxn'],
  [2, 'Produce'],
  [1, 'InitProducerId'],
  [1, 'Fetch'],
];

/** A life for the scenario: what is fed when, and everything that goes wrong. */
export function drawSchedule(scenario: Scenario): Step[] {
  const random = stream(scenario.seed, 'schedule');
  const first = 1 + below(random, SLOTS);
  const steps = Array.from({ length: first }, (_, slot): Step => ({ do: 'start', slot }));
  const count = 15 + below(random, 20);
  for (let i = 0; i < count; i++) {
    steps.push(random() < 0.4 ? feed(random, scenario) : fault(random, scenario));
    steps.push({ do: 'pass', ms: pause(random, scenario) });
  }
  return steps;
}

function feed(random: Random, { lateRows, times }: Scenario): Step {
  // A few rows leave some tasks without any.
  const rows = 1 + below(random, times === 'present' && random() < 0.4 ? 4 : 30);
  const jump = random() < (times === 'present' ? 0.4 : 0.1);
  const aborted = random() < 0.15 ? 1 + below(random, 5) : 0;
  const stragglers = lateRows && random() < 0.5 ? 1 + below(random, 10) : 0;
  return { do: 'feed', rows, jump, aborted, ...(stragglers > 0 ? { stragglers } : {}) };
}

function pause(random: Random, { times }: Scenario): number {
  if (random() < 0.12) return 9_000;
  return Math.ceil(random() ** 2 * (times === 'present' ? 8_000 : 2_000));
}

function fault(random: Random, { faults, state }: Scenario): Step {
  const kinds = faults.filter((kind) => kind !== 'redis' || state.kind === 'redis');
  // Processes come and go in every life: nothing is learnt from one that lasts.
  const kind = random() < 0.2 || kinds.length === 0 ? 'coming' : oneOf(random, kinds);
  return FAULTS[kind](random, state.kind === 'redis');
}

const FAULTS: Readonly<Record<FaultKind | 'coming', (random: Random, withRedis: boolean) => Step>> = {
  coming: (random) => ({
    do: weighted(random, [
      [3, 'start'],
      [1, 'stop'],
    ] as const),
    slot: slotOf(random),
  }),
  network: (random, withRedis) =>
    trap(random, withRedis, [
      [1, 'drop'],
      [1, 'cut'],
      [3, 'lose'],
      [3, 'late'],
      [2, 'repeat'],
      [1, 'stall'],
      [1, 'delay'],
    ]),
  processes: (random, withRedis) => {
    if (random() < 0.5) {
      return trap(random, withRedis, [
        [2, 'killBefore'],
        [3, 'killAfter'],
        [2, 'killMeanwhile'],
        [2, 'freezeBefore'],
        [3, 'freezeAfter'],
      ]);
    }
    const what = weighted(random, [
      [2, 'stop'],
      [3, 'kill'],
      [3, 'freeze'],
      [2, 'thaw'],
      [3, 'start'],
    ] as const);
    const slot = slotOf(random);
    return what === 'thaw' ? { do: what } : { do: what, slot };
  },
  brokers: (random) => {
    if (random() < 0.3) {
      const at = weighted(random, REFUSED);
      return { do: 'trap', slot: slotOf(random), at, nth: 1 + Math.floor(random() ** 2 * 8), then: 'refuse', ms: 0 };
    }
    const node = 1 + below(random, NODES);
    const pick = random();
    const of = random() < 0.5 ? 'group' : 'transaction';
    return weighted<Step>(random, [
      [3, { do: 'moveLeader', pick, node }],
      [3, { do: 'moveCoordinator', of, pick, node }],
      [2, { do: 'stopNode', node }],
      [2, { do: 'startNode', node }],
      [2, { do: 'compact' }],
      [1, { do: 'expireTransactionalId', pick }],
    ]);
  },
  redis: (random) => {
    if (random() < 0.1) {
      const nth = 1 + Math.floor(random() ** 2 * 8);
      return { do: 'trap', slot: slotOf(random), at: 'redis apply', nth, then: 'failover', ms: 0 };
    }
    const pick = random();
    const how = oneOf(random, ['OOM', 'READONLY', 'LOADING', 'MISCONF'] as const);
    const ms = Math.ceil(random() ** 2 * 12_000);
    return weighted<Step>(random, [
      [2, { do: 'redis', then: 'flush' }],
      [3, { do: 'redis', then: 'snapshot' }],
      [3, { do: 'redis', then: 'rollBack' }],
      [1, { do: 'redis', then: 'restart' }],
      [1, { do: 'redis', then: 'restartEmpty' }],
      [2, { do: 'redis', then: 'evict', pick }],
      [2, { do: 'redis', then: 'delete', pick }],
      [2, { do: 'redis', then: 'refuse', how, ms }],
      [1, { do: 'redis', then: 'forgetScripts' }],
    ]);
  },
};

/** Those that are likely to be taken come first. */
const slotOf = (random: Random): number =>
  weighted(random, [
    [4, 0],
    [2, 1],
    [1, 2],
  ]);

function trap(random: Random, withRedis: boolean, mishaps: readonly (readonly [number, Mishap])[]): Step {
  const drawn = random();
  const picked = weighted(random, withRedis && drawn < 0.3 ? REDIS_REQUESTS : REQUESTS);
  const then = weighted(random, mishaps);
  const at = then === 'cut' ? weighted(() => drawn, CUT) : picked;
  const nth = 1 + Math.floor(random() ** 2 * 8);
  const slot = slotOf(random);
  if (then.startsWith('freeze')) {
    const ms = Math.ceil(random() * LONGEST_FREEZE_MS);
    // It wakes up while its successor takes the task over.
    const meetsSuccessor = TRANSACTIONAL.includes(at) && random() < 0.3;
    return { do: 'trap', slot, at, nth, then, ms, ...(meetsSuccessor ? { until: 'InitProducerId' } : {}) };
  }
  // What comes late does harm where it meets the next batch, which begins some milliseconds later.
  const most = then === 'delay' ? 2_000 : LATEST_MS;
  const amount = random();
  // A cut is to outlast a transaction, and the patience of whoever is cut off.
  const ms = Math.ceil(then === 'cut' ? most * (0.5 + amount / 2) : amount ** 4 * most);
  const until = oneOf(random, ['AddPartitionsToTxn', 'Produce', null]);
  const meetsAnother = until !== null && TRANSACTIONAL.includes(at) && (then === 'late' || then === 'repeat');
  return { do: 'trap', slot, at, nth, then, ms, ...(meetsAnother ? { until } : {}) };
}

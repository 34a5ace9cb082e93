import { SESSION_MS, TRANSACTION_MS } from '../cluster/cluster.ts';
import type { WorkerProxies } from '../proxy/failpoint.ts';
import type { WorkerSlot } from '../cluster/worker-slot.ts';
import type { Action, Rule } from '../proxy/rule.ts';
import type { KafkaMessage } from '../proxy/kafka-protocol.ts';
import type { RedisMessage } from '../proxy/redis-protocol.ts';
import type { Fault } from './fault.ts';
import { fault, type Injection } from './injection.ts';

/** Requests and replies that are late, lost, doubled and cut off, between a worker and its servers. */
export const NETWORK_FAULTS: readonly Fault[] = [
  ...[
    lostReplies('EndTxn', 'the decision has been made, and the worker does not hear of it'),
    lostReplies('InitProducerId', 'the id was taken over, and its owner does not know its epoch'),
    lostReplies('AddPartitionsToTxn', 'the transaction has begun, and the worker does not hear of it'),
    lostReplies('Produce', 'records are in the log, and their writer does not know'),
    lostReplies('SyncGroup', 'the group has been assigned, and a member does not know its tasks'),
    lostReplies('OffsetCommit', 'the mirror of positions is written, and the worker does not know'),
  ],
  ...[
    lostRequests('EndTxn', 'the decision is never asked for, and the worker cannot know that'),
    lostRequests('Produce', 'records do not arrive, while their transaction is open'),
    lostRequests('Heartbeat', 'the group hears nothing of a worker that works'),
  ],
  // What was answered the network never brings again: the duplicate is of a request whose answer was lost.
  fault(
    'network',
    'duplicate-end-txn',
    'what a worker decides goes unanswered for 4 s, and arrives once more 3 s later',
    async (injection) => {
      const slot = injection.victim();
      const names = ['EndTxn'];
      const cut: Rule<KafkaMessage> = { direction: 'reply', names, action: { kind: 'cut', when: 'before' } };
      const removals = slot.proxies.kafka.map((proxy) => proxy.add(cut));
      try {
        const twice: Rule<KafkaMessage> = { direction: 'request', names, action: { kind: 'duplicate', ms: 3_000 } };
        await obstruct(injection, slot.proxies, 'each EndTxn goes unanswered and comes again', 4_000, twice);
        await injection.wait(500);
      } finally {
        for (const remove of removals) remove();
      }
      await injection.wait(3_500);
    },
  ),
  fault(
    'network',
    'duplicate-produce',
    'each Produce of a worker arrives once more, 1 to 5 s later',
    async (injection) => {
      const slot = injection.victim();
      await obstruct(injection, slot.proxies, 'each Produce comes again', 10_000, {
        direction: 'request',
        names: ['Produce'],
        action: { kind: 'duplicate', ms: [1_000, 5_000] },
      });
      await injection.wait(5_500);
    },
  ),
  late('late-produce', 'Produce', 'after its transaction was given up'),
  late('late-end-txn', 'EndTxn', 'after its id was initialised anew'),
  late('late-add-partitions', 'AddPartitionsToTxn', 'after its transaction was given up'),
  late('late-offset-commit', 'OffsetCommit', 'after the task may have another owner'),
  late('late-init-producer-id', 'InitProducerId', 'when it takes the id away from whoever has it by then'),
  fault('network', 'late-replies', 'a tenth of all replies to a worker is 1 to 3 s late', async (injection) => {
    const slot = injection.victim();
    await obstruct(injection, slot.proxies, 'a tenth of the replies is late', 12_000, {
      direction: 'reply',
      probability: 0.1,
      action: { kind: 'delay', ms: [1_000, 3_000] },
    });
  }),
  fault('network', 'slow-lines', 'all workers have 200 kB/s to and from each broker', async (injection) => {
    const slow: Action<KafkaMessage> = { kind: 'throttle', bytesPerSecond: 200_000 };
    const rules: Rule<KafkaMessage>[] = [
      { direction: 'request', action: slow },
      { direction: 'reply', action: slow },
    ];
    await Promise.all(
      injection.cluster.slots.map((slot) => obstruct(injection, slot.proxies, 'its lines are slow', 12_000, ...rules)),
    );
  }),
  oneWay('cut-worker-to-brokers', 'request', 'what a worker sends to brokers does not arrive; what they send does'),
  oneWay('cut-brokers-to-worker', 'reply', 'what brokers send to a worker does not arrive; what it sends does'),
  fault('network', 'cut-one-broker', 'a worker loses one broker, both ways, past its session', async (injection) => {
    const slot = injection.victim();
    const proxy = injection.oneOf(slot.proxies.kafka);
    injection.note(`worker ${slot.index} and one broker are cut off from each other`);
    const remove = [proxy.add({ direction: 'request', action: hold }), proxy.add({ direction: 'reply', action: hold })];
    await until(injection, SESSION_MS * injection.between(1.5, 2.5), remove);
  }),
  fault(
    'network',
    'cut-from-all',
    'a worker loses all brokers and Redis past its session, and gets them back',
    async (injection) => {
      const slot = injection.victim();
      injection.note(`worker ${slot.index} is cut off`);
      const remove = [...isolate(slot.proxies), ...isolateRedis(slot.proxies)];
      await until(injection, SESSION_MS * injection.between(1.5, 2.5), remove);
    },
  ),
  fault('network', 'cut-worker-to-redis', 'what a worker sends to Redis does not arrive', async (injection) => {
    const slot = injection.victim();
    injection.note(`worker ${slot.index} does not reach Redis`);
    const remove = [slot.proxies.redis.add({ direction: 'request', action: hold })];
    await until(injection, injection.between(5_000, 12_000), remove);
  }),
  fault('network', 'cut-redis-to-worker', 'what Redis sends to a worker does not arrive', async (injection) => {
    const slot = injection.victim();
    injection.note(`worker ${slot.index} does not hear from Redis`);
    const remove = [slot.proxies.redis.add({ direction: 'reply', action: hold })];
    await until(injection, injection.between(5_000, 12_000), remove);
  }),
  fault('network', 'late-redis', 'half of what Redis is asked by all workers takes up to 3 s', async (injection) => {
    injection.note('Redis is slow');
    const rule: Rule<RedisMessage> = {
      direction: 'request',
      probability: 0.5,
      action: { kind: 'delay', ms: [10, 3_000] },
    };
    const remove = injection.cluster.slots.map(({ proxies }) => proxies.redis.add(rule));
    await until(injection, 10_000, remove);
  }),
  fault('network', 'connections-cut', 'all connections of all workers break at once', async (injection) => {
    injection.note('all connections break');
    for (const { proxies } of injection.cluster.slots) cutAll(proxies);
    await injection.wait(500);
  }),
  fault(
    'network',
    'connections-flap',
    'all connections of a worker break, time and again for 10 s',
    async (injection) => {
      const slot = injection.victim();
      for (let passed = 0; passed < 10_000;) {
        injection.note(`the connections of worker ${slot.index} break`);
        cutAll(slot.proxies);
        const pause = injection.between(50, 2_500);
        passed += pause;
        await injection.wait(pause);
      }
    },
  ),
];

const hold = { kind: 'hold' } as const;

function lostReplies(api: string, about: string): Fault {
  return fault(
    'network',
    `lost-reply-${dashed(api)}`,
    `every third reply to ${api} is lost: ${about}`,
    async (injection) => {
      const slot = injection.victim();
      const rule = { direction: 'reply', names: [api], every: 3, action: { kind: 'drop' } } as const;
      await provoked(injection, slot, api, `replies to ${api} are lost`, rule);
    },
  );
}

function lostRequests(api: string, about: string): Fault {
  return fault('network', `lost-request-${dashed(api)}`, `every third ${api} is lost: ${about}`, async (injection) => {
    const slot = injection.victim();
    const rule = { direction: 'request', names: [api], every: 3, action: { kind: 'drop' } } as const;
    await provoked(injection, slot, api, `requests ${api} are lost`, rule);
  });
}

/** The request arrives when its sender has long given up, over a connection of its own. */
function late(name: string, api: string, about: string): Fault {
  return fault(
    'network',
    name,
    `every third ${api} of a worker arrives 8 to 12 s late: ${about}`,
    async (injection) => {
      const slot = injection.victim();
      const action = { kind: 'postpone', ms: [8_000, 12_000] } as const;
      await provoked(injection, slot, api, `requests ${api} are late`, {
        direction: 'request',
        names: [api],
        every: 3,
        action,
      });
      await injection.wait(12_500);
    },
  );
}

/** What only an owner change asks for is not asked for under a steady load. */
const OF_OWNER_CHANGES: readonly string[] = ['InitProducerId', 'SyncGroup'];

async function provoked(
  injection: Injection,
  slot: WorkerSlot,
  api: string,
  what: string,
  rule: Rule<KafkaMessage>,
): Promise<void> {
  if (!OF_OWNER_CHANGES.includes(api)) return obstruct(injection, slot.proxies, what, 10_000, rule);
  const obstructed = obstruct(injection, slot.proxies, what, 14_000, rule);
  injection.note(`worker ${slot.index} is killed and starts again`);
  await slot.kill();
  await slot.start();
  await obstructed;
}

function oneWay(name: string, direction: 'request' | 'reply', about: string): Fault {
  return fault('network', name, `${about}; past its session`, async (injection) => {
    const slot = injection.victim();
    const ms = SESSION_MS + TRANSACTION_MS * injection.between(0.3, 1.5);
    await obstruct(injection, slot.proxies, about, ms, { direction, action: hold });
  });
}

/** Puts the rules on all of the worker's lines to brokers for so long. */
async function obstruct(
  injection: Injection,
  proxies: WorkerProxies,
  what: string,
  ms: number,
  ...rules: readonly Rule<KafkaMessage>[]
): Promise<void> {
  const slot = injection.cluster.slots.find((candidate) => candidate.proxies === proxies);
  injection.note(`worker ${slot?.index}: ${what}`);
  const remove = proxies.kafka.flatMap((proxy) => rules.map((rule) => proxy.add(rule)));
  await until(injection, ms, remove);
}

const isolate = ({ kafka }: WorkerProxies): (() => void)[] =>
  kafka.flatMap((proxy) => [
    proxy.add({ direction: 'request', action: hold }),
    proxy.add({ direction: 'reply', action: hold }),
  ]);

const isolateRedis = ({ redis }: WorkerProxies): (() => void)[] => [
  redis.add({ direction: 'request', action: hold }),
  redis.add({ direction: 'reply', action: hold }),
];

function cutAll({ kafka, redis }: WorkerProxies): void {
  for (const proxy of [...kafka, redis]) proxy.cutAll();
}

/** Waits so long, and takes the rules away whatever happens. */
async function until(injection: Injection, ms: number, remove: readonly (() => void)[]): Promise<void> {
  try {
    await injection.wait(ms);
  } finally {
    for (const end of remove) end();
    injection.note('the lines are free again');
  }
}

function dashed(api: string): string {
  return api.replaceAll(/(?<!^)[A-Z]/g, '-$&').toLowerCase();
}

import type { KafkaMessage } from './kafka-protocol.ts';
import type { KafkaProxy } from './kafka-proxy.ts';
import { fetchedTopics, isCommit, listedPartitions, transactionalIdOf } from './kafka-requests.ts';
import type { Direction, Message } from './message.ts';
import type { RedisMessage } from './redis-protocol.ts';
import type { RedisProxy } from './redis-proxy.ts';
import type { Held } from './rule.ts';

/** Points of the commit protocol, seen from outside of the process that runs it. */
export const FAILPOINTS = {
  F1: 'records of an input are on their way to the worker',
  F2: 'AddPartitionsToTxn is on its way to the coordinator',
  'F2-acked': 'the coordinator has the partitions, its answer is under way',
  F3: 'one Produce of a transaction is acknowledged, another is on its way to its leader',
  F4: 'every Produce is acknowledged, EndTxn (commit) is on its way',
  F5: 'the mirror of the offsets is on its way to the group coordinator',
  F6: 'the commit is decided, the answer is under way',
  F7: 'the worker knows of the commit, its changes are on their way to Redis',
  F8: 'Redis has the changes, the answer is under way',
  F9: 'the worker knows that Redis has the changes',
  F10: 'changes of the tail of the changelog are on their way to a copy that is behind',
  F11: 'changes of the changelog are on their way to a copy that is made anew',
  F12: 'the worker has its assignment, InitProducerId is on its way',
  F13: 'the worker has its producer, and asks for the end of the changelog',
} as const;

export type Failpoint = keyof typeof FAILPOINTS;

/** All that a worker speaks through. */
export interface WorkerProxies {
  readonly kafka: readonly KafkaProxy[];
  readonly redis: RedisProxy;
}

/** The worker is at the point: what brought it there stands still, and everything behind that on its connection. */
export interface Reached {
  readonly point: Failpoint;
  /** What stands still, for people. */
  readonly what: string;
  /** The message arrives, whether or not the worker still lives. After one of the three the proxies are as before. */
  release(): void;
  /** The message never arrives. Its connection stays as it is. */
  discard(): void;
  /** The message never arrives, and its connection breaks. */
  cut(): void;
}

export interface ArmOptions {
  /** Which time the worker gets there, counted from now on; 1 when left out. */
  readonly nth?: number;
  /** Gives up: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Resolves once, when the worker gets to the point. At F9 nothing is held: the answer has arrived. F10 to F13 are to be armed before the
 * worker takes tasks over.
 */
export function arm(point: Failpoint, proxies: WorkerProxies, { nth = 1, signal }: ArmOptions = {}): Promise<Reached> {
  return new Promise((resolve, reject) => {
    const site = new Site(point, proxies, nth, resolve);
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    signal?.addEventListener('abort', () => {
      site.disarm();
      reject(signal.reason as Error);
    });
    PLACES[point](site);
  });
}

/** A failpoint on its way to be reached: the rules that look for it, in all of a worker's proxies. */
class Site {
  readonly #point: Failpoint;
  readonly #proxies: WorkerProxies;
  readonly #nth: number;
  readonly #resolve: (reached: Reached) => void;
  #removals: (() => void)[] = [];
  #times = 0;
  #isReached = false;

  constructor(point: Failpoint, proxies: WorkerProxies, nth: number, resolve: (reached: Reached) => void) {
    this.#point = point;
    this.#proxies = proxies;
    this.#nth = nth;
    this.#resolve = resolve;
  }

  /** Holds the n-th message for which `is` is true; it is called for each in the order they come. */
  holdKafka(
    name: string,
    direction: Direction,
    is: (message: KafkaMessage) => boolean,
    onHeld: (held: Held<KafkaMessage>) => void = (held) => this.reached(held),
  ): void {
    for (const proxy of this.#proxies.kafka) {
      const when = (message: KafkaMessage): boolean => is(message) && this.isTurn();
      this.#removals.push(proxy.add({ names: [name], direction, when, action: { kind: 'hold', onHeld } }));
    }
  }

  holdRedis(name: string, direction: Direction, is: (message: RedisMessage) => boolean): void {
    const when = (message: RedisMessage): boolean => is(message) && this.isTurn();
    const action = { kind: 'hold', onHeld: (held: Held<RedisMessage>) => this.reached(held) } as const;
    this.#removals.push(this.#proxies.redis.add({ names: [name], direction, when, action }));
  }

  /** Sees messages that pass. */
  watchKafka(name: string, direction: Direction, see: (message: KafkaMessage) => void): void {
    for (const proxy of this.#proxies.kafka) this.#removals.push(proxy.add(watching(name, direction, see)));
  }

  watchRedis(name: string, direction: Direction, see: (message: RedisMessage) => void): void {
    this.#removals.push(this.#proxies.redis.add(watching(name, direction, see)));
  }

  /** The worker is where it may be the n-th time. */
  isTurn(): boolean {
    return !this.#isReached && ++this.#times === this.#nth;
  }

  /** @param held null where the message has passed */
  reached(held: Held<KafkaMessage> | Held<RedisMessage> | null): void {
    if (this.#isReached) return;
    this.#isReached = true;
    const decide = (fate: 'forward' | 'discard' | 'cut') => () => {
      held?.[fate]();
      this.disarm();
    };
    this.#resolve({
      point: this.#point,
      what: held === null ? FAILPOINTS[this.#point] : described(held.message),
      release: decide('forward'),
      discard: decide('discard'),
      cut: decide('cut'),
    });
  }

  disarm(): void {
    for (const remove of this.#removals.splice(0)) remove();
  }
}

/** A rule that applies to nothing, and sees everything it might. */
function watching<M extends Message>(name: string, direction: Direction, see: (message: M) => void) {
  const when = (message: M): boolean => {
    see(message);
    return false;
  };
  return { names: [name], direction, when, action: { kind: 'drop' } } as const;
}

const described = ({ direction, name, bytes }: Message): string => `${direction} of ${name}, ${bytes.length} bytes`;

const always = (): boolean => true;

/** Where each point is; what belongs to the plan's topic and not to a task counts too. */
const PLACES: Readonly<Record<Failpoint, (site: Site) => void>> = {
  F1: (site) => site.holdKafka('Fetch', 'reply', (reply) => fetchedTopics(reply).some(isInput)),
  F2: (site) => site.holdKafka('AddPartitionsToTxn', 'request', always),
  'F2-acked': (site) => site.holdKafka('AddPartitionsToTxn', 'reply', always),
  F3: someProducesAcked,
  F4: (site) => site.holdKafka('EndTxn', 'request', isCommit),
  F5: (site) => site.holdKafka('OffsetCommit', 'request', always),
  F6: (site) => site.holdKafka('EndTxn', 'reply', isCommit),
  F7: (site) => site.holdRedis('apply', 'request', (request) => !isRestoring(request)),
  F8: (site) => site.holdRedis('apply', 'reply', hasApplied),
  F9(site) {
    site.watchRedis('apply', 'reply', (reply) => {
      if (hasApplied(reply) && site.isTurn()) site.reached(null);
    });
  },
  F10: (site) => restoring(site, (rebuilt, copy) => !rebuilt.has(copy)),
  F11: (site) => restoring(site, (rebuilt, copy) => rebuilt.has(copy)),
  F12(site) {
    let isAssigned = false;
    site.watchKafka('SyncGroup', 'reply', () => (isAssigned = true));
    site.holdKafka('InitProducerId', 'request', () => isAssigned);
  },
  F13(site) {
    /** Transactional ids whose owner has read nothing yet. */
    const fresh = new Set<string>();
    site.watchKafka('InitProducerId', 'reply', (reply) => fresh.add(transactionalIdOf(reply) ?? ''));
    site.holdKafka('ListOffsets', 'request', (request) =>
      listedPartitions(request).some((name) => fresh.delete(name.replace(/\.changelog-(\d+)$/, '.$1'))),
    );
  },
};

const isInput = (topic: string): boolean => !/\.(changelog|plan)$/.test(topic);

/** ARGV[6] of `apply`. */
const isRestoring = (request: RedisMessage): boolean => request.call?.argv[5]?.toString() === '1';

const hasApplied = (reply: RedisMessage): boolean =>
  reply.code === 'DONE' && reply.request !== null && !isRestoring(reply.request);

function restoring(site: Site, is: (rebuilt: ReadonlySet<string>, copy: string) => boolean): void {
  /** Meta keys of the copies that were begun anew. */
  const rebuilt = new Set<string>();
  const copyOf = (request: RedisMessage): string => request.call?.keys[0] ?? '';
  site.watchRedis('reset', 'request', (request) => rebuilt.add(copyOf(request)));
  site.holdRedis('apply', 'request', (request) => isRestoring(request) && is(rebuilt, copyOf(request)));
}

/** Holds the second Produce of a transaction, and is there when the first is acknowledged. */
function someProducesAcked(site: Site): void {
  /** By transactional id, from the beginning of its transaction: how many went out, and whether an answer came. */
  const transactions = new Map<string, { sent: number; acked: boolean }>();
  let second: { readonly of: string; readonly held: Held<KafkaMessage> } | null = null;
  const idOf = (message: KafkaMessage): string => transactionalIdOf(message) ?? '';
  const look = (): void => {
    if (second !== null && transactions.get(second.of)?.acked === true) site.reached(second.held);
  };
  site.watchKafka('AddPartitionsToTxn', 'request', (request) =>
    transactions.set(idOf(request), { sent: 0, acked: false }),
  );
  site.watchKafka('Produce', 'reply', (reply) => {
    const transaction = transactions.get(idOf(reply));
    if (transaction !== undefined) transaction.acked = true;
    look();
  });
  const isSecond = (request: KafkaMessage): boolean => {
    const transaction = transactions.get(idOf(request));
    return transaction !== undefined && ++transaction.sent === 2;
  };
  site.holdKafka('Produce', 'request', isSecond, (held) => {
    second = { of: idOf(held.message), held };
    look();
  });
}

import type { Clock } from '../../../src/core/clock.ts';
import type { StateBackend } from '../../../src/core/state.ts';
import { RedisBackend } from '../../../src/state/redis/backend.ts';
import { TwinConnection } from '../redis-twin/twin-connection.ts';
import { TwinRedis, type Snapshot } from '../redis-twin/twin-redis.ts';
import type { Life } from './life.ts';
import type { Line, Trap } from './line.ts';
import type { Random } from './random.ts';
import type { Rates, Scenario } from './scenario.ts';
import type { RedisContents, RedisStep, SharedState } from './shared-state.ts';

/** A request is on its way for about so long. */
const UNDER_WAY_MS = 0.5;

export interface TwinStateOptions {
  readonly application: string;
  readonly limits: Extract<Scenario['state'], { kind: 'redis' }>;
  readonly clock: Clock;
  /** It failed over to a replica that was behind, while a request was under way. */
  readonly onWentBack: () => void;
  readonly trace: (line: string) => void;
}

/** State of all processes in one Redis, which loses and forgets what it is told to. */
export class TwinState implements SharedState {
  readonly #options: TwinStateOptions;
  readonly #server = new TwinRedis();
  keysDeleted = false;
  #snapshot: Snapshot | null = null;
  #healed = false;
  #incarnations = 0;

  constructor(options: TwinStateOptions) {
    this.#options = options;
  }

  open(line: Line, life: Life, clock: Clock, random: Random): StateBackend {
    const { application, limits } = this.#options;
    const connection: TwinConnection = new TwinConnection({
      server: this.#server,
      clock: this.#options.clock,
      random,
      faults: wireFaults(line.rates),
      observer: new TrapsOfRedis({
        line,
        life,
        clock: this.#options.clock,
        cut: () => connection.cut(),
        snapshot: () => this.#server.snapshot(),
        failOver: (to) => this.#failOver(to),
      }).observe,
    });
    life.follow(connection);
    const { cacheBytes, writeDelayMs, maxUnwrittenBytes, changesPerChunk } = limits;
    const newIncarnation = (): string => `i${this.#incarnations++}`;
    const bounds = { cacheBytes, writeDelayMs, maxUnwrittenBytes, changesPerChunk };
    const options = { application, ...bounds, newIncarnation };
    return new RedisBackend(connection, options, clock);
  }

  contents(): RedisContents {
    return this.#server.contents();
  }

  befall(step: RedisStep): boolean {
    const server = this.#server;
    switch (step.then) {
      case 'flush':
        server.flushAll();
        return true;
      case 'snapshot':
        this.#snapshot = server.snapshot();
        return true;
      case 'rollBack':
        if (this.#snapshot !== null) server.rollBack(this.#snapshot);
        return this.#snapshot !== null;
      case 'restart':
      case 'restartEmpty':
        server.restart({ keepData: step.then === 'restart' });
        return true;
      case 'forgetScripts':
        server.flushScripts();
        return true;
      case 'evict':
      case 'delete': {
        const keys = server.keys().toSorted();
        const key = keys[Math.floor(step.pick * keys.length)];
        if (key === undefined) return false;
        this.#options.trace(`    it is ${key}`);
        // Of an eviction hears who is there at the moment; others, like all of a deletion, when they come to need the key.
        this.keysDeleted = true;
        return server[step.then](key);
      }
      case 'refuse':
        server.refuse(step.how);
        void this.#options.clock.sleep(step.ms).then(() => server.refuse(null));
        return true;
    }
  }

  heal(): void {
    this.#healed = true;
    this.#server.refuse(null);
  }

  #failOver(to: Snapshot): void {
    if (this.#healed) return;
    this.#server.rollBack(to);
    this.#options.onWentBack();
  }
}

/** The rates of the line, as they are at any moment. */
const wireFaults = (rates: Readonly<Rates>) => ({
  get drop() {
    return rates.drop;
  },
  get lose() {
    return rates.lose;
  },
  get delay() {
    return rates.delay;
  },
});

interface RedisTraps {
  readonly line: Line;
  readonly life: Life;
  readonly clock: Clock;
  /** Breaks the process's connection. */
  readonly cut: () => void;
  readonly snapshot: () => Snapshot;
  readonly failOver: (to: Snapshot) => void;
}

/** Springs the traps of a line on requests to Redis, which a connection carries in their order. */
class TrapsOfRedis {
  readonly #options: RedisTraps;
  /** Sprung on requests that are to be executed first, by the request's name. */
  readonly #sprung = new Map<string, Trap>();
  /** By name of requests: the replica to which Redis fails over before the next one of that name. */
  readonly #replicas = new Map<string, Snapshot>();

  constructor(options: RedisTraps) {
    this.#options = options;
  }

  readonly observe = (name: string, moment: 'sent' | 'executed'): void => {
    const { line, life, clock, cut, snapshot, failOver } = this.#options;
    const replica = moment === 'sent' ? this.#replicas.get(name) : undefined;
    if (replica !== undefined) {
      this.#replicas.delete(name);
      failOver(replica);
    }
    const trap = moment === 'sent' ? line.sprung(`redis ${name}`) : this.#sprung.get(name);
    if (trap === undefined) return;
    if (moment === 'executed') this.#sprung.delete(name);
    switch (trap.then) {
      // Of Kafka's transactions only.
      case 'refuse':
        return;
      case 'killBefore':
        return life.kill();
      case 'freezeBefore':
        return life.freeze(clock.sleep(trap.ms));
      case 'drop':
      case 'cut':
        return cut();
      case 'failover':
        this.#replicas.set(name, snapshot());
        return;
      case 'killMeanwhile':
        return this.#soon(() => life.kill());
      case 'late':
      case 'repeat':
      case 'stall':
      case 'delay':
        return this.#soon(cut);
      case 'killAfter':
      case 'freezeAfter':
      case 'lose':
        if (moment === 'sent') this.#sprung.set(name, trap);
        else if (trap.then === 'killAfter') life.kill();
        else if (trap.then === 'lose') cut();
        else life.freeze(clock.sleep(trap.ms));
    }
  };

  #soon(befall: () => void): void {
    void this.#options.clock.sleep(UNDER_WAY_MS).then(befall);
  }
}

import type { Clock } from '../../../src/core/clock.ts';
import type { Life } from './life.ts';
import type { Random } from './random.ts';
import type { Rates } from './scenario.ts';
import type { Mishap, RequestName } from './step.ts';
import type { Passage, PassingRequest, Traffic } from './traffic.ts';

const LATENCY_MS = 2;
const DELAY_MS = 300;
const LATE_MS = 10_000;
/** When who waits for an answer gives up. */
export const REQUEST_TIMEOUT_MS = 8_000;

/** Waits for a request of a process, and what then becomes of it. */
export interface Trap {
  readonly at: RequestName;
  readonly then: Mishap;
  readonly ms: number;
  /**
   * What is late is acted upon right behind the next request of that name for the same transactional id, not after `ms`; who is frozen goes
   * on when such a request goes out.
   */
  readonly until?: RequestName | undefined;
  /** Only requests whose transactional id ends so; left out = all. */
  readonly of?: string | undefined;
  /** Such requests until it snaps. */
  left: number;
}

/** A request as the line sees it. */
export interface Call<T> extends PassingRequest {
  /** The answer that refuses it for good; null where there is none. */
  readonly refusal?: () => T | null;
  /** The server acts upon it. May be called late, and twice. */
  readonly act: () => Promise<T>;
  /** What the process sees when the connection breaks, and when no answer comes in time. */
  readonly broken: () => Error;
  readonly silent: () => Error;
}

export interface LineOptions {
  readonly clock: Clock;
  readonly life: Life;
  readonly random: Random;
  readonly rates: Readonly<Rates>;
  /** Of all processes. */
  readonly traffic: Traffic;
  /** A mishap befell a request. */
  readonly onMishap: (then: Mishap, name: RequestName) => void;
}

/**
 * All that goes between a process and its servers. Here a process dies or stops between any two of its requests and answers, and requests
 * get lost, late or stuck. A request is acted upon at most as often as it was sent, and who got an answer knows that it was not sent twice.
 */
export class Line {
  readonly #options: LineOptions;
  #traps: Trap[] = [];
  /** By name of requests: until when they get lost. */
  readonly #cuts = new Map<RequestName, number>();

  constructor(options: LineOptions) {
    this.#options = options;
  }

  set(trap: Trap): void {
    this.#traps.push(trap);
  }

  clear(): void {
    this.#traps = [];
    this.#cuts.clear();
  }

  get rates(): Readonly<Rates> {
    return this.#options.rates;
  }

  /** Counts the request for the traps that wait for it; the one that it springs. */
  sprung(name: RequestName, transactionalId: string | null = null): Trap | undefined {
    if (this.#traps.length === 0) return undefined;
    for (const trap of this.#traps) {
      if (trap.at === name && (trap.of === undefined || transactionalId?.endsWith(trap.of) === true)) trap.left--;
    }
    const sprung = this.#traps.find((trap) => trap.left <= 0);
    if (sprung === undefined) return undefined;
    this.#traps = this.#traps.filter((trap) => trap !== sprung);
    this.#options.onMishap(sprung.then, name);
    return sprung;
  }

  /** Sends the request, with a latency of its own, and returns the answer, once the process runs. */
  async send<T>(call: Call<T>): Promise<T> {
    const { clock, life, traffic } = this.#options;
    if (life.isDead || life.isFrozen) await life.awake();
    const { then, ms, until, latencyMs } = this.#fate(call);
    if (then === 'cut') this.#cuts.set(call.name, clock.now() + ms);
    if (then === 'killBefore' || then === 'killMeanwhile') life.kill();
    if (then === 'freezeBefore') life.freeze(this.#later('sent', call, ms, until));
    if (then === 'killMeanwhile' || then === 'late') this.#actLater(call, ms, until);
    if (life.isDead || life.isFrozen) await life.awake();
    traffic.passes('sent', call);
    if (then === 'drop' || then === 'late') throw call.broken();
    if (clock.now() < (this.#cuts.get(call.name) ?? 0)) {
      await clock.sleep(latencyMs);
      throw call.broken();
    }
    await clock.sleep(then === 'delay' ? ms : latencyMs);
    const refused = then === 'refuse' ? (call.refusal?.() ?? null) : null;
    const outcome = refused === null ? await settled(call.act()) : { value: refused };
    if (refused === null) traffic.passes('acted upon', call);
    if (then === 'killAfter') life.kill();
    if (then === 'freezeAfter') life.freeze(this.#later('sent', call, ms, until));
    if (then === 'repeat') this.#actLater(call, ms, until);
    if (then === 'stall') await clock.sleep(REQUEST_TIMEOUT_MS);
    if (life.isDead || life.isFrozen) await life.awake();
    if (then === 'lose' || then === 'repeat') throw call.broken();
    if (then === 'stall') throw call.silent();
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  /** The same number of random numbers for every request, so that one more mishap does not change those of all that follow. */
  #fate({ name, transactionalId = null }: PassingRequest): {
    then: Mishap | null;
    ms: number;
    until?: RequestName | undefined;
    latencyMs: number;
  } {
    const { random, rates, onMishap } = this.#options;
    const [dice, amount] = [random(), random()];
    const latencyMs = amount * LATENCY_MS;
    const trap = this.sprung(name, transactionalId);
    if (trap !== undefined) return { then: trap.then, ms: trap.ms, until: trap.until, latencyMs };
    let left = dice;
    for (const then of ['drop', 'lose', 'late', 'delay'] as const) {
      left -= rates[then];
      if (left >= 0) continue;
      onMishap(then, name);
      return { then, ms: amount * (then === 'late' ? LATE_MS : DELAY_MS), latencyMs };
    }
    return { then: null, ms: 0, latencyMs };
  }

  #actLater(call: Call<unknown>, ms: number, until: RequestName | undefined): void {
    void this.#later('acted upon', call, ms, until).then(() => settled(call.act()));
  }

  #later(passage: Passage, call: Call<unknown>, ms: number, until: RequestName | undefined): Promise<void> {
    const { clock, traffic } = this.#options;
    return until === undefined ? clock.sleep(ms) : traffic.next(passage, until, call);
  }
}

type Settled<T> = { readonly value: T } | { readonly error: Error };

const settled = <T>(work: Promise<T>): Promise<Settled<T>> =>
  work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error: error as Error }),
  );

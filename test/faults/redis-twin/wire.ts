import type { Clock } from '../../../src/core/clock.ts';
import type { Reply } from './reply.ts';
import type { TwinRedis } from './twin-redis.ts';

/** How often something befalls a request, from 0 to 1. */
export interface WireFaults {
  /** From this request on nothing reaches the server; the connection is given up when the request has timed out. */
  drop: number;
  /** The request is executed; from its reply on nothing reaches the client. */
  lose: number;
  /** It is under way for up to 300 ms, and those behind it with it. */
  delay: number;
}

/** One command under way. */
export interface WireRequest {
  readonly command: string;
  readonly args: readonly Buffer[];
  /** Called when the server has executed it; what it refuses it does not execute. */
  readonly onExecuted: () => void;
}

export interface WireOptions {
  readonly server: TwinRedis;
  readonly clock: Clock;
  readonly random: () => number;
  readonly faults: Readonly<WireFaults>;
  readonly timeoutMs: number;
  /** Called once, when the connection is no more, whoever ended it. */
  readonly onBroken: () => void;
}

/** Why a request has no answer. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

interface Sent extends WireRequest {
  readonly answer: PromiseWithResolvers<Reply>;
  /** Delivers what the server made of it; null until it has. */
  deliver: (() => void) | null;
}

const LATENCY_MS = 1;
const DELAY_MS = 300;
/** What reached the server's machine before the connection broke is executed so much later at most. */
const LINGER_MS = 20_000;

/**
 * One TCP connection. Requests arrive, are executed and answered in the order they were sent. When it breaks, those under way reject; the
 * first of them, as many as chance has it, are executed later nevertheless, in their order, unless the server has ended by then.
 */
export class Wire {
  readonly #options: WireOptions;
  /** Ends it at the server. */
  #hangUp: (() => void) | null = null;
  /** On the way to the server. */
  #coming: Sent[] = [];
  /** Without an answer. */
  readonly #open = new Set<Sent>();
  #isUp = true;
  #isDeaf = false;
  #isMute = false;
  #lastArrivalMs = 0;
  #lastReplyMs = 0;

  private constructor(options: WireOptions) {
    this.#options = options;
  }

  /** Connects at once; null when there is no server. */
  static to(options: WireOptions): Wire | null {
    const wire = new Wire(options);
    // What the server still has in its buffers goes with it: nothing is executed later.
    wire.#hangUp = options.server.accept(() => wire.#end([]));
    return wire.#hangUp === null ? null : wire;
  }

  /** Rejects with `Refused` by the server, or with `NoAnswer`. */
  send(request: WireRequest): Promise<Reply> {
    const sent: Sent = { ...request, answer: Promise.withResolvers(), deliver: null };
    if (this.#isUp) {
      this.#open.add(sent);
      this.#carry(sent).catch(sent.answer.reject);
    } else sent.answer.reject(new NoAnswer('Connection is closed.'));
    return sent.answer.promise;
  }

  /** The client breaks it, or something on the way does. */
  break(): void {
    this.#end(this.#coming.slice(0, Math.floor(this.#options.random() * (this.#coming.length + 1))));
  }

  async #carry(sent: Sent): Promise<void> {
    const { clock, faults, random, timeoutMs } = this.#options;
    // As many random numbers for each request, whatever the rates are.
    const [drops, loses, delays, there, back] = Array.from({ length: 5 }, random);
    const sentMs = clock.now();
    const deadlineMs = sentMs + timeoutMs;
    this.#isDeaf ||= drops < faults.drop;
    if (!this.#isDeaf) {
      const transitMs = there * (delays < faults.delay ? DELAY_MS : LATENCY_MS);
      this.#lastArrivalMs = Math.max(this.#lastArrivalMs, sentMs + transitMs);
      this.#coming.push(sent);
      await this.#until(this.#lastArrivalMs);
      this.#executeUpTo(sent);
      this.#isMute ||= loses < faults.lose;
      this.#lastReplyMs = Math.max(this.#lastReplyMs, clock.now() + back * LATENCY_MS);
      if (!this.#isMute && this.#lastReplyMs <= deadlineMs) {
        await this.#until(this.#lastReplyMs);
        if (this.#open.delete(sent)) sent.deliver?.();
        return;
      }
    }
    if (!this.#open.has(sent)) return;
    await this.#until(deadlineMs);
    if (!this.#open.delete(sent)) return;
    sent.answer.reject(new NoAnswer('Command timed out'));
    this.break();
  }

  #until(ms: number): Promise<void> {
    const { clock } = this.#options;
    return clock.sleep(Math.max(0, ms - clock.now()));
  }

  /** It has arrived, and so have all that were sent before it. */
  #executeUpTo(sent: Sent): void {
    const arrived = this.#coming.splice(0, this.#coming.indexOf(sent) + 1);
    for (const request of arrived) this.#execute(request);
  }

  #execute(sent: Sent): void {
    const { answer, command, args, onExecuted } = sent;
    try {
      const reply = this.#options.server.execute(command, args);
      sent.deliver = () => answer.resolve(reply);
      onExecuted();
    } catch (error) {
      sent.deliver = () => answer.reject(error);
    }
  }

  /** @param late are executed later */
  #end(late: readonly Sent[]): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#coming = [];
    this.#hangUp?.();
    for (const { answer } of this.#open) answer.reject(new NoAnswer('Connection is closed.'));
    this.#open.clear();
    this.#options.onBroken();
    if (late.length > 0) this.#linger(late).catch(() => undefined);
  }

  async #linger(late: readonly Sent[]): Promise<void> {
    const { server, clock, random } = this.#options;
    const { life } = server;
    await clock.sleep(random() * LINGER_MS);
    if (server.life === life) for (const sent of late) this.#execute(sent);
  }
}

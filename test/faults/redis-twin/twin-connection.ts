import { createHash } from 'node:crypto';
import type { Clock } from '../../../src/core/clock.ts';
import { backoffMs, unavailable, type RedisConnection } from '../../../src/state/redis/connection.ts';
import { SCRIPTS } from '../../../src/state/redis/scripts.ts';
import { Refused, Status, type Reply } from './reply.ts';
import type { TwinRedis } from './twin-redis.ts';
import { NoAnswer, Wire, type WireFaults } from './wire.ts';

/** Before a request is put on the wire, or when the server has executed it (what it refuses it does not execute), before its reply is under way. */
export type Moment = 'sent' | 'executed';

export interface TwinConnectionOptions {
  readonly server: TwinRedis;
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  /** Looked at for each request, so that it may change; default none. */
  readonly faults?: Readonly<WireFaults>;
  /** How long a request may take before it counts as failed; default 5 s. */
  readonly commandTimeoutMs?: number;
  /** Told of every request: the name of the script (`apply`, `load`, …) or else of the command. It may freeze or kill the connection. */
  readonly observer?: (name: string, moment: Moment) => void;
}

const NO_FAULTS: Readonly<WireFaults> = { drop: 0, lose: 0, delay: 0 };
const CONNECT_MS = 1;
const COMMAND_TIMEOUT_MS = 5_000;

const SCRIPT_NAMES: ReadonlyMap<string, string> = new Map(
  Object.values(SCRIPTS).flatMap(({ name, lua }) => [
    [lua, name],
    [createHash('sha1').update(lua).digest('hex'), name],
  ]),
);

/**
 * A process's connection to the twin, which behaves as the product's own over a real network does: what goes wrong is STATE_UNAVAILABLE, a
 * broken connection is made anew after a wait that grows, nothing is sent twice. The process may stand still, and it may die.
 */
export class TwinConnection implements RedisConnection {
  readonly #options: TwinConnectionOptions;
  #wire: Wire | null = null;
  #connecting: Promise<void> | null = null;
  /** Attempts since there was a connection, and when the next one may be made. */
  #failures = 0;
  #notBeforeMs = -Infinity;
  #closed = false;
  #dead = false;
  #frozen: PromiseWithResolvers<void> | null = null;

  constructor(options: TwinConnectionOptions) {
    this.#options = options;
  }

  async connect(): Promise<void> {
    await this.#awake();
    if (this.#wire !== null) return;
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = null;
    });
    await this.#connecting;
  }

  async call(command: string, args: readonly (string | Buffer)[]): Promise<unknown> {
    await this.connect();
    const { clock, observer, commandTimeoutMs = COMMAND_TIMEOUT_MS } = this.#options;
    const name = SCRIPT_NAMES.get(String(args[0])) ?? command;
    observer?.(name, 'sent');
    await this.#awake();
    const deadlineMs = clock.now() + commandTimeoutMs;
    const request = {
      command,
      args: args.map((arg) => Buffer.from(arg)),
      onExecuted: () => observer?.(name, 'executed'),
    };
    try {
      if (this.#wire === null) throw new NoAnswer("Stream isn't writeable");
      const reply = await this.#inTime(this.#wire.send(request), deadlineMs);
      return command === 'hgetall' ? pairsOf(reply as readonly Buffer[]) : textOf(reply);
    } catch (error) {
      if (!(error instanceof NoAnswer || error instanceof Refused)) throw error;
      // A former primary: the connection has to be made anew, to whoever is primary now.
      if (error.message.includes('READONLY')) this.cut();
      throw unavailable(command, error);
    }
  }

  close(): void {
    this.#closed = true;
    this.cut();
  }

  /** The connection breaks; what is under way rejects, and may be executed later nevertheless. */
  cut(): void {
    this.#wire?.break();
  }

  /** The process stands still: nothing goes out and nothing comes in until `thaw`. What is on the way to the server arrives. */
  freeze(): void {
    this.#frozen ??= Promise.withResolvers();
  }

  thaw(): void {
    this.#frozen?.resolve();
    this.#frozen = null;
  }

  /** The process dies: no call settles any more. What is on the way to the server may still be executed. */
  kill(): void {
    this.#dead = true;
    this.cut();
  }

  async #connect(): Promise<void> {
    const { clock, server, random, faults = NO_FAULTS, commandTimeoutMs = COMMAND_TIMEOUT_MS } = this.#options;
    if (clock.now() < this.#notBeforeMs) throw unavailable('connect', new NoAnswer('no connection (reconnecting)'));
    await clock.sleep(CONNECT_MS);
    await this.#awake();
    if (this.#closed) throw unavailable('connect', new NoAnswer('the connection was closed'));
    const onBroken = (): void => this.#lost();
    this.#wire = Wire.to({ server, clock, random, faults, timeoutMs: commandTimeoutMs, onBroken });
    if (this.#wire === null) {
      this.#lost();
      throw unavailable('connect', new NoAnswer('connect ECONNREFUSED'));
    }
    this.#failures = 0;
  }

  #lost(): void {
    this.#wire = null;
    this.#notBeforeMs = this.#options.clock.now() + backoffMs(++this.#failures);
  }

  /** What the process sees of the answer. Where it stood still past the deadline, its timers go off before it reads what has come. */
  async #inTime(answer: Promise<Reply>, deadlineMs: number): Promise<Reply> {
    const [outcome] = await Promise.allSettled([answer]);
    const wasFrozen = this.#frozen !== null;
    await this.#awake();
    if (wasFrozen && this.#options.clock.now() > deadlineMs) {
      this.cut();
      throw new NoAnswer('Command timed out');
    }
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }

  async #awake(): Promise<void> {
    while (this.#frozen !== null) await this.#frozen.promise;
    if (this.#dead) await new Promise<never>(() => undefined);
  }
}

/** Clients see the text of a status. Bytes are theirs. */
function textOf(reply: Reply): unknown {
  if (reply instanceof Status) return Buffer.from(reply.text);
  if (Buffer.isBuffer(reply)) return Buffer.from(reply);
  return Array.isArray(reply) ? reply.map(textOf) : reply;
}

function pairsOf(items: readonly Buffer[]): Record<string, Buffer> {
  const pairs: Record<string, Buffer> = {};
  for (let i = 0; i < items.length; i += 2) pairs[items[i].toString()] = Buffer.from(items[i + 1]);
  return pairs;
}

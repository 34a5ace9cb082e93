import { createHash } from 'node:crypto';
import { Redis, type RedisOptions } from 'ioredis';
import type { Clock } from '../../core/clock.ts';
import { MillraceError } from '../../core/errors.ts';
import { REPLY, SCRIPTS, type Script } from './scripts.ts';

export interface RedisClientOptions {
  /** `redis://user:password@host:port/database`; `rediss://` for TLS. */
  readonly url: string;
  /** Instead of the one in the URL. */
  readonly password?: string;
  /** How long one request may take before it counts as failed. */
  readonly commandTimeoutMs?: number;
  /** Further options of the driver (TLS, Sentinel, name); those that decide on resending are not open to change. */
  readonly driver?: Omit<RedisOptions, 'replyMapping'>;
}

/** Waits between attempts: 50 ms, then twice as long each time, up to 2 s. */
const backoffMs = (attempt: number): number => Math.min(50 * 2 ** attempt, 2_000);

const SHA1 = new Map<Script, string>(
  Object.values(SCRIPTS).map((script) => [script, createHash('sha1').update(script.lua).digest('hex')]),
);

/** What a script answered: `code` is one of `REPLY`. */
export interface ScriptReply {
  readonly code: string;
  readonly items: readonly unknown[];
}

/**
 * One connection to Redis. The driver neither queues nor resends anything by itself: a request that got lost is known to be in doubt,
 * and whoever made it decides. Everything that goes wrong short of the script's own answers is STATE_UNAVAILABLE.
 */
export class RedisClient {
  readonly #redis: Redis;
  readonly #clock: Clock;
  #connecting: Promise<void> | null = null;
  #lastError = '';
  #closed = false;

  constructor(options: RedisClientOptions, clock: Clock) {
    this.#clock = clock;
    this.#redis = new Redis(options.url, {
      ...options.driver,
      ...(options.password === undefined ? {} : { password: options.password }),
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      enableAutoPipelining: false,
      commandTimeout: options.commandTimeoutMs ?? 5_000,
      connectTimeout: options.commandTimeoutMs ?? 5_000,
      retryStrategy: backoffMs,
    });
    this.#redis.on('error', (error: Error) => {
      this.#lastError = error.message;
    });
  }

  /** Connects, unless it is connected. */
  connect(): Promise<void> {
    if (this.#redis.status === 'ready') return Promise.resolve();
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  /** Runs a script on keys of one slot. */
  async run(script: Script, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<ScriptReply> {
    const rest = [String(keys.length), ...keys, ...args];
    let reply: unknown;
    try {
      reply = await this.call('evalsha', [SHA1.get(script)!, ...rest]);
    } catch (error) {
      if (!(error instanceof MillraceError) || !error.message.includes('NOSCRIPT')) throw error;
      reply = await this.call('eval', [script.lua, ...rest]);
    }
    const items = reply as unknown[];
    return { code: String(items[0]), items };
  }

  /** Sends a command; texts in the reply are buffers. */
  async call(command: string, args: readonly (string | Buffer)[]): Promise<unknown> {
    await this.connect();
    try {
      return await this.#redis.callBuffer(command, [...args]);
    } catch (error) {
      throw this.#unavailable(command, error);
    }
  }

  /** Repeats `attempt` while it fails with STATE_UNAVAILABLE: up to `times` times, or until the signal aborts. */
  async retrying<T>(attempt: () => Promise<T>, times: number, signal?: AbortSignal): Promise<T> {
    for (let failures = 0; ; failures++) {
      try {
        return await attempt();
      } catch (error) {
        const again = error instanceof MillraceError && error.code === 'STATE_UNAVAILABLE' && failures < times;
        if (!again || signal?.aborted === true) throw error;
        await this.#clock.sleep(backoffMs(failures), signal);
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#redis.disconnect();
  }

  async #connect(): Promise<void> {
    try {
      if (this.#closed) throw new Error('the connection was closed');
      if (this.#redis.status === 'wait' || this.#redis.status === 'end') await this.#redis.connect();
      // Otherwise the driver is at it already; whoever asks comes back after a while.
      else if (this.#redis.status !== 'ready')
        throw new Error(`no connection (${this.#lastError || this.#redis.status})`);
    } catch (error) {
      throw this.#unavailable('connect', error);
    }
  }

  #unavailable(command: string, error: unknown): MillraceError {
    const message = error instanceof Error ? error.message : String(error);
    // A former primary: the connection has to be made anew, to whoever is primary now.
    if (message.includes('READONLY')) this.#redis.disconnect(true);
    return new MillraceError('STATE_UNAVAILABLE', `redis ${command}: ${message}`, {
      cause: error,
      details: { command },
    });
  }
}

/** The error that a script's refusal stands for. */
export function refusal(reply: ScriptReply, what: string): MillraceError {
  if (reply.code === REPLY.fenced) {
    return new MillraceError('PRODUCER_FENCED', `${what}: a later generation owns the state in Redis`);
  }
  return new MillraceError('STATE_MISMATCH', `${what}: ${REASONS[reply.code] ?? `Redis answered ${reply.code}`}`, {
    details: { reply: reply.code },
  });
}

const REASONS: Readonly<Record<string, string>> = {
  [REPLY.gap]: 'the copy in Redis is at another position than its owner left it at',
  [REPLY.wrongIncarnation]: 'the copy in Redis is gone or was begun anew by somebody else',
  [REPLY.resized]: 'somebody else changed the buckets in Redis',
  [REPLY.evicted]: 'Redis lost entries of the copy (evicted or deleted); set maxmemory-policy to noeviction',
};
